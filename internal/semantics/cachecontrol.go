package semantics

import (
	"errors"
	"fmt"
	"strings"
)

// CheckCacheControl says what keeps a value from being a list of directives (RFC 9111 §5.2): nil for nothing. Of those that it
// does not know it asks no more than their syntax (§5.2.3).
func CheckCacheControl(value string) error {
	rest := skipEmpty(value)
	if rest == "" {
		return errors.New("no directive is there")
	}
	for rest != "" {
		var name, argument string
		name, rest = cutToken(rest)
		if name == "" {
			return fmt.Errorf("a directive is expected at %q", rest)
		}
		after, equals := strings.CutPrefix(rest, "=")
		if equals {
			if argument, rest = cutToken(after); argument == "" {
				argument, rest = cutQuoted(after)
			}
			if argument == "" {
				return fmt.Errorf("%s has no value behind its equals sign", name)
			}
		}
		switch name := strings.ToLower(name); name {
		case "max-age", "s-maxage", "stale-while-revalidate", "stale-if-error":
			if seconds := strings.Trim(argument, `"`); seconds == "" || strings.Trim(seconds, "0123456789") != "" {
				return fmt.Errorf("%s is a number of seconds, as in %[1]s=3600", name)
			}
		}
		if rest = skipOWS(rest); rest != "" && rest[0] != ',' {
			return fmt.Errorf("a comma is missing before %q", rest)
		}
		rest = skipEmpty(rest)
	}
	return nil
}
