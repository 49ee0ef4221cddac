package rules

import (
	"fmt"
	"slices"
	"strings"
)

// Note is something that is worth a look in a file that is in order.
type Note struct {
	File string
	Line int
	Text string
}

func (n Note) String() string { return fmt.Sprintf("%s:%d: %s", n.File, n.Line, n.Text) }

// Rule is what is to be known of a line of _redirects beside what it matches.
type Rule struct {
	Line   int
	From   string // the decoded path, "" where it captures; with Netlify without a slash at its end
	To     string // the percent-encoded path of a rewrite or a page, "" where it captures and for redirects
	Sends  string // the percent-encoded path of this site that a redirect leads to, "" where it captures and for others
	Status int
	Forced bool
}

// Each calls f with all rules in their order.
func (rs *Redirects) Each(f func(Rule)) {
	if rs == nil {
		return
	}
	for i := range rs.rules {
		r := &rs.rules[i]
		one := Rule{Line: r.line, From: r.pattern.static, Status: r.status, Forced: r.forced}
		switch {
		case !r.to.path.constant() || r.to.origin != "" || r.closed:
		case r.status/100 == 3:
			one.Sends, _ = r.to.reference(nil, "")
		default:
			one.To, _ = r.to.reference(nil, "")
		}
		f(one)
	}
}

// Each calls f with all blocks in their order: the line and the decoded path of each pattern, "" where that captures, and
// what is said there: "Name: value" or "! Name".
func (h *Headers) Each(f func(line int, static string, says []string)) {
	if h == nil {
		return
	}
	for _, b := range h.blocks {
		var says []string
		for _, s := range b.says {
			says = append(says, s.String())
		}
		f(b.line, b.pattern.static, says)
	}
}

func (s *saying) String() string {
	if s.detach {
		return "! " + s.name
	}
	return s.name + ": " + s.value.String()
}

// Notes are about rules that are never reached, and redirects that go round or lead to themselves.
func (rs *Redirects) Notes() []Note {
	if rs == nil {
		return nil
	}
	notes := slices.Concat(rs.unreached(), rs.rounds(), rs.idle(), rs.strays())
	slices.SortStableFunc(notes, func(a, b Note) int { return a.Line - b.Line })
	return notes
}

// unreached finds the rules that an earlier one leaves nothing to.
func (rs *Redirects) unreached() (notes []Note) {
	shapes := make([]shape, len(rs.rules))
	for i := range rs.rules {
		rule := &rs.rules[i]
		shapes[i] = shapeOf(rule.pattern, rs.dialect)
		for _, j := range rs.index.candidates(shapes[i].sample(), nil) { // who matches all matches a sample
			if j >= i {
				break
			}
			first := &rs.rules[j]
			if first.closed || !first.coversConditions(rule) || !first.pattern.coversHost(rule.pattern) || !shapes[j].covers(shapes[i]) ||
				first.passesOver(rule, rs.dialect) {
				continue
			}
			text := fmt.Sprintf("it is never reached: line %d matches all that it matches", first.line)
			if first.status == rule.status && first.written == rule.written && first.coversAlike(rule) && shapes[i].covers(shapes[j]) {
				text = fmt.Sprintf("the same stands in line %d", first.line)
			}
			notes = append(notes, Note{"_redirects", rule.line, text})
			break
		}
	}
	return notes
}

// strays finds what is written as a capture is, and captures nothing: where it can only be meant as one.
func (rs *Redirects) strays() (notes []Note) {
	for i := range rs.rules {
		rule := &rs.rules[i]
		names := slices.Clone(rule.pattern.names)
		for _, p := range rule.query {
			names = append(names, p.capture)
		}
		for at := range len(rule.written) {
			if at == 0 || rule.written[at] != ':' {
				continue
			}
			name := placeholderName(rule.written[at+1:])
			if name == "" || contains(names, name) || name != "splat" && !strings.Contains("/=", rule.written[at-1:at]) {
				continue
			}
			notes = append(notes, Note{"_redirects", rule.line, stray(name)})
		}
	}
	return notes
}

func stray(name string) string {
	if name == "splat" {
		return "there is no * that :splat would stand for: it stands for itself"
	}
	return fmt.Sprintf("nothing that it matches is :%s: it stands for itself", name)
}

// passesOver reports whether rule leaves some target to other because it would lead to that target itself.
func (rule *redirect) passesOver(other *redirect, d Dialect) bool {
	if rule.status/100 != 3 {
		return false
	}
	if rule.to.path.constant() {
		path, _ := rule.to.reference(nil, "")
		path, err := decodePath(path)
		if err != nil {
			return false
		}
		p := *other.pattern
		p.scheme, p.host, p.hosts = "", "", nil
		_, ok := p.match(&Target{Path: path}, d)
		return ok
	}
	t := other.sampleTarget(d)
	c, _ := rule.pattern.match(&t, d)
	path, query := rule.to.reference(c, "")
	return query == "" && path == t.Path
}

// coversConditions reports whether rule, where its pattern matches, has what it asks for whenever other has.
func (rule *redirect) coversConditions(other *redirect) bool {
	if other.forced && !rule.forced {
		return false // where there is a file the other one still counts
	}
	for _, p := range rule.query {
		if !slices.ContainsFunc(other.query, func(q parameter) bool {
			return q.name == p.name && (p.capture != "" || q.capture == "" && q.value == p.value)
		}) {
			return false
		}
	}
	if rule.cookies == nil {
		return true
	}
	return other.cookies != nil && !slices.ContainsFunc(other.cookies, func(c string) bool { return !slices.Contains(rule.cookies, c) })
}

// coversAlike reports whether each asks for what the other does.
func (rule *redirect) coversAlike(other *redirect) bool {
	return rule.coversConditions(other) && other.coversConditions(rule) &&
		rule.pattern.coversHost(other.pattern) && other.pattern.coversHost(rule.pattern)
}

// Notes are about blocks that say nothing, and fields that are said twice or taken away again.
func (h *Headers) Notes() (notes []Note) {
	if h == nil {
		return nil
	}
	shapes := make([]shape, len(h.blocks))
	for i, b := range h.blocks {
		shapes[i] = shapeOf(b.pattern, h.dialect)
		if len(b.says) == 0 {
			notes = append(notes, Note{"_headers", b.line, "there is no field beneath it"})
		}
		for _, s := range b.says {
			if !contains(b.pattern.names, "splat") && strings.Contains(s.value.String(), ":splat") {
				notes = append(notes, Note{"_headers", s.line, stray("splat")})
			}
		}
	}
	covers := func(i, j int) bool {
		return h.blocks[i].pattern.coversHost(h.blocks[j].pattern) && shapes[i].covers(shapes[j])
	}
	for j := range h.blocks {
		for _, i := range h.index.candidates(shapes[j].sample(), nil) { // who matches all matches a sample
			if i == j || !covers(i, j) {
				continue
			}
			first, later := min(i, j), max(i, j)
			notes = append(notes, h.blocks[first].before(&h.blocks[later], covers(later, first))...)
		}
	}
	slices.SortFunc(notes, func(a, b Note) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return strings.Compare(a.Text, b.Text)
	})
	return slices.Compact(notes)
}

// before finds what a block has to do with a later one, when one of both matches whatever the other does; all says
// that it is the later one.
func (first *block) before(later *block, all bool) (notes []Note) {
	note := func(line int, format string, more ...any) {
		notes = append(notes, Note{"_headers", line, fmt.Sprintf(format, more...)})
	}
	for _, a := range first.says {
		if a.detach {
			continue
		}
		for _, b := range later.says {
			if b.name != a.name {
				continue
			}
			if b.detach {
				if all {
					note(a.line, "%s is taken away again by line %d", a.name, b.line)
				}
				break // nothing of the first is left for the rest
			}
			switch was, is := a.value.String(), b.value.String(); {
			case single[a.name] && all:
				note(a.line, "%s is always replaced by that of line %d", a.name, b.line)
			case single[a.name] || a.name == "Set-Cookie":
			case was == is:
				note(b.line, "%s is the same as in line %d, and is sent twice", a.name, a.line)
			case a.name == "Cache-Control":
				note(b.line, "Cache-Control is joined to that of line %d, to %q: ! Cache-Control takes that away first", a.line, was+", "+is)
			}
		}
	}
	return notes
}
