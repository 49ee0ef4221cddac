package plan

import (
	"strings"

	"github.com/salver-http/salver/internal/rules"
	"github.com/salver-http/salver/internal/semantics"
)

// CacheRule is a Cache-Control for the files that a glob matches.
type CacheRule struct {
	Glob  rules.Glob
	Value string
}

// immutable is said of what never changes under its name (RFC 8246).
const immutable = "public, max-age=31536000, immutable"

// Immutable is the rule for what never changes under its name.
func Immutable(g rules.Glob) CacheRule { return CacheRule{g, immutable} }

// cacheOf is the Cache-Control that was chosen for the file of that name, "" for none.
func (s *Site) cacheOf(name string) string {
	if name == "" {
		return ""
	}
	for i := len(s.Cache) - 1; i >= 0; i-- {
		if s.Cache[i].Glob.Match(name) {
			return s.Cache[i].Value
		}
	}
	return ""
}

// private is a Cache-Control for what only some may read: no cache that others use may keep
// it (RFC 9111 §3.5, §5.2.2.7).
func private(value string) string {
	kept := []string{"private"}
	for d := range semantics.Members(value) {
		name, _, _ := strings.Cut(strings.ToLower(d), "=")
		switch strings.TrimSpace(name) {
		case "", "private", "public", "s-maxage", "proxy-revalidate", "must-understand":
		default:
			kept = append(kept, d)
		}
	}
	return strings.Join(kept, ", ")
}

// listed reports whether a list has a member, in whatever case, but for its argument.
func listed(list, member string) bool {
	for m := range semantics.Members(list) {
		name, _, _ := strings.Cut(m, "=")
		if strings.EqualFold(strings.TrimSpace(name), member) {
			return true
		}
	}
	return false
}
