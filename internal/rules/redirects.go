package rules

import (
	"fmt"
	"net/url"
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
	cookies []string // one of these has to be there; none for any
}

// parameter is one of the query that has to be there, with a value, or with any that is captured.
type parameter struct{ name, value, capture string }

// target is what a rule leads to.
type target struct {
	origin                string // "https://host", "" for this one
	path, query, fragment template
	hasQuery              bool
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
	// Path is percent-encoded, as in a target; Query is what belongs to it.
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
		rs.index.add(rule.pattern, i)
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
	p, err := parsePattern(words[0].text, d)
	if err != nil {
		r.broken(words[0].column+err.at, err.text)
		return rule, false
	}
	rule.pattern = p
	names := slices.Clone(p.names)
	rest := words[1:]
	for len(rest) > 0 && !isTarget(rest[0].text) {
		parameter, ok := parseParameter(r, rest[0], d, &names)
		if !ok {
			return rule, false
		}
		rule.query = append(rule.query, parameter)
		rest = rest[1:]
	}
	if len(rest) == 0 {
		r.broken(len(r.line)+1, "where it leads to is missing: a path, or https:// and more")
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
	supported := true
	for _, w := range rest {
		switch understood, ok := rule.parseCondition(r, w, d); {
		case !ok:
			return rule, false
		case !understood:
			supported = false
		}
	}
	return rule, supported && rule.isPossible(r, to, d)
}

// isTarget reports whether a word is what a rule leads to.
func isTarget(s string) bool {
	return s[0] == '/' || strings.Contains(s, "://") && !strings.Contains(s[:strings.Index(s, "://")], "=")
}

func parseParameter(r *reader, w word, d Dialect, names *[]string) (p parameter, ok bool) {
	name, value, found := strings.Cut(w.text, "=")
	switch {
	case !found:
		r.broken(w.column, "neither a path, nor https:// and more, nor name=value of a query")
		return p, false
	case d == Cloudflare:
		r.broken(w.column, "matching a query is Netlify's: --dialect netlify")
		return p, false
	case name == "":
		r.broken(w.column, "the name of a parameter is missing")
		return p, false
	}
	p.name, p.value = name, value
	if decoded, err := url.QueryUnescape(name); err == nil {
		p.name = decoded
	}
	if capture, ok := strings.CutPrefix(value, ":"); ok {
		if placeholderName(capture) != capture || capture == "" {
			r.broken(w.column+len(name)+1, "a placeholder is a colon, a letter, and letters, digits or _")
			return p, false
		}
		if slices.Contains(*names, capture) {
			r.broken(w.column+len(name)+1, "there is a :"+capture+" already")
			return p, false
		}
		*names = append(*names, capture)
		p.capture = capture
	} else if decoded, err := url.QueryUnescape(value); err == nil {
		p.value = decoded
	}
	return p, true
}

// parseTarget reads what a rule leads to, with captures of those names.
func parseTarget(s string, names []string) (t target, _ *patternError) {
	rest, at := s, 0
	if i := strings.Index(s, "://"); i >= 0 && s[0] != '/' {
		scheme := strings.ToLower(s[:i])
		if scheme != "http" && scheme != "https" {
			return t, &patternError{0, "it leads to a path, or to http:// or https:// and more"}
		}
		authority := s[i+3:]
		if end := strings.IndexAny(authority, "/?#\\"); end >= 0 {
			authority = authority[:end]
		}
		at = i + 3 + len(authority)
		if !parseTemplate(authority, names).constant() || strings.Contains(authority, "*") {
			return t, &patternError{i + 3, "what is captured must not choose the host: that would let anyone choose where visitors go"}
		}
		u, err := url.Parse(scheme + "://" + authority)
		if err != nil || u.Hostname() == "" || u.User != nil || strings.Trim(authority, hostChars) != "" {
			return t, &patternError{i + 3, "not a host, with or without a port"}
		}
		t.origin, rest = scheme+"://"+strings.ToLower(authority), s[at:]
		if rest == "" || rest[0] != '/' {
			rest = "/" + rest
			at--
		}
	}
	if strings.HasPrefix(rest, "//") || strings.HasPrefix(rest, `/\`) {
		return t, &patternError{at, "two slashes at its beginning would make a host of what follows"}
	}
	rest, fragment, hasFragment := strings.Cut(rest, "#")
	path, query, hasQuery := strings.Cut(rest, "?")
	for _, part := range []struct {
		text string
		at   int
	}{{path, at}, {query, at + len(path) + 1}, {fragment, at + len(rest) + 1}} {
		if i := badPercent(part.text); i >= 0 {
			return t, &patternError{part.at + i, "two hexadecimal digits follow a %"}
		}
	}
	t.hasQuery = hasQuery
	t.path, t.query = literally(path, names), literally(query, names)
	if hasFragment {
		t.fragment = literally("#"+fragment, names)
	}
	return t, nil
}

const hostChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:[]"

// badPercent is where a % is that encodes nothing, -1 for nowhere.
func badPercent(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])) {
			return i
		}
	}
	return -1
}

// literally is a template whose texts are encoded as far as they have to be.
func literally(s string, names []string) template {
	t := parseTemplate(s, names)
	for i := range t {
		var b strings.Builder
		encode(&b, t[i].text, inReference)
		t[i].text = b.String()
	}
	return t
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

// parseCondition reads "Name=value,value". It is understood where it can be told from a request.
func (rule *redirect) parseCondition(r *reader, w word, d Dialect) (understood, ok bool) {
	name, value, found := strings.Cut(w.text, "=")
	switch {
	case !found:
		r.broken(w.column, fmt.Sprintf("%q is neither a status nor a condition: Cookie=name", w.text))
		return false, false
	case d == Cloudflare:
		r.broken(w.column, "conditions are Netlify's: --dialect netlify")
		return false, false
	}
	switch strings.ToLower(name) {
	case "cookie":
		for c := range strings.SplitSeq(value, ",") {
			if c == "" || strings.ContainsAny(c, "=; \t\"") {
				r.broken(w.column+len(name)+1, "the names of cookies are expected, separated by commas")
				return false, false
			}
			rule.cookies = append(rule.cookies, c)
		}
		return true, true
	case "country", "language", "role":
		r.unsupported(w.column, "the condition "+name+" is not supported: the rule is left out")
		return false, true
	}
	r.broken(w.column, fmt.Sprintf("%q is not a condition: only Cookie is", name))
	return false, false
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
	case d == Cloudflare && rule.status == 200 && rule.leadsToItself():
		r.unsupported(to.column, "it matches what it leads to, for which Cloudflare ignores it: the rule is left out; --spa does what it is meant to do")
		return false
	}
	return true
}

// leadsToItself reports whether a rule without captures in its target matches that.
func (rule *redirect) leadsToItself() bool {
	if !rule.to.path.constant() {
		return false
	}
	path, err := url.PathUnescape(rule.to.path[0].text)
	if err != nil {
		return false
	}
	p := *rule.pattern
	p.scheme, p.host, p.hosts = "", "", nil
	_, ok := p.match(&Target{Path: path}, Cloudflare)
	return ok
}

// Find returns what the first rule asks for that matches t. With forced, rules that a file goes before are left out. byCookie says
// that cookies had a say in it.
func (rs *Redirects) Find(t *Target, forced bool) (a Action, found, byCookie bool) {
	if rs == nil {
		return Action{}, false, false
	}
	var numbers [16]int
	for _, i := range rs.index.candidates(t.Path, numbers[:0]) {
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
			if c, rest, ok = rule.matchQuery(t.Query, c); !ok {
				continue
			}
		}
		if rule.cookies != nil {
			if byCookie = true; !hasCookie(t.Cookie, rule.cookies) {
				continue
			}
		}
		a = Action{Status: rule.status, Forced: rule.forced, Line: rule.line}
		a.Path, a.Query = rule.to.reference(c, rest)
		if a.Status/100 == 3 {
			a.Location = rule.to.origin + a.Path
			if a.Query != "" {
				a.Location += "?" + a.Query
			}
			if isSame(a.Location, rule.to.origin, t) {
				continue // for ever
			}
			var b strings.Builder
			rule.to.fragment.fill(&b, c, inQuery)
			a.Location += b.String()
			a.Path, a.Query = "", ""
		}
		return a, true, byCookie
	}
	return Action{}, false, byCookie
}

// matchQuery reports whether the parameters of the rule are there, adds what they capture, and returns what is left
// of the query.
func (rule *redirect) matchQuery(query string, c captures) (_ captures, rest string, ok bool) {
	found := make([]bool, len(rule.query))
	var kept []string
	all := make(captures, len(c)+len(rule.query))
	for k, v := range c {
		all[k] = v
	}
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, err1 := url.QueryUnescape(name)
		value, err2 := url.QueryUnescape(value)
		i := slices.IndexFunc(rule.query, func(p parameter) bool { return p.name == name })
		switch {
		case err1 != nil || err2 != nil || i < 0 || found[i] || pair == "":
			kept = append(kept, pair)
			continue
		case rule.query[i].capture != "":
			all[rule.query[i].capture] = value
		case rule.query[i].value != value:
			kept = append(kept, pair)
			continue
		}
		found[i] = true
	}
	return all, strings.Join(kept, "&"), !slices.Contains(found, false)
}

// hasCookie reports whether a Cookie field has one of names.
func hasCookie(field string, names []string) bool {
	for pair := range strings.SplitSeq(field, ";") {
		name, _, _ := strings.Cut(strings.TrimSpace(pair), "=")
		if slices.Contains(names, strings.TrimSpace(name)) {
			return true
		}
	}
	return false
}

// reference is where t leads with those captures: a query of its own, or else that of the request.
func (t *target) reference(c captures, requested string) (path, query string) {
	var b strings.Builder
	t.path.fill(&b, c, inPath)
	path = b.String()
	if t.origin == "" { // what is captured must not make a host of what follows
		path = "/" + strings.TrimLeft(path, "/")
	}
	b.Reset()
	if t.hasQuery {
		t.query.fill(&b, c, inQuery)
	} else {
		encode(&b, requested, inRequested)
	}
	return path, b.String()
}

// inRequested are the characters of a query, with the % of those that are encoded.
var inRequested = keeping("!$&'()*+,;=:@/?[]%")

// isSame reports whether a location is the very target that was asked for.
func isSame(location, origin string, t *Target) bool {
	rest := location
	if origin != "" {
		scheme, host, _ := strings.Cut(origin, "://")
		if (scheme == "https") != t.Secure {
			return false
		}
		if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
			return false // of the port of the request nothing is known
		}
		if host != t.Host {
			return false
		}
		rest = rest[len(origin):]
	}
	path, query, _ := strings.Cut(rest, "?")
	path, err := url.PathUnescape(path)
	if err != nil || path != t.Path {
		return false
	}
	var b strings.Builder
	encode(&b, t.Query, inRequested)
	return query == b.String()
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
