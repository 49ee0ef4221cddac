package accesslog

import (
	"unicode"
	"unicode/utf8"
)

// fieldLimit is the length in bytes up to which one field of a line is written,
// so that what a client sends can't fill a disk many times faster than its
// requests arrive. What is cut ends in ellipsis.
const (
	fieldLimit = 2 << 10
	ellipsis   = "..."
)

// style says how the escaper writes what must not stand in a line as it is.
type style struct {
	json  bool // \u00HH and \" as in RFC 8259 §7, otherwise \xHH
	space bool // escape a space too, in fields that end at one
}

// AppendEscaped appends s to b so that it stands in one line of a log or a
// terminal and can do nothing there. Control characters, quotation marks,
// backslashes, bytes that are not UTF-8 and characters that are not seen or
// turn the direction of text are written as \xHH, byte by byte; [strconv.Unquote]
// gives them back. What would exceed 2 KiB is cut and ends in "...".
func AppendEscaped(b []byte, s string) []byte {
	return appendEscaped(b, s, style{})
}

// appendEscaped is the one escaper; the formats differ in the style only.
func appendEscaped(b []byte, s string, st style) []byte {
	if len(s) <= fieldLimit && clean(s, st) {
		return append(b, s...)
	}
	start := len(b)
	for i := 0; i < len(s); {
		r, n := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(s[i:])
		}
		before := len(b)
		switch {
		case harmless(r, n, st):
			b = append(b, s[i:i+n]...)
		case st.json:
			b = appendJSONEscape(b, r)
		default:
			for _, c := range []byte(s[i : i+n]) {
				b = append(b, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
			}
		}
		if len(b)-start > fieldLimit {
			return append(b[:before], ellipsis...)
		}
		i += n
	}
	return b
}

// clean reports whether s is of ASCII that is harmless, as nearly all is.
func clean(s string, st style) bool {
	var seen uint8
	for i := range len(s) {
		seen |= unclean[s[i]]
	}
	if st.space {
		return seen == 0
	}
	return seen&inAny == 0
}

// What unclean says of a byte.
const (
	inAny  = 1 << iota // not clean in any style
	inWord             // not clean where a space is not
)

var unclean = func() (t [256]uint8) {
	for c := range t {
		if c >= utf8.RuneSelf || !harmless(rune(c), 1, style{}) {
			t[c] |= inAny
		}
		if !harmless(rune(c), 1, style{space: true}) {
			t[c] |= inWord
		}
	}
	return t
}()

// harmless reports whether r, which took n bytes, may stand in a line as it is.
// unicode.IsPrint refuses C1, the bidirectional controls and the line and
// paragraph separators, which some viewers take for the end of a line.
func harmless(r rune, n int, st style) bool {
	switch {
	case r == ' ':
		return !st.space
	case r < utf8.RuneSelf:
		return r > ' ' && r < 0x7f && r != '"' && r != '\\'
	case r == utf8.RuneError && n == 1:
		return false
	}
	return unicode.IsPrint(r)
}

const hexDigits = "0123456789abcdef"

// appendJSONEscape appends r as RFC 8259 §7 has it. A byte that is not UTF-8
// has become U+FFFD: JSON has no other way to say it.
func appendJSONEscape(b []byte, r rune) []byte {
	switch {
	case r == '"' || r == '\\':
		return append(b, '\\', byte(r))
	case r > 0xffff:
		r -= 0x10000
		return appendUnit(appendUnit(b, 0xd800+r>>10), 0xdc00+r&0x3ff)
	}
	return appendUnit(b, r)
}

// appendUnit appends one UTF-16 code unit as \uHHHH.
func appendUnit(b []byte, u rune) []byte {
	return append(b, '\\', 'u',
		hexDigits[u>>12&15], hexDigits[u>>8&15], hexDigits[u>>4&15], hexDigits[u&15])
}

// appendQuoted appends s escaped between quotation marks.
func appendQuoted(b []byte, s string, st style) []byte {
	b = append(b, '"')
	b = appendEscaped(b, s, st)
	return append(b, '"')
}

// appendWord appends s as one word, "-" when there is none.
func appendWord(b []byte, s string) []byte {
	if s == "" {
		return append(b, '-')
	}
	return appendEscaped(b, s, style{space: true})
}
