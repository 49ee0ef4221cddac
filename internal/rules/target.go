package rules

import (
	"net/url"
	"slices"
	"strings"
)

// target is what a rule leads to.
type target struct {
	origin                string // "https://host", "" for this one
	path, query, fragment template
	hasQuery              bool
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
		if capturing(authority) {
			return t, &patternError{i + 3, "what is captured must not choose the host: that would let anyone choose where visitors go"}
		}
		u, err := url.Parse(scheme + "://" + authority)
		if err != nil || u.Hostname() == "" || strings.Trim(authority, hostChars) != "" {
			return t, &patternError{i + 3, "not a host, with or without a port"}
		}
		t.origin, rest = scheme+"://"+strings.ToLower(authority), s[at:]
		if strings.HasPrefix(rest, `\`) {
			return t, &patternError{at, "a path begins with a slash"}
		}
		if rest == "" || rest[0] != '/' {
			rest = "/" + rest
			at--
		}
	}
	if t.origin == "" && (strings.HasPrefix(rest, "//") || strings.HasPrefix(rest, `/\`)) {
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
	if climbs(path) {
		return t, &patternError{at, "no path has a segment . or .."}
	}
	t.hasQuery = hasQuery
	t.path, t.query = literally(path, names), literally(query, names)
	if hasFragment {
		t.fragment = literally("#"+fragment, names)
	}
	return t, nil
}

// capturing reports whether something is written in an authority as captures are, whether or not there is such a one.
func capturing(authority string) bool {
	tokens, err := tokenise(authority, 0)
	return err != nil || !strings.HasPrefix(authority, "[") && slices.ContainsFunc(tokens, func(t token) bool { return t.literal == "" })
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

// climbs reports whether an encoded path has a segment that is resolved away (RFC 3986 §5.2.4).
func climbs(path string) bool {
	for rest := path; ; {
		i := strings.IndexByte(rest, '/')
		if i < 0 {
			return false
		}
		if rest = rest[i+1:]; rest == "" || rest[0] != '.' && rest[0] != '%' {
			continue
		}
		seg, _, _ := strings.Cut(rest, "/")
		if len(seg) > len("%2e%2e") {
			continue
		}
		if seg, err := url.PathUnescape(seg); err == nil && (seg == "." || seg == "..") {
			return true
		}
	}
}

// inRequested are the characters of a query, with the % of those that are encoded.
var inRequested = keeping("!$&'()*+,;=:@/?[]%")

// isSame reports whether a location, of a rule, is the very target t.
func isSame(location string, t *Target) bool {
	rest, mount := location, ""
	if location[0] != '/' {
		mount = strings.TrimSuffix(t.Mount, "/")
		scheme, at, _ := strings.Cut(location, "://")
		end := strings.IndexByte(at, '/')
		host, port := splitPort(at[:end])
		if (scheme == "https") != t.Secure || host != t.Host || portOf(port, scheme == "https") != portOf(t.Port, t.Secure) {
			return false
		}
		rest = at[end:]
	}
	rest, _, _ = strings.Cut(rest, "#")
	path, query, _ := strings.Cut(rest, "?")
	asked, err := decodePath(mount)
	if err != nil {
		return false
	}
	path, err = decodePath(path)
	for strings.Contains(path, "//") { // as the path of a target has none
		path = strings.ReplaceAll(path, "//", "/")
	}
	if err != nil || path != asked+t.Path {
		return false
	}
	var b strings.Builder
	encode(&b, t.Query, inRequested)
	return query == b.String()
}

// splitPort takes a port off a host, "" for none.
func splitPort(host string) (name, port string) {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		return host[:i], host[i+1:]
	}
	return host, ""
}

// portOf is a port, or that of the scheme.
func portOf(port string, secure bool) string {
	switch {
	case port != "":
		return port
	case secure:
		return "443"
	}
	return "80"
}
