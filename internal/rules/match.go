package rules

import (
	"errors"
	"regexp"
	"strings"
)

// match reports whether p matches t, and what it captures; nil when it captures nothing.
func (p *pattern) match(t *Target, d Dialect) (c captures, ok bool) {
	if p.scheme != "" && (p.scheme == "https") != t.Secure || p.host != "" && p.host != t.Host {
		return nil, false
	}
	if p.hosts != nil {
		if c, ok = capture(p.hosts, t.Host, c); !ok {
			return nil, false
		}
	}
	if p.paths != nil {
		if !strings.HasSuffix(t.Path, p.tail) { // cheaper than to look for where a splat may end
			return nil, false
		}
		return capture(p.paths, t.Path, c)
	}
	path := t.Path
	if d == Netlify {
		path = bare(path)
	}
	return c, path == p.static
}

// capture matches s byte by byte: names of files need not be UTF-8.
func capture(re *regexp.Regexp, s string, c captures) (captures, bool) {
	var m []int
	if isASCII(s) {
		m = re.FindStringSubmatchIndex(s)
	} else {
		m = re.FindReaderSubmatchIndex(&byteReader{s})
	}
	if m == nil {
		return nil, false
	}
	if c == nil {
		c = make(captures)
	}
	for i, name := range re.SubexpNames() {
		if name != "" {
			if c[name] = ""; m[2*i] >= 0 {
				c[name] = s[m[2*i]:m[2*i+1]]
			}
		}
	}
	return c, true
}

// quote is an expression for the bytes of s.
func quote(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return regexp.QuoteMeta(string(runes))
}

// byteReader reads each byte as a character of its own.
type byteReader struct{ left string }

var errEnd = errors.New("end")

func (r *byteReader) ReadRune() (rune, int, error) {
	if r.left == "" {
		return 0, 0, errEnd
	}
	c := r.left[0]
	r.left = r.left[1:]
	return rune(c), 1, nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
