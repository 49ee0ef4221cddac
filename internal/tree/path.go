package tree

import (
	"errors"
	"strings"
)

// Errors of ParsePath and Resolve that do not come from a file system.
var (
	// ErrMalformed is a path that is not the path of a target (RFC 3986 §3.3),
	// or holds a NUL.
	ErrMalformed = errors.New("malformed path")
	// ErrNotFound is a path that can name nothing that may be served.
	ErrNotFound = errors.New("not found")
)

// ParsePath says what the percent-encoded path of a target names: a
// slash-separated name relative to the root ("." for the root itself), and
// whether the path ends as a directory's does. It decodes once, resolves dot
// segments as RFC 3986 §5.2.4 does, and collapses repeated slashes as Python
// does. A path that climbs above the root, or that holds an encoded slash, which
// no file name can, is ErrNotFound.
func ParsePath(encoded string) (name string, slash bool, err error) {
	name, slash, foreign, err := parsePath(encoded)
	switch {
	case err != nil:
		return "", false, err
	case foreign:
		return "", false, ErrNotFound
	}
	return name, slash, nil
}

// NormalizePath is ParsePath for who opens nothing by the name, but has to know where in a site the target
// lies: what climbs stays at the root, as in a browser (RFC 3986 §5.2.4), and EncodedSlash stands for each slash
// that was encoded.
func NormalizePath(encoded string) (name string, slash bool, err error) {
	name, slash, _, err = parsePath(encoded)
	return name, slash, err
}

// EncodedSlash is a byte that no path of a target has.
const EncodedSlash = 0

// parsePath is NormalizePath, and reports whether the name is for who opens nothing.
func parsePath(encoded string) (name string, slash, foreign bool, err error) {
	p := strings.TrimPrefix(encoded, "/")
	if p == "" {
		return ".", encoded != "", false, nil
	}
	if isPlain(p) {
		name, slash = strings.CutSuffix(p, "/")
		return name, slash, false, nil
	}
	var (
		out    = make([]byte, 0, len(p))
		starts []int // where each kept segment begins in out
	)
	for more := true; more; {
		var raw string
		raw, p, more = strings.Cut(p, "/")
		at := len(out)
		if at > 0 {
			out = append(out, '/')
		}
		begin := len(out)
		var slashed bool
		if out, slashed, err = appendDecoded(out, raw); err != nil {
			return "", false, false, err
		}
		foreign = foreign || slashed
		switch seg := string(out[begin:]); seg {
		case "", ".":
			out, slash = out[:at], true
		case "..":
			out, slash = out[:at], true
			if len(starts) == 0 {
				foreign = true
				continue
			}
			last := starts[len(starts)-1]
			out, starts = out[:last], starts[:len(starts)-1]
		default:
			slash = false
			starts = append(starts, at)
		}
	}
	if len(out) == 0 {
		return ".", true, foreign, nil
	}
	return string(out), slash, foreign, nil
}

// isPlain reports whether p, without its leading slash, needs neither decoding nor
// the removal of segments.
func isPlain(p string) bool {
	if p[0] == '/' || p[0] == '.' {
		return false
	}
	for i := 0; i < len(p); i++ {
		switch p[i] {
		case '%', 0:
			return false
		case '/':
			if i+1 < len(p) && (p[i+1] == '/' || p[i+1] == '.') {
				return false
			}
		}
	}
	return true
}

// appendDecoded appends a segment with its percent-encoding undone, and reports
// whether it holds a slash, which is EncodedSlash in it.
func appendDecoded(b []byte, seg string) (_ []byte, slash bool, err error) {
	for i := 0; i < len(seg); i++ {
		c := seg[i]
		if c == '%' {
			if i+2 >= len(seg) {
				return b, false, ErrMalformed
			}
			hi, ok1 := unhex(seg[i+1])
			lo, ok2 := unhex(seg[i+2])
			if !ok1 || !ok2 {
				return b, false, ErrMalformed
			}
			c = hi<<4 | lo
			i += 2
		}
		switch c {
		case 0:
			return b, false, ErrMalformed
		case '/':
			c, slash = EncodedSlash, true
		}
		b = append(b, c)
	}
	return b, slash, nil
}

func unhex(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
