package semantics

import "iter"

// ows reports whether c is optional whitespace (RFC 9110 §5.6.3).
func ows(c byte) bool { return c == ' ' || c == '\t' }

// skipOWS is s without the whitespace it begins with.
func skipOWS(s string) string {
	for s != "" && ows(s[0]) {
		s = s[1:]
	}
	return s
}

// trimOWS is s without the whitespace around it.
func trimOWS(s string) string {
	s = skipOWS(s)
	for s != "" && ows(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// skipEmpty is s from its first list element on: what it skips are empty
// elements, which a recipient ignores (RFC 9110 §5.6.1.2).
func skipEmpty(s string) string {
	for s != "" && (ows(s[0]) || s[0] == ',') {
		s = s[1:]
	}
	return s
}

// isToken says of each byte whether it may stand in a token (RFC 9110 §5.6.2).
var isToken = func() (is [256]bool) {
	for _, c := range []byte("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		is[c] = true
	}
	return is
}()

// cutToken splits s after the token it begins with, which may be empty.
func cutToken(s string) (token, rest string) {
	i := 0
	for i < len(s) && isToken[s[i]] {
		i++
	}
	return s[:i], s[i:]
}

// cutQuoted splits s after the quoted-string it begins with (RFC 9110 §5.6.4),
// quotes and backslashes kept. It is empty where s begins with none.
func cutQuoted(s string) (quoted, rest string) {
	if s == "" || s[0] != '"' {
		return "", s
	}
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return s[:i+1], s[i+1:]
		case c == '\\':
			i++
			if i == len(s) || !quotable(s[i]) {
				return "", s
			}
		case !quotable(c):
			return "", s
		}
	}
	return "", s
}

// quotable reports whether c may stand in a quoted-string, at least after a
// backslash: anything but control characters.
func quotable(c byte) bool { return c >= ' ' && c != 0x7f || c == '\t' }

// Members are what stands between the commas of a list that are outside of quotes (RFC 9110 §5.6.1), the empty ones, too.
func Members(list string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for more := true; more; {
			var member string
			before := len(list)
			member, list = cutMember(list)
			more = len(member) < before
			if !yield(trimOWS(member)) {
				return
			}
		}
	}
}

// cutMember splits a list at its first comma outside of quotes.
func cutMember(s string) (member, rest string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
		case c == ',' && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}
