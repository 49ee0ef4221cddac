package salver

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/salver-http/salver/internal/message"
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
		AcceptEncoding:    semantics.Values(h["Accept-Encoding"]),
		IfMatch:           semantics.Values(h["If-Match"]),
		IfNoneMatch:       semantics.Values(h["If-None-Match"]),
		IfModifiedSince:   semantics.Values(h["If-Modified-Since"]),
		IfUnmodifiedSince: semantics.Values(h["If-Unmodified-Since"]),
		IfRange:           semantics.Values(h["If-Range"]),
		Range:             semantics.Values(h["Range"]),
		Authorization:     semantics.Values(h["Authorization"]),
		Cookie:            semantics.Cookies(h["Cookie"]),
		Origin:            semantics.Values(h["Origin"]),
		FetchMode:         semantics.Values(h["Sec-Fetch-Mode"]),
		RequestMethod:     semantics.Values(h["Access-Control-Request-Method"]),
		Forwarded:         semantics.Values(h["Forwarded"]),
		ForwardedFor:      semantics.Values(h["X-Forwarded-For"]),
		ForwardedProto:    semantics.Values(h["X-Forwarded-Proto"]),
		Secure:            r.TLS != nil,
	}
	if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		req.Peer = peer.Addr().Unmap()
	}
	sent, ok := pathOf(r.RequestURI)
	if !ok || !message.ValidHost(req.Host) {
		req.Malformed = true
		return req
	}
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

// pathOf is the path of a target in origin-form or absolute-form (RFC 9112 §3.2.1,
// §3.2.2), still encoded. No other form names a file.
func pathOf(target string) (path string, ok bool) {
	if !strings.HasPrefix(target, "/") {
		scheme, rest, ok := strings.Cut(target, "://")
		if !ok || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
			return "", false
		}
		i := strings.IndexAny(rest, "/?")
		switch {
		case i == 0: // no host, RFC 9110 §4.2.1
			return "", false
		case i < 0 || rest[i] == '?':
			return "/", true
		}
		target = rest[i:]
	}
	path, _, _ = strings.Cut(target, "?")
	return path, true
}
