package rules

import (
	"fmt"
	"slices"
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
	// maxStars, maxBraces and maxWays, which is how many globs without braces it stands for, bound how many ways
	// there are to match a name.
	maxStars, maxBraces, maxWays = 8, 3, 256
)

// ParseGlob reads a glob: * and ? stand for characters other than a slash, ** for any number of directories,
// {a,b} for either, [a-z] for one of a class. One without a slash is matched against the last segment of a name.
func ParseGlob(s string) (Glob, error) {
	text := strings.TrimPrefix(s, "/")
	switch {
	case len(s) > maxGlob:
		return Glob{}, fmt.Errorf("a glob of %d bytes is longer than %d", len(s), maxGlob)
	case text == "" || !doublestar.ValidatePattern(text):
		return Glob{}, fmt.Errorf("%q is not a glob: %s", s, globFault(text))
	case strings.Count(text, "*") > maxStars:
		return Glob{}, fmt.Errorf("%q has more than %d stars", s, maxStars)
	case strings.Count(text, "{") > maxBraces:
		return Glob{}, fmt.Errorf("%q has more than %d braces", s, maxBraces)
	case ways(text) > maxWays:
		return Glob{}, fmt.Errorf("%q stands for more than %d globs without braces", s, maxWays)
	}
	return Glob{text: plainer(text), last: !strings.Contains(s, "/")}, nil
}

// globFault says what is wrong with a glob.
func globFault(glob string) string {
	braces, class := 0, false
	for i := 0; i < len(glob); i++ {
		switch c := glob[i]; {
		case c == '\\':
			if i++; i == len(glob) {
				return "nothing follows its backslash"
			}
		case class:
			class = c != ']'
		case c == '[':
			class = true
		case c == '{':
			braces++
		case c == '}':
			braces--
		}
	}
	switch {
	case glob == "":
		return "it is empty"
	case class:
		return "a [ is not closed"
	case braces > 0:
		return "a { is not closed"
	case braces < 0:
		return "a } closes nothing"
	}
	return "the characters in a [ ] are missing"
}

// plainer is the glob without what doublestar is not of one mind about: several ** in a row, and whether a/** is
// a, too, which it is not.
func plainer(glob string) string {
	segments := slices.CompactFunc(strings.Split(glob, "/"), func(a, b string) bool { return a == "**" && b == "**" })
	if n := len(segments); n > 1 && segments[n-1] == "**" {
		segments = append(segments, "*")
	}
	return strings.Join(segments, "/")
}

// ways is at least how many globs without braces a glob with few stands for.
func ways(glob string) int {
	n := 1
	for i, c := range []byte(glob) {
		if c != '{' {
			continue
		}
		depth, end := 1, i+1
		for ; end < len(glob) && depth > 0; end++ {
			switch glob[end] {
			case '{':
				depth++
			case '}':
				depth--
			}
		}
		n *= 1 + strings.Count(glob[i:end], ",")
	}
	return n
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
