package plan

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/salver-http/salver/internal/rules"
	"github.com/salver-http/salver/internal/semantics"
	"github.com/salver-http/salver/internal/tree"
)

// asked is a request on its way to a response, with what the owner of the site wants of it.
type asked struct {
	*semantics.Request
	now   time.Time
	basis *tree.Basis

	path   string       // of the target, still encoded, below the prefix that a mux took away
	target rules.Target // the same as rules are matched by; without a Path where there is none
	own    *ruleset     // nil without rules
	set    []Field      // that they say for the path; no Content-Type
	drop   []string     // names that they take away
	typ    string       // the media type that they say, "" for none
	by     Vary         // what had a say so far

	// fallback says that the content stands for what is not there, so that it is not to be
	// kept as if it were.
	fallback bool
	listed   bool // the content is a listing, which rules for files are not about
	chosen   bool // its Cache-Control was, by the name of the file
	stranger bool // it is refused before it was asked for a password
	// fleeting and private say that the answer is for this client.
	fleeting, private bool
}

// reset forgets what was found out, for another attempt.
func (a *asked) reset() {
	// One by one: a whole asked would be on the stack of every connection.
	a.path, a.own, a.set, a.drop, a.typ, a.by = "", nil, nil, nil, "", 0
	a.target.Path = ""
	a.fallback, a.listed, a.chosen, a.fleeting, a.private = false, false, false, false, false
	a.basis.Reset()
}

// setPath makes path what the target says.
func (a *asked) setPath() {
	a.path = a.Path
	if !strings.HasPrefix(a.path, "/") && strings.HasSuffix(a.Mount, "/") {
		a.path = "/" + a.path // a mux took the slash away with the prefix
	}
}

// askeds are not on the stack, of which every connection keeps what it once needed.
var askeds = sync.Pool{New: func() any { return new(asked) }}

// readRules finds the rules of now, and what they say of fields for the target.
func (s *Site) readRules(a *asked) {
	if s.Rules == nil {
		return
	}
	a.own = s.Rules.now(a.basis)
	if a.own.empty {
		return
	}
	name, slash, err := tree.NormalizePath(a.path) // also where there can be no file: pages are answered there, too
	if err != nil {
		return
	}
	a.target = rules.Target{
		Secure: a.Secure, Host: HostName(a.Host), Port: portOf(a.Host), Mount: a.Mount, Path: rulePath(name, slash), Query: a.Query, Cookie: a.Cookie.Text,
	}
	a.by |= a.own.by
	set, detached := a.own.headers.For(&a.target)
	a.drop = detached
	for _, f := range set {
		if f.Name == "Content-Type" {
			a.typ = f.Value
			continue
		}
		a.set = append(a.set, Field(f))
	}
}

// rulePath is a name of the tree as rules have paths.
func rulePath(name string, slash bool) string {
	switch {
	case name == ".":
		return "/"
	case slash:
		return "/" + name + "/"
	}
	return "/" + name
}

// extra are the fields that the owner wants on an answer with the content of the file of that name: what is set
// for the path, then what is chosen by the name, then what goes with all.
func (s *Site) extra(a *asked, name string) []Field {
	fields := a.set
	if cache := s.cacheOf(name); cache != "" {
		fields, a.chosen = overlay(fields, []Field{{"Cache-Control", cache}}), true
	}
	if len(fields) > 0 {
		fields = overlay(fields, s.Extra)
	} else {
		fields = s.Extra
	}
	if a.fallback {
		fields = withoutCaching(fields)
	}
	return fields
}

// overlay is under, with over in place of the fields of the same names; of Vary both stay.
func overlay(under, over []Field) []Field {
	all := make([]Field, 0, len(under)+len(over))
	for _, f := range under {
		if f.Name == "Vary" || !hasField(over, f.Name) {
			all = append(all, f)
		}
	}
	return append(all, over...)
}

// notContent leaves away what is about content that is not the server's own. A policy is, but for that of own.
func notContent(fields, own []Field) []Field {
	return slices.DeleteFunc(slices.Clone(fields), func(f Field) bool {
		return strings.HasPrefix(f.Name, "Content-") && (!strings.HasPrefix(f.Name, "Content-Security-Policy") || hasField(own, f.Name))
	})
}

// withoutCaching leaves away what would have caches keep an answer.
func withoutCaching(fields []Field) []Field {
	var kept []Field
	for _, f := range fields {
		if isCaching(f.Name) && !listed(f.Value, "no-store") {
			continue
		}
		kept = append(kept, f)
	}
	return kept
}

// isCaching reports whether a field tells a cache for how long it may keep what it has.
func isCaching(name string) bool {
	switch name {
	case "Cache-Control", "Expires", "Pragma", "Surrogate-Control", "Edge-Control", "X-Accel-Expires":
		return true
	}
	return strings.HasSuffix(name, "-Cache-Control") // of caches of one kind, RFC 9213 §2.1
}
