package conformance

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/salver-http/salver/internal/semantics"
)

// field is one field line.
type field struct{ name, value string }

// request is one request as a case writes it.
type request struct {
	method, target, version string
	fields                  []field
	content                 string
	// raw is the whole as it goes onto an HTTP/1 connection, when it has been written
	// byte by byte, and then only that; "" otherwise.
	raw string
}

const defaultHost = "salver.test"

// parseRequest reads the ">" lines of a case.
func parseRequest(ls []string) (r request, err error) {
	verbatim := false
	var head, content []string
	inContent := false
	for _, l := range ls {
		text := strings.TrimPrefix(l[1:], " ")
		switch {
		case strings.HasPrefix(l, ">>"):
			s, err := strconv.Unquote(strings.TrimSpace(l[2:]))
			if err != nil {
				return r, fmt.Errorf("%q: %w", l, err)
			}
			verbatim = true
			r.raw += s
			continue
		case strings.HasPrefix(text, `"`):
			if text, err = strconv.Unquote(text); err != nil {
				return r, fmt.Errorf("%q: %w", l, err)
			}
		}
		r.raw += text + "\r\n"
		switch {
		case inContent:
			content = append(content, text)
		case text == "":
			inContent = true
		default:
			head = append(head, text)
		}
	}
	if verbatim {
		r.method, _, _ = strings.Cut(r.raw, " ")
		return r, nil
	}
	r.raw = ""
	var rest string
	r.method, rest, _ = strings.Cut(head[0], " ")
	if i := strings.LastIndex(rest, " HTTP/"); i >= 0 {
		r.target, r.version = rest[:i], rest[i+1:]
	} else {
		r.target, r.version = rest, "HTTP/1.1"
		r.fields = append(r.fields, field{"Host", defaultHost})
	}
	byDefault := r.fields
	for _, l := range head[1:] {
		name, value, ok := strings.Cut(l, ":")
		if !ok {
			return r, fmt.Errorf("%q is not a field", l)
		}
		if name == "Host" && byDefault != nil {
			r.fields, byDefault = r.fields[1:], nil
		}
		r.fields = append(r.fields, field{name, strings.TrimSpace(value)})
	}
	r.content = strings.Join(content, "\r\n")
	return r, nil
}

// bytes is the request on an HTTP/1 connection.
func (r *request) bytes() string {
	if r.raw != "" {
		return r.raw
	}
	var b strings.Builder
	b.WriteString(r.method + " " + r.target + " " + r.version + "\r\n")
	for _, f := range r.fields {
		b.WriteString(f.name + ": " + f.value + "\r\n")
	}
	b.WriteString("\r\n" + r.content)
	return b.String()
}

func (r *request) get(name string) (lines []string) {
	for _, f := range r.fields {
		if strings.EqualFold(f.name, name) {
			lines = append(lines, f.value)
		}
	}
	return lines
}

// with is the request with one more field.
func (r request) with(name, value string) request {
	r.fields = append(r.fields[:len(r.fields):len(r.fields)], field{name, value})
	return r
}

// isConditional reports whether fields other than those of content negotiation
// could make the answer another one than 200.
func (r *request) isConditional() bool {
	for _, f := range r.fields {
		if n := strings.ToLower(f.name); strings.HasPrefix(n, "if-") || n == "range" {
			return true
		}
	}
	return false
}

// split takes a target apart (RFC 9112 §3.2).
func (r *request) split() (host, path, query string) {
	if h := r.get("Host"); len(h) > 0 {
		host = h[0]
	}
	path = r.target
	if _, rest, ok := strings.Cut(path, "://"); ok && path[0] != '/' {
		i := strings.IndexAny(rest, "/?")
		if i < 0 {
			i = len(rest)
		}
		host, path = rest[:i], rest[i:]
		if path == "" || path[0] == '?' {
			path = "/" + path
		}
	}
	path, query, _ = strings.Cut(path, "?")
	return host, path, query
}

// semantics is what salver reads of the request.
func (r *request) semantics() semantics.Request {
	host, path, query := r.split()
	return semantics.Request{
		Method: r.method, Path: path, Query: query, Host: host,
		Malformed:         !regexp.MustCompile(`^(/|(?i:https?)://[^/?])`).MatchString(r.target),
		Accept:            semantics.Values(r.get("Accept")),
		AcceptEncoding:    semantics.Values(r.get("Accept-Encoding")),
		IfMatch:           semantics.Values(r.get("If-Match")),
		IfNoneMatch:       semantics.Values(r.get("If-None-Match")),
		IfModifiedSince:   semantics.Values(r.get("If-Modified-Since")),
		IfUnmodifiedSince: semantics.Values(r.get("If-Unmodified-Since")),
		IfRange:           semantics.Values(r.get("If-Range")),
		Range:             semantics.Values(r.get("Range")),
		Authorization:     semantics.Values(r.get("Authorization")),
		Cookie:            semantics.Cookies(r.get("Cookie")),
		Origin:            semantics.Values(r.get("Origin")),
		FetchMode:         semantics.Values(r.get("Sec-Fetch-Mode")),
		RequestMethod:     semantics.Values(r.get("Access-Control-Request-Method")),
		Forwarded:         semantics.Values(r.get("Forwarded")),
		ForwardedFor:      semantics.Values(r.get("X-Forwarded-For")),
		ForwardedProto:    semantics.Values(r.get("X-Forwarded-Proto")),
		Peer:              netip.AddrFrom4([4]byte{127, 0, 0, 1}),
	}
}
