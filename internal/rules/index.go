package rules

import (
	"slices"
	"strings"
)

// index finds the rules that can match a target, without trying all of them.
type index struct {
	dialect Dialect
	static  map[string]*bucket // by path
	root    node               // of those that capture
}

// node is where the rules are whose paths begin with some whole segments.
type node struct {
	literal map[string]*node
	any     *node // beneath a placeholder
	rules   bucket
	// begins are the rules whose next segment captures behind a text, by that; lengths are those of such texts.
	begins  map[string]*bucket
	lengths []int
}

// bucket are rules for the same paths, by what else they ask for: those of another host, or of another value
// in the query, are not tried, however many there are.
type bucket struct {
	rules   []int // for any host and query
	keyed   map[key][]int
	byQuery bool // some ask for a parameter
}

// key is a host and a parameter that a rule asks for; "" for none.
type key struct {
	host string
	parameter
}

// add takes the rule of that number in, which asks for the query as well.
func (x *index) add(p *pattern, query []parameter, number int) {
	x.bucketOf(p).add(p, query, number)
}

func (x *index) bucketOf(p *pattern) *bucket {
	if p.paths == nil {
		if x.static == nil {
			x.static = make(map[string]*bucket)
		}
		return in(x.static, p.static)
	}
	n := &x.root
	for _, s := range p.segments {
		switch {
		case s.begins != "":
			if n.begins == nil {
				n.begins = make(map[string]*bucket)
			}
			if !slices.Contains(n.lengths, len(s.begins)) {
				n.lengths = append(n.lengths, len(s.begins))
			}
			return in(n.begins, s.begins)
		case s.any:
			if n.any == nil {
				n.any = new(node)
			}
			n = n.any
		default:
			if n.literal == nil {
				n.literal = make(map[string]*node)
			}
			n = in(n.literal, s.literal)
		}
	}
	return &n.rules
}

// in is what m has for a name, which is made when there is none.
func in[T any](m map[string]*T, name string) *T {
	if m[name] == nil {
		m[name] = new(T)
	}
	return m[name]
}

func (b *bucket) add(p *pattern, query []parameter, number int) {
	k := key{host: p.host}
	if i := slices.IndexFunc(query, func(q parameter) bool { return q.capture == "" }); i >= 0 {
		k.parameter, b.byQuery = query[i], true
	}
	if k == (key{}) {
		b.rules = append(b.rules, number)
		return
	}
	if b.keyed == nil {
		b.keyed = make(map[key][]int)
	}
	b.keyed[k] = append(b.keyed[k], number)
}

// search is for the rules of one target, or for those of all hosts and queries.
type search struct {
	all   bool
	host  string
	query *query
}

// candidates are the numbers of the rules that can match path, for whatever host and query, in order. They
// are appended to list.
func (x *index) candidates(path string, list []int) []int {
	return x.find(path, search{all: true}, list)
}

// candidatesFor are those of candidates that can match t; q is its query.
func (x *index) candidatesFor(t *Target, q *query, list []int) []int {
	return x.find(t.Path, search{host: t.Host, query: q}, list)
}

func (x *index) find(path string, s search, list []int) []int {
	key := path
	if x.dialect == Netlify {
		key = bare(path)
	}
	list = x.static[key].collect(s, list)
	list = x.root.collect(strings.TrimPrefix(path, "/"), s, list)
	slices.Sort(list)
	return list
}

// collect goes through all nodes that lead along path. Each is on one way only, so that no path
// takes longer than going through all of the tree.
func (n *node) collect(path string, s search, list []int) []int {
	list = n.rules.collect(s, list)
	for _, length := range n.lengths {
		if length <= len(path) {
			list = n.begins[path[:length]].collect(s, list)
		}
	}
	if path == "" {
		return list
	}
	seg, rest, _ := strings.Cut(path, "/")
	if next := n.literal[seg]; next != nil {
		list = next.collect(rest, s, list)
	}
	if n.any != nil {
		list = n.any.collect(rest, s, list)
	}
	return list
}

// collect finds the rules of b, which may be nil.
func (b *bucket) collect(s search, list []int) []int {
	if b == nil {
		return list
	}
	list = append(list, b.rules...)
	switch {
	case len(b.keyed) == 0:
	case s.all:
		for _, rules := range b.keyed {
			list = append(list, rules...)
		}
	default:
		list = b.under("", s, list)
		if s.host != "" {
			list = b.under(s.host, s, list)
		}
	}
	return list
}

// under finds the rules of b that are for a host, and for the query.
func (b *bucket) under(host string, s search, list []int) []int {
	list = append(list, b.keyed[key{host: host}]...)
	if b.byQuery {
		for p := range s.query.read().values {
			list = append(list, b.keyed[key{host, p}]...)
		}
	}
	return list
}
