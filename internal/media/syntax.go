package media

import "strings"

const textPrefix = "text/"

// Text reports whether a media type is one of text/*, the types that are given a
// charset (RFC 9110 §8.3.2). Case does not matter.
func Text(mediaType string) bool {
	return len(mediaType) > len(textPrefix) && strings.EqualFold(mediaType[:len(textPrefix)], textPrefix)
}

// WithCharset returns a media type with "; charset=utf-8" after it, unless it has
// a charset parameter already or is not a media type (RFC 9110 §8.3.1).
func WithCharset(mediaType string) string {
	rest, ok := cutEssence(mediaType)
	for rest != "" && ok {
		var name string
		name, rest, ok = cutParameter(rest)
		if strings.EqualFold(name, "charset") {
			return mediaType
		}
	}
	if !ok {
		return mediaType
	}
	return mediaType + "; charset=utf-8"
}

// Valid reports whether s is a media type (RFC 9110 §8.3.1).
func Valid(s string) bool {
	rest, ok := cutEssence(s)
	for rest != "" && ok {
		_, rest, ok = cutParameter(rest)
	}
	return ok
}

// cutEssence reads the type "/" subtype that s begins with.
func cutEssence(s string) (rest string, ok bool) {
	n := tokenLen(s)
	if n == 0 || n == len(s) || s[n] != '/' {
		return s, false
	}
	s = s[n+1:]
	n = tokenLen(s)
	return s[n:], n > 0
}

// cutParameter reads one OWS ";" OWS [ parameter ] (RFC 9110 §5.6.6) that s
// begins with. The name is "" for a semicolon without a parameter.
func cutParameter(s string) (name, rest string, ok bool) {
	s = trimOWS(s)
	if s == "" || s[0] != ';' {
		return "", s, false
	}
	s = s[1:]
	trimmed := trimOWS(s)
	n := tokenLen(trimmed)
	if n == 0 {
		// No parameter: the white space belongs to the semicolon on either side,
		// and whatever else follows is an error of the next call.
		return "", trimmed, true
	}
	name, rest = trimmed[:n], trimmed[n:]
	if rest == "" || rest[0] != '=' {
		return name, rest, false
	}
	rest = rest[1:]
	n = tokenLen(rest)
	if n == 0 {
		n = quotedLen(rest)
	}
	return name, rest[n:], n > 0
}

func trimOWS(s string) string { return strings.TrimLeft(s, " \t") }

// tokenLen returns the length of the token (RFC 9110 §5.6.2) that s begins with,
// 0 when there is none.
func tokenLen(s string) int {
	for i := range len(s) {
		if !isTchar(s[i]) {
			return i
		}
	}
	return len(s)
}

func isTchar(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

// quotedLen returns the length of the quoted-string (RFC 9110 §5.6.4) that s
// begins with, its quotes included, 0 when there is none.
func quotedLen(s string) int {
	if s == "" || s[0] != '"' {
		return 0
	}
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return i + 1
		case c == '\\':
			i++
			if i == len(s) || isControl(s[i]) {
				return 0
			}
		case isControl(c):
			return 0
		}
	}
	return 0
}

// isControl reports whether c may not stand in a quoted-string, escaped or not.
func isControl(c byte) bool { return c < ' ' && c != '\t' || c == 0x7f }
