package rules

import (
	"fmt"
	"strings"
)

// pattern is what a rule matches targets by.
type pattern struct {
	path   string // as written, without scheme and host, and plainer
	scheme string // "" for both
	name   string // of the host as written, in lower case; "" for any
	host   string // of a host without captures, "" for any
	static string // the path, where it has no captures; with Netlify without a slash at its end
	// hosts and paths match what has captures; nil for what has none.
	hosts, paths *matcher
	segments     []segment // of the path, as far as the index can use them
	names        []string  // that are captured
}

// segment is a whole one of a path, or how the last begins that the index can use.
type segment struct {
	literal string
	any     bool   // a placeholder and nothing else
	begins  string // a text with a capture behind it
}

// captures are what placeholders stand for.
type captures map[string]string

// patternError says what is wrong with a pattern, from which byte on.
type patternError struct {
	at   int
	text string
}

// token is a part of a pattern: a literal, or else what captures.
type token struct {
	at      int
	literal string
	name    string // "splat" for a splat
	splat   bool
}

// parsePattern reads a pattern of a rule. stars says that a * may stand anywhere with Netlify, too, and more
// than once.
func parsePattern(text string, d Dialect, stars bool) (*pattern, *patternError) {
	p := new(pattern)
	rest, at := text, 0
	for _, scheme := range []string{"https", "http"} {
		if len(rest) > len(scheme)+3 && strings.EqualFold(rest[:len(scheme)+3], scheme+"://") {
			p.scheme, at = scheme, len(scheme)+3
			rest = rest[at:]
			end := strings.IndexByte(rest, '/')
			if end < 0 {
				end = len(rest)
			}
			if err := p.parseHost(rest[:end], at); err != nil {
				return nil, err
			}
			rest, at = rest[end:], at+end
			if rest == "" {
				rest = "/"
			}
			break
		}
	}
	if rest == "" || rest[0] != '/' {
		return nil, &patternError{at, "a pattern begins with a slash, or with https:// and a host"}
	}
	return p, p.parsePath(rest, at, d, stars && d == Netlify)
}

func (p *pattern) parseHost(host string, at int) *patternError {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && i+1 < len(host) && strings.Trim(host[i+1:], "0123456789") == "" {
		return &patternError{at + i, "a host goes without a port"}
	}
	tokens, err := tokenise(host, at)
	if err != nil {
		return err
	}
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") { // an IPv6 address, which has colons
		tokens = []token{{at: at, literal: host}}
	}
	p.name = strings.ToLower(host)
	for i, t := range tokens {
		switch {
		case t.splat || t.name != "":
			if err := p.capture(t); err != nil {
				return err
			}
			if i > 0 && tokens[i-1].literal == "" {
				return errNeighbours(t)
			}
		default:
			literal := strings.ToLower(t.literal)
			if strings.Trim(literal, "abcdefghijklmnopqrstuvwxyz0123456789-._[]:") != "" {
				return &patternError{t.at, "not the name of a host"}
			}
			tokens[i].literal = literal
		}
	}
	switch {
	case len(tokens) == 0:
		return &patternError{at, "a host is missing"}
	case len(p.names) == 0:
		p.host = p.name
	default:
		p.hosts = newMatcher(tokens, '.', 0)
	}
	return nil
}

// errNeighbours: nobody says where the first of two captures ends and the second begins.
func errNeighbours(t token) *patternError {
	return &patternError{t.at, "two captures need some text between them"}
}

// maxCaptures bounds what a match takes.
const maxCaptures = 20

func (p *pattern) capture(t token) *patternError {
	for _, n := range p.names {
		if n == t.name {
			return &patternError{t.at, map[bool]string{true: "there is a * already", false: "there is a :" + t.name + " already"}[t.splat]}
		}
	}
	if len(p.names) == maxCaptures {
		return &patternError{t.at, fmt.Sprintf("a pattern has at most %d captures", maxCaptures)}
	}
	p.names = append(p.names, t.name)
	return nil
}

// tokenise takes a pattern apart; literals stay encoded.
func tokenise(s string, at int) (tokens []token, err *patternError) {
	literal := 0
	flush := func(to int) {
		if to > literal {
			tokens = append(tokens, token{at: at + literal, literal: s[literal:to]})
		}
	}
	for i := 0; i < len(s); i++ {
		n := 0
		switch s[i] {
		case '*':
			n = 1
		case ':':
			n = len(placeholderName(s[i+1:]))
			if n == 0 {
				continue
			}
			n++
		default:
			continue
		}
		flush(i)
		if n == 1 && s[i] == '*' {
			tokens = append(tokens, token{at: at + i, name: "splat", splat: true})
		} else {
			name := s[i+1 : i+n]
			if name == "splat" {
				return nil, &patternError{at + i, ":splat is what a * stands for: give it another name"}
			}
			tokens = append(tokens, token{at: at + i, name: name})
		}
		i += n - 1
		literal = i + 1
	}
	flush(len(s))
	return tokens, nil
}

// placeholderName is the name that s begins with, "" for none.
func placeholderName(s string) string {
	for i := 0; i < len(s); i++ {
		c := s[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || c != '_' && (c < '0' || c > '9')) {
			return s[:i]
		}
	}
	return s
}

func (p *pattern) parsePath(path string, at int, d Dialect, stars bool) *patternError {
	if stars {
		path = plainerStars(path)
	}
	p.path = path
	tokens, err := tokenise(path, at)
	if err != nil {
		return err
	}
	several := stars && strings.Count(path, "*") > 1
	static, before := "", len(p.names)
	for i, t := range tokens {
		if t.splat || t.name != "" {
			switch {
			case t.splat && strings.Contains(p.name, "*"):
				return &patternError{t.at, "the host has a * already: a placeholder can take its place there, as in https://:name.example.org/*"}
			case several && !t.splat:
				return &patternError{t.at, "where there are several * they are all that captures"}
			case !several:
				if err := p.capture(t); err != nil {
					return err
				}
			}
			if d == Netlify && !(stars && t.splat) {
				if err := wholeSegment(path, t, at, i == len(tokens)-1); err != nil {
					return err
				}
			}
			if i > 0 && tokens[i-1].literal == "" {
				return errNeighbours(t)
			}
			continue
		}
		literal, err := decodeLiteral(t)
		if err != nil {
			return err
		}
		static += literal
		tokens[i].literal = literal
	}
	if err := checkSegments(path, at); err != nil {
		return err
	}
	p.segments = segmentsOf(path)
	if several {
		p.paths = newPieces(tokens)
		return nil
	}
	if len(p.names) == before {
		p.static, p.segments = static, nil
		if d == Netlify {
			p.static = bare(static)
		}
		return nil
	}
	if end := &tokens[len(tokens)-1]; d == Netlify && end.literal != "" { // a slash there makes no difference
		end.literal = strings.TrimSuffix(end.literal, "/")
	}
	p.paths = newMatcher(tokens, '/', before)
	p.paths.open = d == Netlify && endsOpen(path)
	return nil
}

// endsOpen reports whether the last segment of a path is a *, for which Netlify matches without it, too.
func endsOpen(path string) bool { return strings.HasSuffix(path, "/*") }

// plainerStars is a path of Netlify's without several * in a row, and without a slash behind the last: they
// make no difference there.
func plainerStars(path string) string {
	for strings.Contains(path, "**") {
		path = strings.ReplaceAll(path, "**", "*")
	}
	if endsOpen(bare(path)) {
		path = bare(path)
	}
	return path
}

// bare is a path without a slash at its end.
func bare(path string) string {
	if len(path) > 1 {
		return strings.TrimSuffix(path, "/")
	}
	return path
}

// wholeSegment makes sure that a capture is a segment of its own, and a splat the last.
func wholeSegment(path string, t token, at int, last bool) *patternError {
	begin, length := t.at-at, 1+len(t.name)
	if t.splat {
		length = 1
	}
	end := begin + length
	whole := path[begin-1] == '/' && (end == len(path) || path[end] == '/')
	switch {
	case t.splat && (!last || end != len(path) || !whole):
		return &patternError{t.at, "a * is the last segment of a path, all of it; elsewhere it is Cloudflare's: --dialect cloudflare"}
	case !whole:
		return &patternError{t.at, "a placeholder is a whole segment; within one it is Cloudflare's: --dialect cloudflare"}
	}
	return nil
}

// decodeLiteral undoes the percent-encoding of a literal.
func decodeLiteral(t token) (string, *patternError) {
	var b strings.Builder
	s := t.literal
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '?' || c == '#':
			return "", &patternError{t.at + i, "a path has no " + string(rune(c))}
		case c < 0x20 || c == 0x7f:
			return "", &patternError{t.at + i, "a path has no control characters"}
		case c == '%':
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return "", &patternError{t.at + i, "two hexadecimal digits follow a %"}
			}
			c = unhex(s[i+1])<<4 | unhex(s[i+2])
			if c == 0 || c == '/' {
				return "", &patternError{t.at + i, "no name of a file has that"}
			}
			i += 2
		}
		b.WriteByte(c)
	}
	return b.String(), nil
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' }

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// checkSegments makes sure that the path is one that a target can have.
func checkSegments(path string, at int) *patternError {
	for i := 1; i <= len(path); {
		end := strings.IndexByte(path[i:], '/')
		if end < 0 {
			end = len(path) - i
		}
		switch seg := path[i : i+end]; {
		case seg == "" && i+end < len(path):
			return &patternError{at + i, "no path has an empty segment"}
		case seg == "." || seg == "..":
			return &patternError{at + i, "no path has a segment " + seg}
		}
		i += end + 1
	}
	return nil
}

// segmentsOf are the whole segments that a path with captures begins with, up to the first that the
// index cannot use.
func segmentsOf(path string) (all []segment) {
	for seg := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		switch {
		case len(seg) > 1 && seg[0] == ':' && placeholderName(seg[1:]) == seg[1:]:
			all = append(all, segment{any: true})
		case strings.ContainsAny(seg, "*:") && !isLiteral(seg):
			if tokens, err := tokenise(seg, 0); err == nil && tokens[0].literal != "" {
				begins, _ := decodeLiteral(tokens[0])
				all = append(all, segment{begins: begins})
			}
			return all
		default:
			literal, err := decodeLiteral(token{literal: seg})
			if err != nil {
				return all
			}
			all = append(all, segment{literal: literal})
		}
	}
	return all
}

// isLiteral reports whether a segment captures nothing.
func isLiteral(seg string) bool {
	tokens, err := tokenise(seg, 0)
	return err == nil && len(tokens) == 1 && tokens[0].literal != ""
}

// byHost reports whether p depends on the host.
func (p *pattern) byHost() bool { return p.host != "" || p.hosts != nil }
