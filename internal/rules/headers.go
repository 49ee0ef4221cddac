package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/salver-http/salver/internal/media"
	"github.com/salver-http/salver/internal/semantics"
)

// Headers are the rules of a _headers file. They are immutable; nil has none.
type Headers struct {
	dialect  Dialect
	blocks   []block
	index    index
	byHost   bool
	bySecure bool
}

// block is a pattern and what it says.
type block struct {
	line    int
	pattern *pattern
	says    []saying
}

// saying is a line of a block: a field, or that one is taken away.
type saying struct {
	line   int
	name   string // canonical
	value  template
	detach bool
}

// ParseHeaders reads a _headers file. Where a problem says that the file is broken, what is returned is not
// to be used.
func ParseHeaders(text []byte, d Dialect) (*Headers, []*Problem) {
	return parseHeaders(&reader{file: "_headers", text: string(text), most: maxProblems}, d)
}

func parseHeaders(r *reader, d Dialect) (*Headers, []*Problem) {
	h := &Headers{dialect: d, index: index{dialect: d}}
	skipped := false // the pattern of the block is no good
	for r.next() {
		body := strings.TrimLeft(r.line, " \t")
		indent := len(r.line) - len(body)
		body = strings.TrimRight(body, " \t")
		switch {
		case body == "" || body[0] == '#':
		case isPatternLine(body, indent):
			p, err := parsePattern(body, d, true)
			if skipped = err != nil; skipped {
				r.broken(indent+err.at+1, err.text)
				continue
			}
			if len(h.blocks) == maxRules {
				r.broken(1, fmt.Sprintf("more than %d rules", maxRules))
				return h, r.problems
			}
			if d == Cloudflare {
				p.scheme = "" // which it goes without
			}
			h.blocks = append(h.blocks, block{line: r.number, pattern: p})
		case len(h.blocks) == 0 && !skipped:
			r.broken(indent+1, "a field without a path above it, such as /*")
			skipped = true // once is enough
		case !skipped:
			b := &h.blocks[len(h.blocks)-1]
			if s, ok := parseSaying(r, body, indent, b.pattern.names); ok {
				b.says = append(b.says, s)
			}
		default:
			parseSaying(r, body, indent, nil) // for its problems
		}
	}
	for i, b := range h.blocks {
		h.index.add(b.pattern, nil, i)
		h.byHost = h.byHost || b.pattern.byHost()
		h.bySecure = h.bySecure || b.pattern.scheme != ""
	}
	return h, r.problems
}

// isPatternLine reports whether a line begins a block. Neither host asks for the indentation of what follows: no field
// has a name such as a path, and what is neither is taken for a path where it is not indented.
func isPatternLine(body string, indent int) bool {
	scheme, _, absolute := strings.Cut(strings.ToLower(body), "://")
	return body[0] == '/' || absolute && (scheme == "http" || scheme == "https") ||
		indent == 0 && body[0] != '!' && !strings.Contains(body, ":")
}

// parseSaying reads "Name: value" or "! Name".
func parseSaying(r *reader, body string, indent int, names []string) (s saying, ok bool) {
	s.line = r.number
	name, value, colon := strings.Cut(body, ":")
	if rest, detach := strings.CutPrefix(body, "!"); detach {
		s.detach = true
		name, colon = strings.TrimSpace(rest), true
		name = strings.TrimSuffix(name, ":")
	}
	name = strings.TrimRight(name, " \t")
	at := indent + 1 + strings.Index(body, name)
	switch {
	case !colon:
		r.broken(indent+1, `no colon: a field is written as "Name: value"`)
		return s, false
	case !semantics.ValidFieldName(name):
		r.broken(at, fmt.Sprintf("%q is not the name of a field", name))
		return s, false
	}
	s.name = canonical(name)
	if s.name == "Basic-Auth" {
		r.broken(at, "Basic-Auth is not supported, and without it the path would be open to all: use --auth")
		return s, false
	}
	if own[s.name] {
		r.unsupported(at, s.name+" is salver's own to say")
		return s, false
	}
	value = strings.TrimSpace(value)
	if !s.detach && (value == "" || !semantics.ValidFieldValue(value)) {
		r.broken(indent+1+len(body)-len(value), fmt.Sprintf("%q is not a value for %s", value, s.name))
		return s, false
	}
	if !s.detach {
		s.value = parseTemplate(value, names)
		if s.name == "Content-Type" && s.value.constant() && !media.Valid(value) {
			r.unsupported(indent+1+len(body)-len(value), fmt.Sprintf("%q is not a media type", value))
			return s, false
		}
	}
	return s, true
}

// own are the fields that framing, caching by validators and ranges depend on, and those of connections.
var own = map[string]bool{
	"Accept-Ranges": true, "Age": true, "Allow": true, "Alt-Svc": true, "Connection": true, "Content-Encoding": true,
	"Content-Length": true, "Content-Range": true, "Date": true, "Etag": true, "Keep-Alive": true, "Last-Modified": true,
	"Location": true, "Proxy-Authenticate": true, "Proxy-Connection": true, "Retry-After": true, "Server": true, "Te": true,
	"Trailer": true, "Transfer-Encoding": true, "Upgrade": true, "Www-Authenticate": true,
}

// single are fields that have one value: of several the last counts.
var single = map[string]bool{
	"Access-Control-Allow-Credentials": true, "Access-Control-Allow-Origin": true, "Access-Control-Max-Age": true,
	"Content-Disposition": true, "Content-Location": true, "Content-Type": true, "Cross-Origin-Embedder-Policy": true,
	"Cross-Origin-Embedder-Policy-Report-Only": true, "Cross-Origin-Opener-Policy": true, "Cross-Origin-Opener-Policy-Report-Only": true,
	"Cross-Origin-Resource-Policy": true, "Expires": true, "Origin-Agent-Cluster": true, "Refresh": true, "Service-Worker-Allowed": true,
	"Sourcemap": true, "Strict-Transport-Security": true, "Sunset": true, "X-Content-Type-Options": true, "X-Dns-Prefetch-Control": true,
	"X-Download-Options": true, "X-Frame-Options": true, "X-Permitted-Cross-Domain-Policies": true, "X-Ua-Compatible": true,
	"X-Xss-Protection": true,
}

// For returns what the blocks that match t say: fields by name, and the names that were taken away and not set again.
// Several values of a field are one list (RFC 9110 §5.3).
func (h *Headers) For(t *Target) (set []Field, detached []string) {
	if h == nil {
		return nil, nil
	}
	var numbers [16]int
	for _, i := range h.index.candidatesFor(t, nil, numbers[:0]) {
		b := &h.blocks[i]
		c, ok := b.pattern.match(t, h.dialect)
		if !ok {
			continue
		}
		for _, s := range b.says {
			set, detached = s.apply(c, set, detached)
		}
	}
	slices.SortStableFunc(set, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	return set, detached
}

func (s *saying) apply(c captures, set []Field, detached []string) ([]Field, []string) {
	if s.detach {
		set = slices.DeleteFunc(set, func(f Field) bool { return f.Name == s.name })
		if !slices.Contains(detached, s.name) {
			detached = append(detached, s.name)
		}
		return set, detached
	}
	detached = slices.DeleteFunc(detached, func(name string) bool { return name == s.name })
	var b strings.Builder
	s.value.fill(&b, c, inValue)
	f := Field{s.name, strings.Trim(b.String(), " \t")} // a capture can be empty (RFC 9110 §5.5)
	i := slices.IndexFunc(set, func(f Field) bool { return f.Name == s.name })
	switch {
	case i < 0 || s.name == "Set-Cookie": // which cannot be joined, RFC 6265 §3
		return append(set, f), detached
	case single[s.name] || set[i].Value == "":
		set[i] = f
	case f.Value == "": // a list has no empty members (RFC 9110 §5.6.1)
	default:
		set[i].Value += ", " + f.Value
	}
	return set, detached
}

// ByHost reports whether any rule depends on the host, and BySecure whether on TLS.
func (h *Headers) ByHost() bool   { return h != nil && h.byHost }
func (h *Headers) BySecure() bool { return h != nil && h.bySecure }

// Len is how many blocks there are.
func (h *Headers) Len() int {
	if h == nil {
		return 0
	}
	return len(h.blocks)
}
