package salver

import (
	"net/http"
	"strings"

	"github.com/salver-http/salver/internal/semantics"
)

// requestOf is the parse of this lane: what salver reads of an http.Request.
func requestOf(r *http.Request) semantics.Request {
	h := r.Header
	req := semantics.Request{
		Method:            r.Method,
		Path:              r.URL.EscapedPath(),
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
	if sent := pathOf(r.RequestURI); sent != req.Path {
		mount, ok := strings.CutSuffix(sent, req.Path)
		req.Mount, req.Rewritten = mount, !ok
		if !ok {
			req.Mount = ""
		}
	}
	return req
}

// pathOf is the path of a target in any of its forms (RFC 9112 §3.2), still encoded.
func pathOf(target string) string {
	if target != "" && target[0] != '/' {
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
