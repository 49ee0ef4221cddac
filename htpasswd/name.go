package htpasswd

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CheckName tells why nobody can have a name; nil if somebody can. It is UTF-8, not empty, without colons and control
// characters (RFC 7617 §2), does not begin with a # as comments do, and has no space before or after it.
func CheckName(user string) error {
	if what := nameFault(user); what != "" {
		return errors.New(what)
	}
	return nil
}

// nameFault is CheckName in words, "" for a name that is good.
func nameFault(user string) string {
	switch {
	case user == "":
		return "the user's name is empty"
	case !utf8.ValidString(user):
		return "the user's name is not UTF-8"
	case strings.Contains(user, ":"):
		return "the user's name has a colon in it, which ends it (RFC 7617 §2)"
	case hasControl(user):
		return "the user's name has a control character in it (RFC 7617 §2)"
	case user[0] == '#':
		return "the user's name begins with a #, as comments do"
	case strings.TrimSpace(user) != user:
		return "the user's name has space before or after it"
	}
	return ""
}

// hasControl reports whether there is a control character.
func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }
