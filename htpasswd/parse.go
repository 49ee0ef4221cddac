package htpasswd

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Error is a mistake in a file.
type Error struct {
	File   string // its name, as it was given
	Line   int    // from 1
	Column int    // from 1, in characters
	Err    error  // what is wrong, and what was expected; no part of a hash or password
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%d:%d: %v", e.File, e.Line, e.Column, e.Err) }

// Unwrap returns what is wrong.
func (e *Error) Unwrap() error { return e.Err }

// mostErrors is of how many mistakes a file is told; one that is no file of users at all has thousands.
const mostErrors = 20

// parse reads the content of a file. Each mistake is an *Error.
func parse(name string, text []byte) (*users, error) {
	u := &users{index: map[string]int{}}
	lines := map[string]int{} // of users
	var mistakes []error
	number, more := 0, 0
	wrong := func(line string, at int, text string) {
		if len(mistakes) == mostErrors {
			more++
			return
		}
		mistakes = append(mistakes, &Error{name, number, utf8.RuneCountInString(line[:at]) + 1, errors.New(text)})
	}
	if bytes.HasPrefix(text, []byte("\ufeff")) {
		number = 1
		wrong("", 0, "there is a byte order mark: expected UTF-8 without")
		text = text[len("\ufeff"):]
		number = 0
	}
	for line := range strings.Lines(string(text)) {
		number++
		if line = trimEnd(line); isRemark(line) {
			continue
		}
		user, hashText, ok := strings.Cut(line, ":")
		if !ok {
			wrong(line, 0, "there is no colon: expected user:hash")
			continue
		}
		if what := nameFault(user); what != "" {
			wrong(line, 0, what)
		} else if first, ok := lines[user]; ok {
			wrong(line, 0, fmt.Sprintf("user %q is in line %d already: expected each once", user, first))
		} else {
			lines[user] = number
		}
		h, what := parseHash(hashText)
		if what != nil {
			wrong(line, len(user)+1+what.at, what.text)
			continue
		}
		u.index[user] = len(u.hashes)
		u.hashes = append(u.hashes, h)
	}
	if more > 0 {
		mistakes = append(mistakes, fmt.Errorf("%s: %d more mistakes", name, more))
	}
	if len(mistakes) > 0 {
		return nil, errors.Join(mistakes...)
	}
	u.order()
	return u, nil
}

// trimEnd removes what is not seen at the end of a line.
func trimEnd(line string) string { return strings.TrimRight(line, " \t\r\n") }

// isRemark reports whether a line is empty, or a comment.
func isRemark(line string) bool {
	line = strings.TrimLeft(line, " \t\r\n")
	return line == "" || line[0] == '#'
}
