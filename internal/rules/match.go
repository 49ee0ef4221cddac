package rules

import (
	"slices"
	"strings"
)

// match reports whether p matches t, and what it captures; nil when it captures nothing.
func (p *pattern) match(t *Target, d Dialect) (c captures, ok bool) {
	if p.scheme != "" && (p.scheme == "https") != t.Secure || p.host != "" && p.host != t.Host {
		return nil, false
	}
	path := t.Path
	if d == Netlify && (p.paths == nil || !p.paths.open) {
		path = bare(path)
	}
	if p.paths == nil && path != p.static {
		return nil, false
	}
	var found [maxCaptures]string
	if p.hosts != nil && !p.hosts.match(t.Host, &found) || p.paths != nil && !p.paths.match(path, &found) {
		return nil, false
	}
	if len(p.names) > 0 {
		c = make(captures, len(p.names))
		for i, name := range p.names {
			c[name] = found[i]
		}
	}
	return c, true
}

// matcher is a host or a path with captures, apart into what stands between its separators. A placeholder holds
// no separator, so that each of these has its place, from the beginning or from the end, but for the two around a splat.
// It takes time for what it is compared with once, or twice.
type matcher struct {
	separator  byte
	splat      bool
	before     []run // whole, all of them where there is no splat
	begin, end run   // around the splat
	after      []run // whole
	splatAt    int   // which capture the splat is
	open       bool  // the separator before the last splat may be missing with all behind it: Netlify's /a/*
	// pieces are the texts around several splats, which are all there is then, and are not captured.
	pieces []string
}

// run is a text without separators in which placeholders stand: one less than texts.
type run struct {
	texts []string
	first int // which capture its first placeholder is
}

// newMatcher puts a matcher together from tokens whose literals are decoded; the first capture among them has
// that number.
func newMatcher(tokens []token, separator byte, first int) *matcher {
	m := &matcher{separator: separator}
	var closed []run
	now := run{texts: []string{""}, first: first}
	for _, t := range tokens {
		switch {
		case t.splat:
			m.splat, m.splatAt = true, first
			m.before, m.begin, closed = closed, now, nil
			first++
			now = run{texts: []string{""}, first: first}
		case t.name != "":
			first++
			now.texts = append(now.texts, "")
		default:
			for i, text := range strings.Split(t.literal, string(separator)) {
				if i > 0 {
					closed = append(closed, now)
					now = run{texts: []string{""}, first: first}
				}
				now.texts[len(now.texts)-1] += text
			}
		}
	}
	closed = append(closed, now)
	if m.splat {
		m.end, m.after = closed[0], closed[1:]
	} else {
		m.before = closed
	}
	return m
}

// match puts what is captured in its places of found. Each capture is as long as it can be, from the left on.
func (m *matcher) match(s string, found *[maxCaptures]string) bool {
	if m.pieces != nil {
		return m.inPieces(s)
	}
	for i := range m.before {
		seg, rest, more := strings.Cut(s, string(m.separator))
		if last := i == len(m.before)-1; more != (m.splat || !last) && !(last && m.open) || !m.before[i].is(seg, found) {
			return false
		}
		s = rest
	}
	if !m.splat {
		return true
	}
	for i := len(m.after) - 1; i >= 0; i-- {
		at := strings.LastIndexByte(s, m.separator)
		if at < 0 || !m.after[i].is(s[at+1:], found) {
			return false
		}
		s = s[:at]
	}
	// The end takes as little as it can, which leaves most to what stands before it.
	last := strings.LastIndexByte(s, m.separator) + 1
	from, _, ok := m.end.find(s[last:], false, true, found)
	if !ok {
		return false
	}
	s = s[:last+from]
	seg, _, _ := strings.Cut(s, string(m.separator))
	_, to, ok := m.begin.find(seg, true, false, found)
	if !ok {
		return false
	}
	found[m.splatAt] = s[to:]
	return true
}

// newPieces is the matcher of a path with several splats, which are all that captures.
func newPieces(tokens []token) *matcher {
	m := &matcher{separator: '/', splat: true, pieces: []string{""}}
	for _, t := range tokens {
		if t.splat {
			m.pieces = append(m.pieces, "")
		} else {
			m.pieces[len(m.pieces)-1] = t.literal
		}
	}
	last := len(m.pieces) - 1
	m.open = m.pieces[last] == "" && strings.HasSuffix(m.pieces[last-1], "/")
	if !m.open && last > 0 {
		m.pieces[last] = strings.TrimSuffix(m.pieces[last], "/") // which makes no difference
	}
	return m
}

// inPieces reports whether the pieces stand in s one after the other, from its beginning to its end.
func (m *matcher) inPieces(s string) bool {
	last := len(m.pieces) - 1
	if areIn(m.pieces, s) {
		return true
	}
	if !m.open {
		return false
	}
	shorter := slices.Clone(m.pieces[:last])
	shorter[last-1] = strings.TrimSuffix(shorter[last-1], "/")
	return areIn(shorter, s)
}

// areIn takes each piece where it stands first, which leaves most to those that follow.
func areIn(pieces []string, s string) bool {
	s, ok := strings.CutPrefix(s, pieces[0])
	if !ok {
		return false
	}
	last := len(pieces) - 1
	for _, piece := range pieces[1:last] {
		i := strings.Index(s, piece)
		if i < 0 {
			return false
		}
		s = s[i+len(piece):]
	}
	return strings.HasSuffix(s, pieces[last])
}

// is reports whether r matches all of s.
func (r *run) is(s string, found *[maxCaptures]string) bool {
	_, _, ok := r.find(s, true, true, found)
	return ok
}

// find is where in s, which has no separator, r matches: from its beginning, up to its end, or both. Each text is
// looked for as far at the end as there is room for what follows: so those in front of it find all the room that there
// is, and what is captured before it is as long as it can be.
func (r *run) find(s string, atBegin, atEnd bool, found *[maxCaptures]string) (from, to int, ok bool) {
	last := len(r.texts) - 1
	text := r.texts[last]
	switch {
	case atEnd:
		if !strings.HasSuffix(s, text) {
			return 0, 0, false
		}
		from = len(s) - len(text)
		if last == 0 && atBegin && from > 0 {
			return 0, 0, false
		}
	case last == 0:
		if !strings.HasPrefix(s, text) {
			return 0, 0, false
		}
	default:
		if from = strings.LastIndex(s, text); from < 0 {
			return 0, 0, false
		}
	}
	to = from + len(text)
	for i := last - 1; i >= 0; i-- {
		if from == 0 { // a placeholder stands for something
			return 0, 0, false
		}
		text, end := r.texts[i], from
		if i > 0 || !atBegin {
			from = strings.LastIndex(s[:end-1], text)
		} else if from = 0; len(text) >= end || !strings.HasPrefix(s, text) {
			from = -1
		}
		if from < 0 {
			return 0, 0, false
		}
		found[r.first+i] = s[from+len(text) : end]
	}
	return from, to, true
}
