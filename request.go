package salver

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/salver-http/salver/internal/semantics"
)

// requestOf is the parse of this lane: what salver reads of an http.Request.
func requestOf(r *http.Request) semantics.Request {
	h := r.Header
	req := semantics.Request{
		Method:            r.Method,
		Query:             r.URL.RawQuery,
		Host:              r.Host,
		Accept:            semantics.Values(h["Accept"]),
		IfMatch:           semantics.Values(h["If-Match"]),
		IfNoneMatch:       semantics.Values(h["If-None-Match"]),
		IfModifiedSince:   semantics.Values(h["If-Modified-Since"]),
		IfUnmodifiedSince: semantics.Values(h["If-Unmodified-Since"]),
		IfRange:           semantics.Values(h["If-Range"]),
		Range:             semantics.Values(h["Range"]),
	}
	sent := pathOf(r.RequestURI)
	if n, ok := prefixLen(sent, r.URL.Path); ok {
		req.Mount, req.Path = sent[:n], sent[n:]
	} else {
		req.Path, req.Rewritten = r.URL.EscapedPath(), true
	}
	return req
}

// prefixLen is the length of what stands before path, which is decoded, in sent,
// which is not. It is not ok when sent does not end in path. URL.EscapedPath would
// forget what was encoded of a path that some character should not stand in.
func prefixLen(sent, path string) (n int, ok bool) {
	decoded, err := url.PathUnescape(sent)
	if err != nil || !strings.HasSuffix(decoded, path) {
		return 0, false
	}
	for range len(decoded) - len(path) {
		if sent[n] == '%' {
			n += 2
		}
		n++
	}
	return n, true
}

// pathOf is the path of a target in any of its forms (RFC 9112 §3.2), still encoded.
func pathOf(target string) string {
	if target != "" && target[0] != '/' && target != "*" {
		_, rest, ok := strings.Cut(target, "://")
		if !ok {
			return ""
		}
		i := strings.IndexAny(rest, "/?")
		if i < 0 || rest[i] == '?' {
			return "/"
		}
		target = rest[i:]
	}
	path, _, _ := strings.Cut(target, "?")
	return path
}
