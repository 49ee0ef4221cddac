package rules

import (
	"slices"
	"strings"
)

// index finds the rules that can match a path, without trying all of them.
type index struct {
	dialect Dialect
	static  map[string][]int // by path
	root    node             // of those that capture
}

// node is where the rules are whose paths begin with some whole segments.
type node struct {
	literal map[string]*node
	any     *node // beneath a placeholder
	rules   []int
	// begins are the rules whose next segment captures behind a text, by that; lengths are those of such texts.
	begins  map[string][]int
	lengths []int
}

// add takes the rule of that number in.
func (x *index) add(p *pattern, number int) {
	if p.paths == nil {
		if x.static == nil {
			x.static = make(map[string][]int)
		}
		x.static[p.static] = append(x.static[p.static], number)
		return
	}
	n := &x.root
	for _, s := range p.segments {
		if s.begins != "" {
			if n.begins == nil {
				n.begins = make(map[string][]int)
			}
			n.begins[s.begins] = append(n.begins[s.begins], number)
			if !slices.Contains(n.lengths, len(s.begins)) {
				n.lengths = append(n.lengths, len(s.begins))
			}
			return
		}
		if s.any {
			if n.any == nil {
				n.any = new(node)
			}
			n = n.any
			continue
		}
		next := n.literal[s.literal]
		if next == nil {
			if n.literal == nil {
				n.literal = make(map[string]*node)
			}
			next = new(node)
			n.literal[s.literal] = next
		}
		n = next
	}
	n.rules = append(n.rules, number)
}

// candidates are the numbers of the rules that can match path, in order. They are appended to list.
func (x *index) candidates(path string, list []int) []int {
	key := path
	if x.dialect == Netlify {
		key = bare(path)
	}
	list = append(list, x.static[key]...)
	list = x.root.collect(strings.TrimPrefix(path, "/"), list)
	slices.Sort(list)
	return list
}

// collect goes through all nodes that lead along path. Each is on one way only, so that no path
// takes longer than going through all of the tree.
func (n *node) collect(path string, list []int) []int {
	list = append(list, n.rules...)
	for _, length := range n.lengths {
		if length <= len(path) {
			list = append(list, n.begins[path[:length]]...)
		}
	}
	if path == "" {
		return list
	}
	seg, rest, _ := strings.Cut(path, "/")
	if next := n.literal[seg]; next != nil {
		list = next.collect(rest, list)
	}
	if n.any != nil {
		list = n.any.collect(rest, list)
	}
	return list
}
