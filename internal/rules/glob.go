package rules

import (
	"fmt"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Glob matches the names of files. The zero Glob matches none.
type Glob struct {
	text string
	last bool // only the last segment is matched
}

const (
	// maxGlob is the longest glob, in bytes.
	maxGlob = 500
	// maxStars and maxBraces bound how many ways there are to match a name.
	maxStars, maxBraces = 8, 3
)

// ParseGlob reads a glob: * and ? stand for characters other than a slash, ** for any number of directories,
// {a,b} for either, [a-z] for one of a class. One without a slash is matched against the last segment of a name.
func ParseGlob(s string) (Glob, error) {
	text := strings.TrimPrefix(s, "/")
	switch {
	case text == "" || !doublestar.ValidatePattern(text):
		return Glob{}, fmt.Errorf("%q is not a glob", s)
	case len(s) > maxGlob:
		return Glob{}, fmt.Errorf("a glob of %d bytes is longer than %d", len(s), maxGlob)
	case strings.Count(text, "*") > maxStars:
		return Glob{}, fmt.Errorf("%q has more than %d stars", s, maxStars)
	case strings.Count(text, "{") > maxBraces:
		return Glob{}, fmt.Errorf("%q has more than %d braces", s, maxBraces)
	}
	return Glob{text: text, last: !strings.Contains(s, "/")}, nil
}

// Match reports whether g matches name, which is slash-separated and relative to the root.
func (g Glob) Match(name string) bool {
	if g.text == "" {
		return false
	}
	if g.last {
		name = name[strings.LastIndexByte(name, '/')+1:]
	}
	return doublestar.MatchUnvalidated(g.text, name)
}
