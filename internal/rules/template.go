package rules

import (
	"net/url"
	"strings"
)

// template is a text with places for captures.
type template []part

// part is a text, or else a capture by its name.
type part struct{ text, name string }

// parseTemplate reads s; what has no name of a capture stands for itself.
func parseTemplate(s string, names []string) (t template) {
	begin := 0
	for i := 0; i < len(s); i++ {
		if s[i] != ':' {
			continue
		}
		name := placeholderName(s[i+1:])
		if !contains(names, name) {
			continue
		}
		if i > begin {
			t = append(t, part{text: s[begin:i]})
		}
		t = append(t, part{name: name})
		i += len(name)
		begin = i + 1
	}
	if begin < len(s) {
		t = append(t, part{text: s[begin:]})
	}
	return t
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return name != ""
		}
	}
	return false
}

// constant reports whether t has no captures.
func (t template) constant() bool {
	for _, p := range t {
		if p.name != "" {
			return false
		}
	}
	return true
}

// String is t as it is written.
func (t template) String() string {
	var b strings.Builder
	for _, p := range t {
		if p.name != "" {
			b.WriteByte(':')
		}
		b.WriteString(p.text + p.name)
	}
	return b.String()
}

// fill appends t with captures encoded by keep, which says what may stay.
func (t template) fill(b *strings.Builder, c captures, keep *[256]bool) {
	for i, p := range t {
		keep, value := keep, p.text
		if p.name != "" {
			value = c[p.name]
		}
		if keep == inValue && i > 0 && strings.HasPrefix(value, "/") && strings.HasSuffix(b.String(), "/") {
			b.WriteString("%2F") // two of them would make a host of what follows
			value = value[1:]
		}
		if p.name == "" {
			b.WriteString(value)
		} else {
			if keep == inPath && p.name != "splat" {
				keep = inSegment // a parameter of the query can hold slashes
			}
			for before, after, slash := strings.Cut(value, encodedSlash); ; before, after, slash = strings.Cut(after, encodedSlash) {
				encode(b, before, keep)
				if !slash {
					break
				}
				b.WriteString("%2F")
			}
		}
	}
}

// encodedSlash stands for a slash that was encoded in the path of a target, and is so again in what captures it.
const encodedSlash = "\x00"

// decodePath is the path of a target for one that is encoded.
func decodePath(path string) (string, error) {
	if !strings.Contains(path, "%") {
		return path, nil
	}
	var segments []string
	for seg := range strings.SplitSeq(path, "/") {
		seg, err := url.PathUnescape(seg)
		if err != nil {
			return "", err
		}
		segments = append(segments, strings.ReplaceAll(seg, "/", encodedSlash))
	}
	return strings.Join(segments, "/"), nil
}

// encode percent-encodes what may not stay.
func encode(b *strings.Builder, s string, keep *[256]bool) {
	const hex = "0123456789ABCDEF"
	for i := 0; i < len(s); i++ {
		if c := s[i]; keep[c] {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
}

func keeping(more string) *[256]bool {
	t := new([256]bool)
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~" + more) {
		t[c] = true
	}
	return t
}

var (
	// inPath are RFC 3986's pchar, and slashes.
	inPath = keeping("!$&'()*+,;=:@/")
	// inQuery leaves nothing that would end a parameter or begin another.
	inQuery = keeping("!$'()*,;:@/")
	// inSegment leaves nothing that ends a segment of a path.
	inSegment = keeping("!$&'()*+,;=:@")
	// inValue leaves nothing that has a meaning in a list or a parameter of a field, nor a keyword or a
	// wildcard of a policy.
	inValue = keeping("!$&()+:=@/")
	// inReference are all characters of a reference and the % of those that are encoded.
	inReference = keeping("!$&'()*+,;=:@/?#[]%")
)
