package plan

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/salver-http/salver/internal/rules"
	"github.com/salver-http/salver/internal/tree"
)

// ruleNames are the files that rules are in.
var ruleNames = []string{"_headers", "_redirects"}

// RuleFiles are _headers and _redirects of a tree, as they are at any time. A file that
// becomes no good leaves its last rules in force. It may be used concurrently.
type RuleFiles struct {
	watched *tree.Watched
	dialect rules.Dialect
	// Report is told what there is to say of a file that was read; used says whether its
	// rules are in force. Set it before the first request.
	Report func(name string, used bool, problems []error)

	mu   sync.Mutex // held while files are parsed
	last atomic.Pointer[ruleset]
}

// ruleset is what both files say at one time.
type ruleset struct {
	edition   *tree.Edition
	headers   *rules.Headers
	redirects *rules.Redirects
	by        Vary // what their patterns are matched against beside the path
	empty     bool
}

// NewRuleFiles reads the rules of t. The errors are of files that are no good; the notes
// of rules that are left out.
func NewRuleFiles(t *tree.Tree, d rules.Dialect) (f *RuleFiles, notes, errs []error) {
	f = &RuleFiles{watched: t.Watch(ruleNames...), dialect: d}
	f.Report = func(_ string, used bool, problems []error) {
		if used {
			notes = append(notes, problems...)
		} else {
			errs = append(errs, problems...)
		}
	}
	f.now(nil)
	f.Report = nil
	return f, notes, errs
}

// now returns the rules that are in force, and records in basis what they rest on.
func (f *RuleFiles) now(basis *tree.Basis) *ruleset {
	e := f.watched.Current()
	basis.On(e)
	if last := f.last.Load(); last != nil && last.edition == e {
		return last
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	last := f.last.Load()
	if last == nil {
		last = new(ruleset)
	}
	next := &ruleset{edition: e, headers: last.headers, redirects: last.redirects}
	if !last.same(e, 0) {
		if h, ok := read(f, e, 0, rules.ParseHeaders); ok {
			next.headers = h
		}
	}
	if !last.same(e, 1) {
		if r, ok := read(f, e, 1, rules.ParseRedirects); ok {
			next.redirects = r
		}
	}
	next.empty = next.headers.Len()+next.redirects.Len() == 0
	if next.headers.ByHost() || next.redirects.ByHost() {
		next.by |= VaryHost
	}
	if next.headers.BySecure() || next.redirects.BySecure() {
		next.by |= VarySecure
	}
	f.last.Store(next)
	return next
}

// same reports whether the file i is in e as it was.
func (r *ruleset) same(e *tree.Edition, i int) bool {
	if r.edition == nil {
		return false
	}
	was, is := r.edition, e
	if (was.Errs[i] == nil) != (is.Errs[i] == nil) || (was.Content[i] == nil) != (is.Content[i] == nil) {
		return false
	}
	return bytes.Equal(was.Content[i], is.Content[i])
}

// read parses the file i of e; it is not ok when the file is no good.
func read[T any](f *RuleFiles, e *tree.Edition, i int, parse func([]byte, rules.Dialect) (T, []*rules.Problem)) (parsed T, ok bool) {
	name := ruleNames[i]
	if err := e.Errs[i]; err != nil {
		f.report(name, false, []error{fmt.Errorf("%s: %w", name, err)})
		return parsed, false
	}
	if e.Content[i] == nil {
		return parsed, true
	}
	parsed, problems := parse(e.Content[i], f.dialect)
	broken := slices.ContainsFunc(problems, func(p *rules.Problem) bool { return !p.Unsupported })
	var said []error
	for _, p := range problems {
		if p.Unsupported != broken { // where it is not used, what is left out of it says nothing
			said = append(said, p)
		}
	}
	f.report(name, !broken, said)
	return parsed, !broken
}

func (f *RuleFiles) report(name string, used bool, problems []error) {
	if f.Report != nil && (len(problems) > 0 || f.last.Load() != nil) {
		f.Report(name, used, problems)
	}
}
