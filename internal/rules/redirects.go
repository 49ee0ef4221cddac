package rules

import (
	"fmt"
	"slices"
	"strings"
)

// Redirects are the rules of a _redirects file. They are immutable; nil has none.
type Redirects struct {
	dialect  Dialect
	rules    []redirect
	index    index
	byHost   bool
	bySecure bool
	forced   bool // some rule goes before files
}

// redirect is one rule.
type redirect struct {
	line    int
	pattern *pattern
	query   []parameter
	to      target
	written string // to as it stands there
	status  int
	bare    bool // the status is the default
	forced  bool
	// closed says that only some may read what is there, whom nothing in a request tells: nobody does, unless another
	// rule that goes before files matches.
	closed  bool
	cookies []string // one of these has to be there; none for any
}

// Action is what a rule asks for.
type Action struct {
	// Status is 3xx for a redirect; 200 for the content of Path in place of the target's; and 4xx for that content with
	// that status.
	Status int
	Forced bool // it goes before a file of that name
	// Location is that of a redirect, ready to be sent: path-absolute, or an absolute URI whose authority
	// is that of the rule.
	Location string
	// Path is percent-encoded, as in a target; Query is what belongs to it. It is "" where there is nothing.
	Path, Query string
	Line        int
}

// ParseRedirects reads a _redirects file. Where a problem says that the file is broken, what is returned is not
// to be used.
func ParseRedirects(text []byte, d Dialect) (*Redirects, []*Problem) {
	return parseRedirects(&reader{file: "_redirects", text: string(text), most: maxProblems}, d)
}

func parseRedirects(r *reader, d Dialect) (*Redirects, []*Problem) {
	rs := &Redirects{dialect: d, index: index{dialect: d}}
	for r.next() {
		words := wordsOf(r.line)
		if len(words) == 0 {
			continue
		}
		rule, ok := parseRedirect(r, words, d)
		if !ok {
			continue
		}
		if len(rs.rules) == maxRules {
			r.broken(1, fmt.Sprintf("more than %d rules", maxRules))
			return rs, r.problems
		}
		rs.rules = append(rs.rules, rule)
	}
	for i := range rs.rules {
		rule := &rs.rules[i]
		rs.index.add(rule.pattern, rule.query, i)
		rs.byHost = rs.byHost || rule.pattern.byHost()
		rs.bySecure = rs.bySecure || rule.pattern.scheme != ""
		rs.forced = rs.forced || rule.forced
		// Whether it leads to where it came from depends on how that was asked for.
		if rule.to.origin != "" {
			rs.byHost, rs.bySecure = true, true
		}
	}
	return rs, r.problems
}

// word is one of a line, and where it begins.
type word struct {
	text   string
	column int
}

// name is what stands before the = of a condition.
func (w word) name() string {
	name, _, _ := strings.Cut(w.text, "=")
	return name
}

func wordsOf(line string) (words []word) {
	for i := 0; i < len(line); {
		if line[i] == ' ' || line[i] == '\t' {
			i++
			continue
		}
		if line[i] == '#' { // a comment, also behind a rule
			break
		}
		end := strings.IndexAny(line[i:], " \t")
		if end < 0 {
			end = len(line) - i
		}
		words = append(words, word{line[i : i+end], i + 1})
		i += end
	}
	return words
}

// parseRedirect reads "from [name=value …] to [status[!]] [condition …]".
func parseRedirect(r *reader, words []word, d Dialect) (rule redirect, ok bool) {
	rule.line = r.number
	from, rest := words[0], words[1:]
	if i := strings.IndexAny(from.text, "?#"); i >= 0 {
		switch c := from.text[i]; {
		case d == Cloudflare:
			r.unsupported(from.column+i, fmt.Sprintf("what stands behind the %c of a path is left out, as Cloudflare does", c))
			from.text = from.text[:i]
		case c == '?':
			r.broken(from.column+i, "a path has no ?: a query is matched by name=value behind the path")
			return rule, false
		}
	}
	p, err := parsePattern(from.text, d, false)
	if err != nil {
		r.broken(from.column+err.at, err.text)
		return rule, false
	}
	rule.pattern = p
	names := slices.Clone(p.names)
	if d == Netlify && len(rest) > 0 && strings.HasSuffix(p.path, "/*") && isStatus(rest[0].text) && rest[0].text[0] == '2' {
		// Where it leads to is what was asked for, unless that is said.
		rest = slices.Insert(slices.Clone(rest), 0, word{strings.TrimSuffix(p.path, "*") + ":splat", from.column})
	}
	for len(rest) > 0 && !isTarget(rest[0].text) && !isStatus(rest[0].text) {
		one, ok := parseParameter(r, rest[0], d, &names)
		if !ok {
			return rule, false
		}
		if slices.ContainsFunc(rule.query, func(p parameter) bool { return p.name == one.name }) {
			r.broken(rest[0].column, "the parameter "+one.name+" is there already")
			return rule, false
		}
		rule.query = append(rule.query, one)
		rest = rest[1:]
	}
	if len(rest) == 0 || !isTarget(rest[0].text) {
		column := len(r.line) + 1
		if len(rest) > 0 {
			column = rest[0].column
		}
		r.broken(column, "where it leads to is missing: a path, or https:// and more")
		return rule, false
	}
	to := rest[0]
	rule.written = to.text
	if rule.to, err = parseTarget(to.text, names); err != nil {
		r.broken(to.column+err.at, err.text)
		return rule, false
	}
	rule.status = 301
	if d == Cloudflare {
		rule.status, rule.forced = 302, true
	}
	rest = rest[1:]
	if len(rest) > 0 && !strings.Contains(rest[0].text, "=") {
		if !rule.parseStatus(r, rest[0], d) {
			return rule, false
		}
		rest = rest[1:]
	} else {
		rule.bare = true
	}
	var unknown []word
	for _, w := range rest {
		switch understood, ok := rule.parseCondition(r, w, d); {
		case !ok:
			return rule, false
		case !understood:
			unknown = append(unknown, w)
		}
	}
	return rule, rule.isPossible(r, to, d) && rule.isTold(r, unknown)
}

// isTold takes down the conditions that nothing in a request tells, and reports whether the rule is kept.
func (rule *redirect) isTold(r *reader, unknown []word) bool {
	byRole := func(w word) bool { return strings.EqualFold(w.name(), "role") }
	rule.closed = rule.forced && rule.status == 200 && slices.ContainsFunc(unknown, byRole)
	for _, w := range unknown {
		what := "the rule is left out"
		if rule.closed {
			what = "nobody is let in; take the rule out, and say with --auth who is"
		}
		r.unsupported(w.column, "the condition "+w.name()+" is not supported: "+what)
	}
	return len(unknown) == 0 || rule.closed
}

// isStatus reports whether a word is written as a status is.
func isStatus(s string) bool {
	digits := strings.TrimSuffix(s, "!")
	return len(digits) == 3 && strings.Trim(digits, "0123456789") == ""
}

// isTarget reports whether a word is what a rule leads to.
func isTarget(s string) bool {
	return s[0] == '/' || strings.Contains(s, "://") && !strings.Contains(s[:strings.Index(s, "://")], "=")
}

func (rule *redirect) parseStatus(r *reader, w word, d Dialect) bool {
	text, forced := strings.CutSuffix(w.text, "!")
	switch text {
	case "200", "301", "302", "303", "307", "308":
	case "404", "410", "451":
		if d == Cloudflare {
			r.broken(w.column, "a page with that status is Netlify's: --dialect netlify")
			return false
		}
	case "401", "403":
		r.broken(w.column, "a page with that status would keep nobody out: --auth does")
		return false
	default:
		r.broken(w.column, fmt.Sprintf("%q is not a status: 200, 301, 302, 303, 307 or 308, with Netlify also 404, 410 or 451", w.text))
		return false
	}
	if forced && d == Cloudflare {
		r.broken(w.column+len(text), "! is Netlify's: Cloudflare's rules go before files anyway")
		return false
	}
	fmt.Sscan(text, &rule.status)
	rule.forced = rule.forced || forced
	return true
}

// isPossible reports whether what the rule asks for can be done.
func (rule *redirect) isPossible(r *reader, to word, d Dialect) bool {
	switch {
	case rule.status/100 == 3:
		return true
	case rule.to.origin != "" && rule.status == 200:
		r.unsupported(to.column, "proxying to another server is not supported: the rule is left out")
		return false
	case rule.to.origin != "":
		r.broken(to.column, "a page with that status is one of this site: a path is expected")
		return false
	case strings.HasPrefix(rule.written, "/.netlify/"):
		r.unsupported(to.column, "functions are not supported: the rule is left out")
		return false
	case d == Cloudflare && rule.status == 200 && strings.HasSuffix(rule.pattern.path, "/*") && rule.leadsToIndex():
		r.unsupported(to.column, "it leads all to an index, for which Cloudflare ignores it: the rule is left out; --spa does what it is meant to do")
		return false
	}
	return true
}

// leadsToIndex reports whether a rule leads to what answers for a directory.
func (rule *redirect) leadsToIndex() bool {
	path, _, _ := strings.Cut(rule.written, "?")
	return strings.HasSuffix(path, "/index") || strings.HasSuffix(path, "/index.html")
}

// Find returns what the first rule asks for that matches t. With forced, rules that a file goes before are left out. byCookie says
// that cookies had a say in it.
func (rs *Redirects) Find(t *Target, forced bool) (a Action, found, byCookie bool) {
	if rs == nil {
		return Action{}, false, false
	}
	var numbers [16]int
	q := query{text: t.Query}
	var closed *redirect
	for _, i := range rs.index.candidatesFor(t, &q, numbers[:0]) {
		rule := &rs.rules[i]
		if forced && !rule.forced {
			continue
		}
		c, ok := rule.pattern.match(t, rs.dialect)
		if !ok {
			continue
		}
		rest := t.Query
		if len(rule.query) > 0 {
			if c, rest, ok = rule.matchQuery(&q, c); !ok {
				continue
			}
		}
		if rule.cookies != nil {
			if byCookie = true; !hasCookie(t.Cookie, rule.cookies) {
				continue
			}
		}
		if rule.closed {
			if closed == nil {
				closed = rule
			}
			continue
		}
		if closed != nil && !rule.forced {
			continue
		}
		a = Action{Status: rule.status, Forced: rule.forced, Line: rule.line}
		if a.Path, a.Query = rule.to.reference(c, rest); climbs(a.Path) {
			continue // what is captured does not lead out of where the rule leads to
		}
		if a.Status/100 == 3 {
			a.Location = rule.to.origin + a.Path
			if a.Query != "" {
				a.Location += "?" + a.Query
			}
			if isSame(a.Location, t) {
				continue // for ever
			}
			var b strings.Builder
			rule.to.fragment.fill(&b, c, inQuery)
			a.Location += b.String()
			a.Path, a.Query = "", ""
		}
		return a, true, byCookie
	}
	if closed != nil {
		return Action{Status: 404, Forced: true, Line: closed.line}, true, byCookie
	}
	return Action{}, false, byCookie
}

// LeadsTo reports whether a is a redirect to that very target.
func (a *Action) LeadsTo(t *Target) bool { return a.Status/100 == 3 && isSame(a.Location, t) }

// LeadsBack reports whether who is sent from one target to another is sent back by the rules, for ever, by some redirects
// on this host at most. forced is as for Find; of where the first leads to only rules count that go before files.
func (rs *Redirects) LeadsBack(from *Target, to Target, forced bool) (back, byCookie bool) {
	const most = 5
	here := map[string]bool{from.Host: from.Mount == ""}
	for range most {
		a, found, cookie := rs.Find(&to, forced)
		byCookie = byCookie || cookie
		if !found || a.Status/100 != 3 {
			return false, byCookie
		}
		if a.LeadsTo(from) {
			return true, byCookie
		}
		var stays bool
		if to, stays = to.after(a.Location, here); !stays {
			return false, byCookie
		}
		forced = true
	}
	return false, byCookie
}

// ByHost reports whether any rule depends on the host, BySecure whether on TLS, and HasForced whether any goes before files.
func (rs *Redirects) ByHost() bool    { return rs != nil && rs.byHost }
func (rs *Redirects) BySecure() bool  { return rs != nil && rs.bySecure }
func (rs *Redirects) HasForced() bool { return rs != nil && rs.forced }

// Len is how many rules there are.
func (rs *Redirects) Len() int {
	if rs == nil {
		return 0
	}
	return len(rs.rules)
}
