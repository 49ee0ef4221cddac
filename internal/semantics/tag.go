package semantics

import "strings"

// Tag is an entity tag (RFC 9110 §8.8.3) as it stands in a field: in its quotes,
// and behind W/ when it is weak. "" is no tag, and matches nothing.
type Tag string

// StrongTag is the strong entity tag of an opaque value, which must be made of
// visible characters other than the double quote, or bytes from 0x80.
func StrongTag(opaque string) Tag { return Tag(`"` + opaque + `"`) }

// Weak reports whether t is weak.
func (t Tag) Weak() bool { return strings.HasPrefix(string(t), "W/") }

// Weakened is the weak entity tag with the opaque value of t; no tag stays none.
func (t Tag) Weakened() Tag {
	if t == "" || t.Weak() {
		return t
	}
	return "W/" + t
}

// As is t, as weak or strong as other.
func (t Tag) As(other Tag) Tag {
	if t = t.opaque(); other.Weak() {
		return t.Weakened()
	}
	return t
}

// opaque is t without the mark of weakness.
func (t Tag) opaque() Tag { return Tag(strings.TrimPrefix(string(t), "W/")) }

// StrongMatch is the strong comparison (RFC 9110 §8.8.3.2): the same tag, and
// neither is weak.
func StrongMatch(a, b Tag) bool { return a == b && a != "" && !a.Weak() }

// WeakMatch is the weak comparison (RFC 9110 §8.8.3.2): the same opaque value,
// whether weak or not.
func WeakMatch(a, b Tag) bool { return a != "" && a.opaque() == b.opaque() }

// listed reports whether a field such as If-Match, "*" or a list of entity
// tags, includes the tag of a representation that exists. The first invalid
// member ends the list; what came before it counts.
func listed(field string, tag Tag, match func(a, b Tag) bool) bool {
	if trimOWS(field) == "*" {
		return true
	}
	for rest := skipEmpty(field); rest != ""; rest = skipEmpty(rest) {
		var member Tag
		if member, rest = cutTag(rest); member == "" {
			return false
		}
		if rest = skipOWS(rest); rest != "" && rest[0] != ',' {
			return false
		}
		if match(member, tag) {
			return true
		}
	}
	return false
}

// cutTag splits s after the entity tag it begins with, which is empty where s
// begins with none.
func cutTag(s string) (tag Tag, rest string) {
	i := 0
	if strings.HasPrefix(s, "W/") {
		i = 2
	}
	if i == len(s) || s[i] != '"' {
		return "", s
	}
	for i++; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return Tag(s[:i+1]), s[i+1:]
		case c <= ' ' || c == 0x7f:
			return "", s
		}
	}
	return "", s
}
