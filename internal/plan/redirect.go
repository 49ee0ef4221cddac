package plan

import (
	"strings"

	"github.com/salver-http/salver/internal/semantics"
)

// redirect sends a directory's request to the name with a slash, on which its
// relative links depend, and keeps the query (RFC 9110 §15.4.2).
func redirect(r *semantics.Request) *Response {
	p := newResponse(301)
	p.add("Location", slashLocation(r))
	p.add("Cache-Control", "no-cache") // the directory may be a file tomorrow
	p.setLength(0)
	return p
}

// slashLocation is the target with a slash added to its path. It is path-absolute,
// as Python's is, never has an authority (RFC 3986 §4.2; browsers read a leading
// "/\" as one, too, and writePath leaves no backslash), and is never made of the Host
// field. Where the path in front of ours is not known it is relative to the target instead.
func slashLocation(r *semantics.Request) string {
	var b strings.Builder
	if r.Rewritten {
		b.WriteString("./") // so that a colon does not make a scheme of what follows
		writePath(&b, r.Path[strings.LastIndexByte(r.Path, '/')+1:])
	} else {
		b.WriteByte('/')
		writePath(&b, strings.TrimLeft(r.Mount+r.Path, "/"))
	}
	if s := b.String(); s[len(s)-1] != '/' {
		b.WriteByte('/')
	}
	if r.Query != "" {
		b.WriteByte('?')
		writePath(&b, r.Query)
	}
	return b.String()
}

// writePath writes an encoded path or query, with what may not stand in one
// encoded after all (RFC 3986 §3.3): backslashes, controls, spaces, non-ASCII.
func writePath(b *strings.Builder, s string) {
	const hex = "0123456789ABCDEF"
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c <= 0x20, c >= 0x7f, c == '\\', c == '"', c == '<', c == '>', c == '^', c == '`', c == '{', c == '|', c == '}', c == '#':
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		default:
			b.WriteByte(c)
		}
	}
}
