// Package rules reads what the owner of a site asks for by path: _headers and _redirects, as the hosts
// of static sites do, and globs. All of it is text and pure functions of a request; it does no I/O.
package rules

import "fmt"

// Dialect is whose reading of the files is meant.
type Dialect uint8

const (
	Netlify Dialect = iota
	Cloudflare
)

// ParseDialect reads the name of a dialect; "" is Netlify.
func ParseDialect(s string) (Dialect, error) {
	switch s {
	case "", "netlify":
		return Netlify, nil
	case "cloudflare":
		return Cloudflare, nil
	}
	return 0, fmt.Errorf("%q is neither netlify nor cloudflare", s)
}

func (d Dialect) String() string {
	if d == Cloudflare {
		return "cloudflare"
	}
	return "netlify"
}

// Problem is something that is to be said of a rule file.
type Problem struct {
	File         string // "_headers" or "_redirects"
	Line, Column int    // from 1, the column in bytes
	Text         string // what is wrong, and what was expected
	// Unsupported says that the rule is understood and left out. Otherwise the file is
	// broken, and not to be used.
	Unsupported bool
}

func (p *Problem) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text)
}

// Target is what a request is matched by.
type Target struct {
	Secure bool   // it came over TLS
	Host   string // in lower case, without a port
	Port   string // "" for that of the scheme
	// Mount is the encoded path that the site lies beneath, "" for none. Rules know nothing of it, but those that
	// lead to an URL of this host.
	Mount string
	// Path is decoded, and begins with a slash. It has no empty, "." or ".." segment, and ends in a
	// slash as a directory's does. A NUL is a slash that was encoded.
	Path   string
	Query  string // still encoded
	Cookie string // the Cookie field
}

// Field is one field line.
type Field struct{ Name, Value string }

const (
	// maxLine is the longest line, in bytes.
	maxLine = 2000
	// maxRules is how many rules a file may have.
	maxRules = 10_000
)
