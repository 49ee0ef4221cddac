package upgrade

import (
	"strconv"
	"strings"
)

// pathOf returns the path and query of a target in origin-form or absolute-form
// (RFC 9112 §3.2.1, §3.2.2).
func pathOf(target string) (path string, ok bool) {
	if strings.HasPrefix(target, "/") {
		return target, true
	}
	scheme, rest, ok := strings.Cut(target, "://")
	if !ok || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return "", false
	}
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		return rest[i:], true
	}
	return "/", true
}

// location returns the https address of a path with its query. The host is one that
// hostOf has returned. The path begins with one slash, whatever was sent, and what may
// not stand in an address (RFC 3986 §3.3) is encoded.
func location(host string, port int, target string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	b.WriteString("https://")
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	b.WriteString(host)
	if port != 443 {
		b.WriteString(":" + strconv.Itoa(port))
	}
	b.WriteByte('/')
	for _, c := range []byte(strings.TrimLeft(target, `/\`)) {
		switch {
		case c <= 0x20, c >= 0x7f, strings.IndexByte("\\\"<>^`{|}#", c) >= 0:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
