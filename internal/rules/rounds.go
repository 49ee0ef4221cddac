package rules

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
)

// maxHops is how many redirects browsers follow (the Fetch standard, §4.4).
const maxHops = 20

// step is a redirect on a way: where it is from, and by which rule.
type step struct {
	from string
	line int
}

// rounds follows redirects from a sample of what each rule matches, and finds those that never end.
func (rs *Redirects) rounds() (notes []Note) {
	hosts := make(map[string]bool)
	for i := range rs.rules {
		hosts[rs.rules[i].pattern.host] = true
	}
	told := make(map[int]bool) // the lines of rounds that are noted
	for i := range rs.rules {
		rule := &rs.rules[i]
		if rule.status/100 != 3 || told[rule.line] {
			continue
		}
		steps := rs.follow(rule.sampleTarget(rs.dialect), hosts)
		if len(steps) == 0 || steps[0].line != rule.line { // the sample is another rule's
			continue
		}
		text := "it leads back to itself, on and on: "
		mayEnd := false
		for _, s := range steps {
			told[s.line] = true
			mayEnd = mayEnd || !rs.at(s.line).forced
			text += fmt.Sprintf("%s → ", s.from)
		}
		text += "…"
		if mayEnd {
			text += ", unless there is a file on the way"
		}
		notes = append(notes, Note{"_redirects", rule.line, text})
	}
	return notes
}

// idle finds the redirects to what was asked for, which are none.
func (rs *Redirects) idle() (notes []Note) {
	for i := range rs.rules {
		rule := &rs.rules[i]
		if rule.status/100 != 3 || len(rule.pattern.names) > 1 { // the sample of several is the same for each
			continue
		}
		if rule.pattern.paths == nil && rule.pattern.path != rule.written {
			continue // it may be about the slash at the end
		}
		t := rule.sampleTarget(rs.dialect)
		c, ok := rule.pattern.match(&t, rs.dialect)
		rest := t.Query
		if ok && len(rule.query) > 0 {
			c, rest, ok = rule.matchQuery(&query{text: t.Query}, c)
		}
		if !ok {
			continue
		}
		location, asked := rule.to.reference(c, rest)
		if location = rule.to.origin + location; asked != "" {
			location += "?" + asked
		}
		if isSame(location, &t) {
			notes = append(notes, Note{"_redirects", rule.line, fmt.Sprintf("it leads %s to itself, and does nothing there", t.String())})
		}
	}
	return notes
}

// at is the rule in a line.
func (rs *Redirects) at(line int) *redirect {
	i, _ := slices.BinarySearchFunc(rs.rules, line, func(r redirect, line int) int { return r.line - line })
	return &rs.rules[i]
}

// follow goes where t leads to by the rules, as long as it stays on hosts that the rules know. It returns the
// redirects until the first rule has its turn again, and none where the way ends or goes round elsewhere.
func (rs *Redirects) follow(t Target, hosts map[string]bool) (steps []step) {
	start := t
	for len(steps) < maxHops {
		a, found, _ := rs.Find(&t, false)
		if !found || a.Status/100 != 3 {
			return nil
		}
		steps = append(steps, step{t.String(), a.Line})
		next, stays := t.after(a.Location, hosts)
		switch {
		case !stays:
			return nil
		case next == start:
			return steps
		}
		t = next
	}
	for i, s := range steps {
		if i > 0 && s.line == steps[0].line { // with another path each time
			return steps[:i+1]
		}
	}
	return nil
}

// String is t for people.
func (t *Target) String() string {
	if t.Host == "" {
		return t.Path
	}
	return map[bool]string{true: "https://", false: "http://"}[t.Secure] + t.Host + t.Path
}

// sampleTarget is one that the rule matches.
func (rule *redirect) sampleTarget(d Dialect) Target {
	t := Target{Secure: rule.pattern.scheme == "https", Host: rule.pattern.host, Path: shapeOf(rule.pattern, d).sample()}
	if rule.pattern.hosts != nil {
		t.Host = sampleHost(rule.pattern.name)
	}
	var query []string
	for _, p := range rule.query {
		value := p.value
		if p.capture != "" {
			value = "sample"
		}
		query = append(query, url.QueryEscape(p.name)+"="+url.QueryEscape(value))
	}
	t.Query = strings.Join(query, "&")
	if rule.cookies != nil {
		t.Cookie = rule.cookies[0] + "=1"
	}
	return t
}

// sampleHost is one that a host with captures matches.
func sampleHost(name string) string {
	tokens, _ := tokenise(name, 0)
	var b strings.Builder
	for _, t := range tokens {
		if t.literal == "" {
			t.literal = "sample"
		}
		b.WriteString(t.literal)
	}
	return b.String()
}

// after is the target that a location leads to from t; stays is false when it leads elsewhere.
func (t Target) after(location string, hosts map[string]bool) (_ Target, stays bool) {
	location, _, _ = strings.Cut(location, "#")
	if scheme, rest, absolute := strings.Cut(location, "://"); absolute && location[0] != '/' {
		i := strings.IndexByte(rest, '/')
		if t.Secure, t.Host = scheme == "https", rest[:i]; !hosts[t.Host] {
			return t, false
		}
		location = rest[i:]
	}
	location, t.Query, _ = strings.Cut(location, "?")
	decoded, err := decodePath(location)
	if err != nil {
		return t, false
	}
	t.Path = path.Clean(decoded)
	if strings.HasSuffix(decoded, "/") && t.Path != "/" {
		t.Path += "/"
	}
	return t, true
}
