// Package http1 is the syntax of HTTP/1.1 (RFC 9112) as far as salver's own lane
// speaks it: it recognises a strict, unambiguous subset of request heads in place,
// and writes response heads. It does no I/O.
package http1

import (
	"bytes"

	"github.com/salver-http/salver/internal/semantics"
)

// MaxHead is the longest head that the lane reads, in bytes.
const MaxHead = 16 << 10

// Verdict is what becomes of the bytes that were read.
type Verdict int

const (
	// Incomplete wants more bytes.
	Incomplete Verdict = iota
	// Accepted is a request that the lane answers.
	Accepted
	// HandOver is for net/http to judge, with all bytes as they came.
	HandOver
	// Refused is framing that net/http would tolerate and attackers use: 400, and
	// the connection is closed.
	Refused
)

// Head is a request head, as slices of the buffer that it was parsed from.
type Head struct {
	Method []byte // GET or HEAD
	Path   []byte // of the target, as it was sent
	Query  []byte // after the "?"; empty without one
	Host   []byte
	Close  bool // the client wants the connection closed after the answer

	// The fields of semantics.Request, nil when absent.
	Accept, IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince, IfRange, Range []byte
	// For the log.
	Referer, UserAgent []byte
}

// maxFields is how many fields a head may have.
const maxFields = 100

// Parse recognises a request head at the beginning of b, which is everything that has
// come so far. n is the length of the head when it was accepted.
//
// The lane takes GET and HEAD of HTTP/1.1 with an origin-form target, exactly one Host,
// CRLF line ends, visible ASCII, no content, no repeated field of those that it reads and
// none that asks for more than an answer. Whatever else there is goes to net/http, but
// bare LF, obs-fold, Content-Length beside Transfer-Encoding, and Transfer-Encoding in
// HTTP/1.0 are refused before it gets there (RFC 9112 §2.2, §5.2, §6.1, §6.3).
func Parse(b []byte, h *Head) (n int, v Verdict) {
	n = headLength(b)
	switch {
	case n < 0:
		return 0, Refused
	case n == 0 && len(b) >= MaxHead:
		return 0, HandOver // which answers 431
	case n == 0:
		return 0, Incomplete
	}
	*h = Head{}
	line, rest := cutLine(b[:n])
	known := h.parseRequestLine(line)
	if v := h.parseFields(rest, known, bytes.HasSuffix(line, []byte(" HTTP/1.0"))); v != Accepted {
		return 0, v
	}
	return n, Accepted
}

// headLength is where the head ends, 0 when it has not ended yet, and -1 when its
// lines are not ended or begun as they should be.
func headLength(b []byte) int {
	start := 0 // of the line
	for {
		i := bytes.IndexByte(b[start:], '\n')
		if i < 0 {
			return 0
		}
		end := start + i
		if end == 0 || b[end-1] != '\r' {
			return -1 // bare LF, RFC 9112 §2.2
		}
		if end == start+1 {
			if start == 0 {
				return -1 // an empty line before the request line; only one that follows content is harmless
			}
			return end + 1
		}
		start = end + 1
		if start < len(b) && (b[start] == ' ' || b[start] == '\t') {
			return -1 // obs-fold, RFC 9112 §5.2; after the request line, too
		}
	}
}

// cutLine takes a line off b, which has one.
func cutLine(b []byte) (line, rest []byte) {
	i := bytes.IndexByte(b, '\n')
	return b[:i-1], b[i+1:]
}

// parseRequestLine reports whether the line is of the subset (RFC 9112 §3).
func (h *Head) parseRequestLine(line []byte) bool {
	method, rest, ok := bytes.Cut(line, []byte(" "))
	if !ok || string(method) != "GET" && string(method) != "HEAD" {
		return false
	}
	target, ok := bytes.CutSuffix(rest, []byte(" HTTP/1.1"))
	if !ok || len(target) == 0 || target[0] != '/' {
		return false
	}
	for _, c := range target {
		if c <= ' ' || c >= 0x7f || c == '#' {
			return false
		}
	}
	h.Method = method
	h.Path, h.Query, _ = bytes.Cut(target, []byte("?"))
	for p := h.Path; ; p = p[3:] {
		i := bytes.IndexByte(p, '%')
		if i < 0 {
			return true
		}
		if p = p[i:]; len(p) < 3 || !isHex(p[1]) || !isHex(p[2]) {
			return false
		}
	}
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

// plainHost reports whether a Host is made of what names, addresses and ports are
// made of (RFC 3986 §3.2.2), and nothing that readers differ about.
func plainHost(host []byte) bool {
	for _, c := range host {
		if !('0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || c == '.' || c == '-' || c == '_' || c == ':' || c == '[' || c == ']') {
			return false
		}
	}
	return len(host) > 0
}

// parseFields goes through all fields, also of a request that is not of the subset:
// the framing that is to be refused stands there.
func (h *Head) parseFields(b []byte, known, http10 bool) Verdict {
	var length, transfer, other bool
	hosts, count := 0, 0
	for len(b) > 2 {
		var line []byte
		line, b = cutLine(b)
		name, value, ok := bytes.Cut(line, []byte(":"))
		if count++; !ok || count > maxFields {
			known = false
			continue
		}
		value = bytes.Trim(value, " \t")
		if known && !plain(name, value) {
			known = false
		}
		// Whatever stands around a name, this is what a sloppy reader would take it for.
		switch f := fieldOf(bytes.TrimRight(name, " \t")); f {
		case contentLength:
			length = true
		case transferEncoding:
			transfer = true
		case host:
			hosts++
			h.Host = value
		case connection:
			switch {
			case foldEqual(value, "keep-alive"):
			case foldEqual(value, "close"):
				h.Close = true
			default:
				other = true
			}
		case beyond:
			other = true
		case unread:
		default:
			slot := h.slot(f)
			if *slot != nil {
				other = true // repeated
			}
			*slot = value[:len(value):len(value)]
			if len(value) == 0 {
				*slot = []byte{}
			}
		}
	}
	switch {
	case transfer && (length || http10):
		return Refused
	case !known || other || length || transfer || hosts != 1 || !plainHost(h.Host):
		return HandOver
	}
	return Accepted
}

// plain reports whether a field is a token, a colon and visible ASCII.
func plain(name, value []byte) bool {
	if len(name) == 0 {
		return false
	}
	for _, c := range name {
		if !tokenChar[c] {
			return false
		}
	}
	for _, c := range value {
		if (c < ' ' && c != '\t') || c >= 0x7f {
			return false
		}
	}
	return true
}

var tokenChar = func() (t [256]bool) {
	for c := range t {
		t[c] = semantics.ValidFieldName(string(rune(c))) && c < 0x80
	}
	return t
}()

// Request is h as the rest of salver reads it. The strings are copies.
func (h *Head) Request() semantics.Request {
	return semantics.Request{
		Method: string(h.Method), Path: string(h.Path), Query: string(h.Query), Host: string(h.Host),
		Accept: valueOf(h.Accept), IfMatch: valueOf(h.IfMatch), IfNoneMatch: valueOf(h.IfNoneMatch),
		IfModifiedSince: valueOf(h.IfModifiedSince), IfUnmodifiedSince: valueOf(h.IfUnmodifiedSince),
		IfRange: valueOf(h.IfRange), Range: valueOf(h.Range),
	}
}

func valueOf(b []byte) semantics.Value { return semantics.Value{Text: string(b), Present: b != nil} }
