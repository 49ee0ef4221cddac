package listing

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// appendJSON writes the page as one JSON object (RFC 8259), a line for each
// entry. A name that is not UTF-8 is told with U+FFFD; its href has the bytes.
func (l *Listing) appendJSON(b []byte) []byte {
	b = append(b, `{"path":`...)
	b = appendQuoted(b, l.Path)
	b = append(b, `,"total":`...)
	b = strconv.AppendInt(b, int64(l.Total), 10)
	b = append(b, `,"page":`...)
	b = strconv.AppendInt(b, int64(l.Page), 10)
	b = append(b, `,"pages":`...)
	b = strconv.AppendInt(b, int64(l.Pages), 10)
	b = append(b, `,"entries":[`...)
	for i := range l.Rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '\n')
		b = appendEntry(b, &l.Rows[i])
	}
	b = append(b, "\n]"...)
	if l.Page < l.Pages {
		b = append(b, `,"next":"`...)
		b = append(b, l.Next(JSON)...)
		b = append(b, '"')
	}
	return append(b, "}\n"...)
}

func appendEntry(b []byte, r *Row) []byte {
	b = append(b, `{"name":`...)
	b = appendQuoted(b, r.Name)
	b = append(b, `,"href":"`...)
	b = appendHref(b, r.Name, r.IsDir)
	if r.IsDir {
		b = append(b, `","type":"directory","size":`...)
	} else {
		b = append(b, `","type":"file","size":`...)
	}
	b = strconv.AppendInt(b, r.Size, 10)
	if known(r.ModTime) {
		b = append(b, `,"modified":"`...)
		b = r.ModTime.UTC().AppendFormat(b, time.RFC3339Nano)
		b = append(b, '"')
	}
	if r.Link {
		b = append(b, `,"link":true`...)
	}
	return append(b, '}')
}

// appendQuoted appends s as a JSON string (RFC 8259 §7). What HTML or JavaScript
// would read as their own is escaped as well.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for i, r := range s {
		switch {
		case r == utf8.RuneError: // a byte that is not UTF-8 as well
			b = append(b, "\uFFFD"...)
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < ' ' || r == '<' || r == '>' || r == '&' || r == 0x7F || r == 0x2028 || r == 0x2029:
			b = append(b, '\\', 'u', hexDigits[r>>12], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
		case r < utf8.RuneSelf:
			b = append(b, byte(r))
		default:
			b = append(b, s[i:i+utf8.RuneLen(r)]...)
		}
	}
	return append(b, '"')
}

// known tells whether a time can be written down (RFC 3339 §5.6). That of an
// embedded file is not known.
func known(t time.Time) bool {
	year := t.UTC().Year()
	return !t.IsZero() && 1 <= year && year <= 9999
}
