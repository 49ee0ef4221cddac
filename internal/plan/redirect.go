package plan

import (
	"strings"

	"github.com/salver-http/salver/internal/semantics"
)

// redirect sends a directory's request to the name with a slash, on which its
// relative links depend, and keeps the query (RFC 9110 §15.4.2).
func redirect(r *semantics.Request) *Response { return moved(301, slashLocation(r)) }

// moved answers with a redirect.
func moved(status int, location string) *Response {
	p := newResponse(status)
	p.add("Location", location)
	p.add("Cache-Control", "no-cache") // there may be something else tomorrow
	p.setLength(0)
	return p
}

// slashLocation is the target with a slash added to its path.
func slashLocation(r *semantics.Request) string {
	path := strings.TrimSuffix(r.Path, "/") + "/"
	return locationOf(r, path, "./"+path[strings.LastIndexByte(path[:len(path)-1], '/')+1:])
}

// locationOf is the target with another path. It is path-absolute, as Python's is, never has
// an authority (RFC 3986 §4.2; browsers read a leading "/\" as one, too, and writePath leaves
// no backslash), and is never made of the Host field. Where the path in front of ours is not
// known it is relative to the target instead: that begins with a dot, so that a colon
// does not make a scheme of it.
func locationOf(r *semantics.Request, path, relative string) string {
	var b strings.Builder
	if r.Rewritten {
		writePath(&b, relative)
	} else {
		b.WriteByte('/')
		writePath(&b, strings.TrimLeft(r.Mount+path, "/"))
	}
	if r.Query != "" {
		b.WriteByte('?')
		writePath(&b, r.Query)
	}
	return b.String()
}

// mounted is the Location of a rule on a site that lies beneath mount, which is as a client has sent it: it
// is no more trusted than a path is.
func mounted(mount, location string) string {
	mount = strings.Trim(mount, "/")
	if mount == "" || !strings.HasPrefix(location, "/") {
		return location
	}
	var b strings.Builder
	b.WriteByte('/')
	writePath(&b, mount)
	b.WriteString(location)
	return b.String()
}

// cleanLocation is the target with another last segment: "" for that of its directory. up says
// that the target has a slash at its end, which goes with it.
func cleanLocation(r *semantics.Request, last string, up bool) string {
	path, relative := r.Path, "./"+last
	if up {
		path, relative = strings.TrimRight(path, "/"), "../"+last
	}
	return locationOf(r, path[:strings.LastIndexByte(path, '/')+1]+last, relative)
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
