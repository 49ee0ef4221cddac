package listing

import "unicode/utf8"

const hexDigits = "0123456789ABCDEF"

// appendVisible appends a name so that what is read is what it is: bytes that
// are not UTF-8, control characters, line separators, and the invisible
// characters that turn text round or hide in it are written \xHH, a byte each, and a
// backslash is doubled. The result is one line of valid UTF-8, and reversible.
func appendVisible(b []byte, s string) []byte {
	return appendEscaped(b, s, false)
}

// appendLabel is appendVisible for the text and the quoted attributes of HTML.
func appendLabel(b []byte, s string) []byte {
	return appendEscaped(b, s, true)
}

func appendEscaped(b []byte, s string, markup bool) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case c < ' ' || c == 0x7F:
				b = appendHex(b, c)
			case c == '\\':
				b = append(b, `\\`...)
			case markup && c == '&':
				b = append(b, "&amp;"...)
			case markup && c == '<':
				b = append(b, "&lt;"...)
			case markup && c == '>':
				b = append(b, "&gt;"...)
			case markup && c == '"':
				b = append(b, "&#34;"...)
			case markup && c == '\'':
				b = append(b, "&#39;"...)
			default:
				b = append(b, c)
			}
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 || misleads(r) {
			for _, c := range []byte(s[i : i+n]) {
				b = appendHex(b, c)
			}
		} else {
			b = append(b, s[i:i+n]...)
		}
		i += n
	}
	return b
}

func appendHex(b []byte, c byte) []byte {
	return append(b, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
}

// misleads tells of a rune beyond ASCII whether it lets a name look like
// another: control characters, directional marks, embeddings, overrides and
// isolates, line separators, and what has no width. U+200C and U+200D are spared,
// as writing Persian or emoji needs them.
func misleads(r rune) bool {
	switch {
	case r <= 0x9F,
		r == 0x061C,
		r == 0x200B, r == 0x200E, r == 0x200F,
		0x2028 <= r && r <= 0x202E,
		0x2060 <= r && r <= 0x206F,
		r == 0xFEFF:
		return true
	}
	return false
}

// appendHref appends a name as one segment of a relative reference (RFC 3986
// §4.2). Only unreserved characters stay as they are, so that any bytes come back
// whatever reads it; "./" keeps a name with a colon from being a scheme.
func appendHref(b []byte, name string, dir bool) []byte {
	b = append(b, "./"...)
	for i := range len(name) {
		c := name[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', isDigit(c),
			c == '-', c == '.', c == '_', c == '~':
			b = append(b, c)
		default:
			b = append(b, '%', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	if dir {
		b = append(b, '/')
	}
	return b
}
