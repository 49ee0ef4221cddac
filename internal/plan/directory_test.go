package plan

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/salver-http/salver/internal/semantics"
	"github.com/salver-http/salver/internal/tree"
)

func ask(s *Site, path, query string) (p *Response, content string) {
	p = s.Plan(&semantics.Request{Method: "GET", Path: path, Query: query}, time.Now())
	var b bytes.Buffer
	for _, piece := range p.Pieces {
		b.Write(piece.Bytes)
	}
	return p, b.String()
}

// TestPages: a large directory comes in pages, and each format links to the next.
func TestPages(t *testing.T) {
	fsys := fstest.MapFS{}
	for i := range 10_001 {
		fsys[fmt.Sprintf("f%05d", i)] = &fstest.MapFile{}
	}
	s := &Site{Tree: tree.NewFS(fsys, tree.Options{})}
	for query, want := range map[string]string{
		"":                              `<?page=2>; rel="next"`,
		"sort=size&order=desc":          `<?sort=size&order=desc&page=2>; rel="next"`,
		"format=text":                   `<?format=text&page=2>; rel="next"`,
		"format=json&page=1":            `<?format=json&page=2>; rel="next"`,
		"page=2":                        "",
		"format=text&page=2&sort=name":  "",
		"format=json&page=999&nonsense": "",
	} {
		p, content := ask(s, "/", query)
		if got := p.Get("Link"); p.Status != 200 || got != want {
			t.Errorf("%q: %d, Link %q, want %q", query, p.Status, got, want)
		}
		if first := strings.Contains(content, "f00000"); first != (want != "") {
			t.Errorf("%q: the first name is there: %v", query, first)
		}
		p.Close()
	}
}

// TestReadme: a README is rendered once for its content, however often it is shown.
func TestReadme(t *testing.T) {
	fsys := fstest.MapFS{"d/README.md": {Data: []byte("one")}, "e/x": {}}
	rendered := 0
	s := &Site{Tree: tree.NewFS(fsys, tree.Options{}), Readme: func(text []byte) ([]byte, error) {
		rendered++
		return fmt.Appendf(nil, "<b>%s</b>", text), nil
	}}
	for i, c := range []struct {
		path, text, want string
		times            int
	}{
		{"/d/", "one", "<b>one</b>", 1},
		{"/d/", "one", "<b>one</b>", 1},
		{"/e/", "one", "", 1},
		{"/d/", "two", "<b>two</b>", 2},
		{"/d/", "one", "<b>one</b>", 2},
		{"/d/", strings.Repeat("x", readmeLimit+1), "", 2},
	} {
		fsys["d/README.md"] = &fstest.MapFile{Data: []byte(c.text)}
		p, content := ask(s, c.path, "")
		if c.want != "" != strings.Contains(content, "<b>") || !strings.Contains(content, c.want) || rendered != c.times {
			t.Errorf("%d: %s with %.10q is rendered %d times, want %d, and shows %q: %v", i, c.path, c.text, rendered, c.times, c.want, strings.Contains(content, c.want))
		}
		p.Close()
	}
}

func BenchmarkListing(b *testing.B) {
	dir := b.TempDir()
	for i := range 200 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("f%03d.txt", i)), make([]byte, 100), 0o666); err != nil {
			b.Fatal(err)
		}
	}
	t, err := tree.New(dir, tree.Options{Index: []string{"index.html"}})
	if err != nil {
		b.Fatal(err)
	}
	s := &Site{Tree: t}
	b.ReportAllocs()
	for b.Loop() {
		p := s.Plan(&semantics.Request{Method: "GET", Path: "/"}, time.Now())
		p.Close()
	}
}

// TestListingUnderRules: a listing keeps its policy and is asked for again whatever _headers says of the directory, also when a
// cache is told that it is as it was: that would put what is said there in place of what it has (RFC 9111 §3.2).
func TestListingUnderRules(t *testing.T) {
	own := "default-src 'none'"
	s := &Site{Tree: tree.NewFS(fstest.MapFS{
		"d/x": {}, "_headers": {Data: []byte("/*\n  Content-Security-Policy: default-src *\n  Cache-Control: max-age=9\n  Content-Language: de\n  ! Expires\n  X-A: 1\n/none/*\n  ! Cache-Control\n")}, "none/x": {},
	}, tree.Options{})}
	var notes, errs []error
	if s.Rules, notes, errs = NewRuleFiles(s.Tree, 0); len(notes)+len(errs) > 0 {
		t.Fatal(notes, errs)
	}
	for _, path := range []string{"/d/", "/none/"} {
		for _, tag := range []string{"", "*"} {
			p := s.Plan(&semantics.Request{Method: "GET", Path: path, IfNoneMatch: semantics.Value{Text: tag, Present: tag != ""}}, time.Now())
			if got := p.Get("Cache-Control") + p.Get("Content-Language") + p.Get("X-A"); got != "no-cache1" {
				t.Errorf("%s, %d: %q", path, p.Status, p.Fields)
			}
			if csp := p.Get("Content-Security-Policy"); p.Status == 304 && csp != "" || p.Status == 200 && !strings.HasPrefix(csp, own) {
				t.Errorf("%s, %d: %q", path, p.Status, csp)
			}
			if (p.Status == 304) != (tag != "") {
				t.Errorf("%s: %d", path, p.Status)
			}
			p.Close()
		}
	}
}
