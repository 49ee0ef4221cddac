package rules

import (
	"net/url"
	"slices"
	"strings"
)

// query is that of a target. It is taken apart once, however many rules ask for it: clients choose how
// long it is, and owners how many rules there are.
type query struct {
	text   string
	pairs  []string // as they were sent
	names  map[string]int
	values map[parameter]int // the first pair of each name, and of each name and value
	found  []string          // the decoded value of each pair
}

// read takes the query apart, if that is not done yet.
func (q *query) read() *query {
	if q.names != nil {
		return q
	}
	q.pairs = strings.Split(q.text, "&")
	q.found = make([]string, len(q.pairs))
	q.names, q.values = make(map[string]int, len(q.pairs)), make(map[parameter]int, len(q.pairs))
	for i, pair := range q.pairs {
		name, value, _ := strings.Cut(pair, "=")
		name, err1 := url.QueryUnescape(name)
		value, err2 := url.QueryUnescape(value)
		if err1 != nil || err2 != nil || name == "" {
			continue
		}
		q.found[i] = value
		if _, ok := q.names[name]; !ok {
			q.names[name] = i
		}
		p := parameter{name: name, value: value}
		if _, ok := q.values[p]; !ok {
			q.values[p] = i
		}
	}
	return q
}

// pair is the first that p is about, -1 for none.
func (q *query) pair(p parameter) int {
	i, ok := 0, false
	if p.capture != "" {
		i, ok = q.names[p.name]
	} else {
		i, ok = q.values[p]
	}
	if !ok {
		return -1
	}
	return i
}

// matchQuery reports whether the parameters of the rule are there, adds what they capture, and returns what is left
// of the query.
func (rule *redirect) matchQuery(q *query, c captures) (_ captures, rest string, ok bool) {
	q.read()
	var taken []int
	for _, p := range rule.query {
		i := q.pair(p)
		if i < 0 {
			return nil, "", false
		}
		taken = append(taken, i)
	}
	all := make(captures, len(c)+len(rule.query))
	for k, v := range c {
		all[k] = v
	}
	for at, p := range rule.query {
		if p.capture != "" {
			if strings.Contains(q.found[taken[at]], encodedSlash) { // a NUL is no part of anything
				return nil, "", false
			}
			all[p.capture] = q.found[taken[at]]
		}
	}
	var kept []string
	for i, pair := range q.pairs {
		if !slices.Contains(taken, i) {
			kept = append(kept, pair)
		}
	}
	return all, strings.Join(kept, "&"), true
}
