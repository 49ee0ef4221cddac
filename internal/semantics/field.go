package semantics

import "strings"

// ValidFieldName reports whether s is a token (RFC 9110 §5.1, §5.6.2).
func ValidFieldName(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
		if !letter && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return s != ""
}

// ValidFieldValue reports whether s may be the value of a field as it stands
// (RFC 9110 §5.5): no controls but the tab, and no white space around it.
func ValidFieldValue(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 && s[i] != '\t' || s[i] == 0x7f {
			return false
		}
	}
	return strings.Trim(s, " \t") == s
}
