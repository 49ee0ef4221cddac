package http1

import "github.com/salver-http/salver/internal/message"

// field is a field by its name, as far as the lane cares.
type field int

const (
	unread field = iota // has no influence on the answer
	beyond              // asks for more than the lane can do
	accept
	acceptEncoding
	connection
	contentLength
	host
	ifMatch
	ifModifiedSince
	ifNoneMatch
	ifRange
	ifUnmodifiedSince
	rangeField
	referer
	transferEncoding
	userAgent
)

// names are the fields that are not unread, by length: a name that has the length of
// none is told at once.
var names = [20][]struct {
	name string
	field
}{
	4:  {{"host", host}},
	5:  {{"range", rangeField}},
	6:  {{"accept", accept}, {"expect", beyond}},
	7:  {{"referer", referer}, {"upgrade", beyond}, {"trailer", beyond}},
	8:  {{"if-match", ifMatch}, {"if-range", ifRange}},
	10: {{"connection", connection}, {"user-agent", userAgent}},
	13: {{"if-none-match", ifNoneMatch}},
	14: {{"content-length", contentLength}},
	15: {{"accept-encoding", acceptEncoding}},
	17: {{"if-modified-since", ifModifiedSince}, {"transfer-encoding", transferEncoding}},
	19: {{"if-unmodified-since", ifUnmodifiedSince}},
}

func fieldOf(name []byte) field {
	if len(name) >= len(names) {
		return unread
	}
	for _, n := range names[len(name)] {
		if foldEqual(name, n.name) {
			return n.field
		}
	}
	return unread
}

// foldEqual reports whether b is s, which is in lower case, in any case.
func foldEqual(b []byte, s string) bool {
	if len(b) != len(s) {
		return false
	}
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != s[i] {
			return false
		}
	}
	return true
}

// slot is where the value of a field is kept.
func slot(h *message.Head, f field) *[]byte {
	switch f {
	case accept:
		return &h.Accept
	case acceptEncoding:
		return &h.AcceptEncoding
	case ifMatch:
		return &h.IfMatch
	case ifModifiedSince:
		return &h.IfModifiedSince
	case ifNoneMatch:
		return &h.IfNoneMatch
	case ifRange:
		return &h.IfRange
	case ifUnmodifiedSince:
		return &h.IfUnmodifiedSince
	case rangeField:
		return &h.Range
	case referer:
		return &h.Referer
	default:
		return &h.UserAgent
	}
}
