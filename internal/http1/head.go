// Package http1 is the syntax of HTTP/1.1 (RFC 9112) as far as salver's own lane
// speaks it: it recognises a strict, unambiguous subset of request heads in place,
// and writes response heads. It does no I/O.
package http1

import (
	"bytes"
	"encoding/binary"

	"github.com/salver-http/salver/internal/message"
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
func Parse(b []byte, h *message.Head) (n int, v Verdict) {
	end := bytes.Index(b, endOfHead)
	if end < 0 {
		switch {
		case !linesEnd(b):
			return 0, Refused
		case len(b) >= MaxHead:
			return 0, HandOver // which answers 431
		}
		return 0, Incomplete
	}
	*h = message.Head{}
	if v := parse(b[:end+2], h); v != Accepted {
		return 0, v
	}
	return end + len(endOfHead), Accepted
}

var endOfHead = []byte("\r\n\r\n")

// linesEnd reports whether the lines of a head that is not whole are ended and begun as
// they should be.
func linesEnd(b []byte) bool {
	for {
		line, rest, v := cutLine(b)
		if v != Accepted || line == nil {
			return v == Accepted
		}
		b = rest
	}
}

// cutLine takes a line off b; it is nil when b has no whole one.
func cutLine(b []byte) (line, rest []byte, v Verdict) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return nil, nil, Accepted
	}
	if i == 0 || b[i-1] != '\r' {
		return nil, nil, Refused // bare LF, RFC 9112 §2.2
	}
	if i == 1 {
		return nil, nil, Refused // an empty line before the request line; only one that follows content is harmless
	}
	rest = b[i+1:]
	if len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t') {
		return nil, nil, Refused // obs-fold, RFC 9112 §5.2; after the request line, too
	}
	return b[:i-1], rest, Accepted
}

// parse goes through all lines, also of a request that is not of the subset: the framing
// that is to be refused can stand in any.
func parse(b []byte, h *message.Head) Verdict {
	line, b, v := cutLine(b)
	if v != Accepted {
		return v
	}
	f := fields{h: h, known: parseRequestLine(line, h), http10: bytes.HasSuffix(line, []byte(" HTTP/1.0"))}
	for len(b) > 0 {
		if line, b, v = cutLine(b); v != Accepted {
			return v
		}
		f.add(line)
	}
	return f.verdict()
}

// parseRequestLine reports whether the line is of the subset (RFC 9112 §3).
func parseRequestLine(line []byte, h *message.Head) bool {
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

// fields is what has been seen of the fields.
type fields struct {
	h      *message.Head
	known  bool // all is of the subset
	http10 bool

	length, transfer, other bool
	hosts, count            int
}

func (s *fields) add(line []byte) {
	h := s.h
	colon := bytes.IndexByte(line, ':')
	if s.count++; colon < 0 || s.count > maxFields {
		s.known = false
		return
	}
	name, value := line[:colon], trim(line[colon+1:])
	s.known = s.known && plain(name, value)
	// Whatever stands around a name, this is what a sloppy reader would take it for.
	switch f := fieldOf(trimRight(name)); f {
	case unread:
	case contentLength:
		s.length = true
	case transferEncoding:
		s.transfer = true
	case host:
		s.hosts++
		h.Host = value
	case connection:
		switch {
		case foldEqual(value, "keep-alive"):
		case foldEqual(value, "close"):
			h.Close = true
		default:
			s.other = true
		}
	case beyond:
		s.other = true
	default:
		slot := slot(h, f)
		if *slot != nil {
			s.other = true // repeated
		}
		*slot = value
		if len(value) == 0 {
			*slot = []byte{}
		}
	}
}

func (s *fields) verdict() Verdict {
	switch {
	case s.transfer && (s.length || s.http10):
		return Refused
	case !s.known || s.other || s.length || s.transfer || s.hosts != 1 || !plainHost(s.h.Host):
		return HandOver
	}
	return Accepted
}

// trim takes white space off both ends of a value, with no room left behind it.
func trim(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	b = trimRight(b)
	return b[:len(b):len(b)]
}

func trimRight(b []byte) []byte {
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
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
	return visible(value)
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// visible reports whether b is visible ASCII, with spaces and tabs.
func visible(b []byte) bool {
	for len(b) >= 8 {
		// All eight at once: a high bit is left where a byte is not between 0x20 and
		// 0x7e, and may be where the one below it is not.
		x := binary.LittleEndian.Uint64(b)
		if (x|(x-0x20*ones)|(x+ones))&highs != 0 && !visibleEach(b[:8]) {
			return false
		}
		b = b[8:]
	}
	return visibleEach(b)
}

// visibleEach is visible, byte by byte.
func visibleEach(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\t' || c >= 0x7f {
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
