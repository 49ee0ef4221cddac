package tree

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

func TestParsePath(t *testing.T) {
	for _, c := range []struct {
		encoded, name string
		slash         bool
		err           error
	}{
		{"", ".", false, nil}, // what a mux leaves of its own prefix
		{"/", ".", true, nil},
		{"//", ".", true, nil},
		{"/.", ".", true, nil},
		{"/a", "a", false, nil},
		{"a", "a", false, nil},
		{"/a/", "a", true, nil},
		{"/a/b", "a/b", false, nil},
		{"/a//b///", "a/b", true, nil},
		{"/a/./b", "a/b", false, nil},
		{"/a/.", "a", true, nil},
		{"/a/b/..", "a", true, nil},
		{"/a/..", ".", true, nil},
		{"/a/../b", "b", false, nil},
		{"/a/%2e%2E/b", "b", false, nil},
		{"/a/.b", "a/.b", false, nil},
		{"/...", "...", false, nil},
		{"/a%20b", "a b", false, nil},
		{"/a+b", "a+b", false, nil},
		{"/%25", "%", false, nil},
		{"/%252e", "%2e", false, nil}, // decoded once
		{"/%ff", "\xff", false, nil},
		{"/%0a", "\n", false, nil},
		{"/%3f%23", "?#", false, nil},
		{`/a\b`, `a\b`, false, nil},
		{"/..", "", false, ErrNotFound},
		{"/../a", "", false, ErrNotFound},
		{"/a/../../a", "", false, ErrNotFound},
		{"/%2e%2e/a", "", false, ErrNotFound},
		{"/a%2fb", "", false, ErrNotFound},
		{"/a/..%2f..%2fb", "", false, ErrNotFound},
		{"/a%2F", "", false, ErrNotFound},
		{"/a\x00", "", false, ErrMalformed},
		{"/%00", "", false, ErrMalformed},
		{"/../%00", "", false, ErrMalformed},
		{"/a%", "", false, ErrMalformed},
		{"/a%2", "", false, ErrMalformed},
		{"/%zz", "", false, ErrMalformed},
		{"/%+1", "", false, ErrMalformed},
	} {
		name, slash, err := ParsePath(c.encoded)
		if name != c.name || slash != c.slash || !errors.Is(err, c.err) {
			t.Errorf("ParsePath(%q) = %q, %v, %v; want %q, %v, %v", c.encoded, name, slash, err, c.name, c.slash, c.err)
		}
	}
}

func TestNormalizePath(t *testing.T) {
	for _, c := range []struct {
		encoded, name string
		slash         bool
		err           error
	}{
		{"/a/../b/", "b", true, nil},
		{"/..", ".", true, nil},
		{"/../a", "a", false, nil},
		{"/a/../../b/c", "b/c", false, nil},
		{"/a%2fb", "a\x00b", false, nil},
		{"/a/..%2f..%2Fb/", "a/..\x00..\x00b", true, nil},
		{"/%2F", "\x00", false, nil},
		{"/a%2F/../b", "b", false, nil},
		{"/%00", "", false, ErrMalformed},
		{"/a%", "", false, ErrMalformed},
	} {
		name, slash, err := NormalizePath(c.encoded)
		if name != c.name || slash != c.slash || err != c.err {
			t.Errorf("NormalizePath(%q) = %q, %v, %v; want %q, %v, %v", c.encoded, name, slash, err, c.name, c.slash, c.err)
		}
	}
}

// naivePath is NormalizePath as one would first write it, and tells whether ParsePath takes it.
func naivePath(encoded string) (_ string, _, foreign bool, _ error) {
	var out []string
	segments := strings.Split(strings.TrimPrefix(encoded, "/"), "/")
	for i, raw := range segments {
		seg, err := url.PathUnescape(raw)
		if err != nil || strings.Contains(seg, "\x00") {
			return "", false, false, ErrMalformed
		}
		last := i == len(segments)-1
		switch {
		case strings.Contains(seg, "/"):
			foreign = true
			out = append(out, strings.ReplaceAll(seg, "/", "\x00"))
		case seg == "" || seg == ".":
			if last {
				segments = append(segments, "")
			}
		case seg == "..":
			if len(out) == 0 {
				foreign = true
			} else {
				out = out[:len(out)-1]
			}
		default:
			out = append(out, seg)
		}
	}
	end, _ := url.PathUnescape(segments[len(segments)-1])
	slash := end == "" || end == "." || end == ".."
	if len(out) == 0 {
		return ".", encoded != "", foreign, nil
	}
	return strings.Join(out, "/"), slash, foreign, nil
}

func FuzzParsePath(f *testing.F) {
	for _, s := range []string{"", "/", "/a/b/", "/a/../b", "/..", "/%2e%2e/%2f", "/a%00", "/%", "//a//..//", "/.a/.", "/a/b/../../..", "/%25%32%66"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, encoded string) {
		name, slash, err := ParsePath(encoded)
		wantName, wantSlash, foreign, wantErr := naivePath(encoded)
		if n, s, err := NormalizePath(encoded); n != wantName || s != wantSlash || err != wantErr {
			t.Fatalf("NormalizePath(%q) = %q, %v, %v; the naive walk says %q, %v, %v", encoded, n, s, err, wantName, wantSlash, wantErr)
		}
		if foreign {
			wantName, wantSlash, wantErr = "", false, ErrNotFound
		}
		if name != wantName || slash != wantSlash || !errors.Is(err, wantErr) {
			t.Fatalf("ParsePath(%q) = %q, %v, %v; the naive walk says %q, %v, %v", encoded, name, slash, err, wantName, wantSlash, wantErr)
		}
		if err != nil {
			return
		}
		if strings.HasPrefix(name, "/") || strings.HasSuffix(name, "/") || strings.ContainsRune(name, 0) {
			t.Fatalf("ParsePath(%q) = %q is no relative name", encoded, name)
		}
		for seg := range strings.SplitSeq(name, "/") {
			if seg == "" || seg == ".." || seg == "." && name != "." {
				t.Fatalf("ParsePath(%q) = %q has the segment %q", encoded, name, seg)
			}
		}
		if name == "." {
			return
		}
		again := "/" + strings.ReplaceAll(url.PathEscape(name), "%2F", "/")
		if n, _, err := ParsePath(again); n != name || err != nil {
			t.Fatalf("%q, encoded anew as %q, becomes %q, %v", name, again, n, err)
		}
	})
}

func BenchmarkParsePath(b *testing.B) {
	for _, p := range []string{"/assets/app-1f2e3d.js", "/a%20b/c/../d", "/" + strings.Repeat("a/../", 1600)} {
		b.Run(p[:min(len(p), 24)], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ParsePath(p)
			}
		})
	}
}
