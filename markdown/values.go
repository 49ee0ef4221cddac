package markdown

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// value tells whether an attribute may be s, and as what it is written.
type value func(s string) (written string, ok bool)

// when is a value that is written as it is, if ok.
func when(ok func(string) bool) value {
	return func(s string) (string, bool) {
		s = printed(s)
		return s, ok(s)
	}
}

// one is one of words, in upper or lower case.
func one(words ...string) value {
	return when(func(s string) bool {
		for _, w := range words {
			if len(w) == len(s) && strings.EqualFold(w, s) { // "ſ" folds to "s", and is longer
				return true
			}
		}
		return false
	})
}

// anyText is what it says.
func anyText(s string) (string, bool) { return printed(s), true }

// present is an attribute that is there or not, whatever it says.
func present(string) (string, bool) { return "", true }

// id keeps a name of the text from being one of the page around it.
func id(s string) (string, bool) { return idPrefix + printed(s), true }

// ids are names of other elements.
func ids(s string) (string, bool) {
	names := strings.Fields(printed(s))
	for i, name := range names {
		names[i] = idPrefix + name
	}
	return strings.Join(names, " "), len(names) > 0
}

// printed has a space for each control character of s.
func printed(s string) string {
	if !hasControl(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

func isInteger(s string) bool { return s != "" && digits(s) == len(s) }

func isNumberOrPercent(s string) bool { return isInteger(strings.TrimSuffix(s, "%")) }

// digits returns how many digits s begins with.
func digits(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }

// isNumber tells whether s is a floating-point number (HTML §2.3.4.3). What package
// strconv takes beyond that has other characters, or ends with a point.
func isNumber(s string) bool {
	if strings.Trim(s, "0123456789+-.eE") != "" || strings.HasSuffix(s, ".") {
		return false
	}
	_, err := strconv.ParseFloat(s, 64)
	return err == nil
}

// dates are the layouts of ISO 8601 that the W3C picked (NOTE-datetime), and the same
// with a space, or without a zone, as HTML §2.3.5 has them.
var dates = [...]string{
	"2006", "2006-01", "2006-01-02",
	"2006-01-02T15:04", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04:05Z07:00",
	"2006-01-02 15:04", "2006-01-02 15:04Z07:00", "2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00",
}

func isDate(s string) bool {
	if len(s) > len("2006-01-02T15:04:05.000000000Z07:00") {
		return false
	}
	for _, layout := range dates {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}

// isLanguage tells whether s looks like a tag of BCP 47.
func isLanguage(s string) bool {
	for i, part := range strings.Split(s, "-") {
		if len(part) == 0 || len(part) > 8 || i == 0 && (len(part) == 1 || digits(part) > 0) || !isAlphanumeric(part) {
			return false
		}
	}
	return len(s) <= 35
}

func isAlphanumeric(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

// isPlainText tells whether s has nothing in it that could be taken for markup.
func isPlainText(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !strings.ContainsRune(` -_',[]!./\()`, r)
	})
}
