package rules_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/salver-http/salver/internal/rules"
	"github.com/salver-http/salver/internal/semantics"
	"github.com/salver-http/salver/internal/tree"
)

// hostile are paths, decoded, that try to make of a Location another one than the rule's, or a field of their own.
var hostile = []string{
	"/", "/x", "//evil.example", `/\evil.example`, `/\/evil.example`, "/x\r\nSet-Cookie: a=b", "/x\nX: y", "/\t/evil.example", "/@evil.example",
	"/https:", "/https:/evil.example", "/javascript:alert(1)", "/user:pass@evil.example", "/.evil.example", "/:8080", "/:x", "/:splat", "/*", "/\u2028", "/\xff\xfe",
	"/?a=b", "/#top", "/%0d%0a", "/%2f%2fevil.example", "/a,b;c=\"d\"", "/\u00e9", "/\uff0fevil.example", "/ /x", "/\x7f", "/a\\b", "/[::1]", "/a&b=c",
}

// hostileQueries are queries, encoded as far as a client likes.
var hostileQueries = []string{
	"", "q=1", "q=//evil.example", "q=%2f%2fevil.example", "q=%5cevil.example", `q=\evil.example`, "q=%0d%0aSet-Cookie:%20a=b", "q=\r\nX: y", "q=%00", "q=../../x", "q=https://evil.example",
	"q=@evil.example", "q=%", "q=%zz", "q=a#b", "q=\xff", "q=+%09", "q=/", "q",
}

// pathOf makes of s a path as targets have it.
func pathOf(s string) string {
	var kept []string
	for seg := range strings.SplitSeq(s, "/") {
		if seg != "" && seg != "." && seg != ".." {
			kept = append(kept, seg)
		}
	}
	path := "/" + strings.Join(kept, "/")
	if len(kept) > 0 && strings.HasSuffix(s, "/") {
		path += "/"
	}
	return path
}

// targets are hostile ones, with one of path and query of their own.
func targets(path, query string) (all []*rules.Target) {
	for i, p := range append(slices.Clone(hostile), path) {
		t := &rules.Target{Host: "h.example", Path: pathOf(p), Query: hostileQueries[i%len(hostileQueries)], Secure: i%2 == 0, Cookie: "k=1"}
		if p == path {
			t.Query = query
		}
		all = append(all, t)
	}
	for _, q := range hostileQueries {
		all = append(all, &rules.Target{Host: "h.example", Path: "/x", Query: q})
	}
	return all
}

// origins are those that the targets of a file's rules begin with.
func origins(text string) map[string]bool {
	all := make(map[string]bool)
	for word := range strings.FieldsSeq(text) {
		if scheme, rest, ok := strings.Cut(word, "://"); ok {
			if i := strings.IndexAny(rest, "/?#"); i >= 0 {
				rest = rest[:i]
			}
			all[strings.ToLower(scheme+"://"+rest)] = true
		}
	}
	return all
}

// checkAction holds what is true of each action, whatever was asked for.
func checkAction(t *testing.T, a rules.Action, own map[string]bool) {
	t.Helper()
	if a.Status/100 != 3 {
		if a.Location != "" || !strings.HasPrefix(a.Path, "/") || strings.HasPrefix(a.Path, "//") {
			t.Fatalf("%+v", a)
		}
		if _, _, err := tree.ParsePath(a.Path); err == tree.ErrMalformed && !strings.Contains(a.Path, "%00") {
			t.Fatalf("%+v: %v", a, err)
		}
		return
	}
	l := a.Location
	for _, c := range []byte(l) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`\"<>^{}|`+"`", c) >= 0 {
			t.Fatalf("%q in %+v", c, a)
		}
	}
	u, err := url.Parse(encodeStray(l))
	if err != nil {
		t.Fatalf("%+v: %v", a, err)
	}
	switch {
	case strings.HasPrefix(l, "/"):
		if strings.HasPrefix(l, "//") || u.Host != "" || u.Scheme != "" || u.User != nil {
			t.Fatalf("%+v leads to another host", a)
		}
	case !own[u.Scheme+"://"+u.Host] || u.User != nil || !strings.HasPrefix(l, u.Scheme+"://"+u.Host+"/"):
		t.Fatalf("%+v leads to another host than %v", a, own)
	}
}

// encodeStray encodes the % of a query that encodes nothing: it is the client's, and stays.
func encodeStray(l string) string {
	path, query, found := strings.Cut(l, "?")
	if !found {
		return l
	}
	return path + "?" + strings.ReplaceAll(query, "%", "")
}

func FuzzParseRedirects(f *testing.F) {
	for _, seed := range []string{
		"/* /:splat\n", "/:x /:x 302\n/* https://o.example/:splat\n", "/x q=:q /:q\n/x q=:q https://o.example/:q?x=:q#:q\n", "/* /a/:splat 200\n", "https://:s.example/* https://o.example?x=:s:splat 301!\n",
		"/* /?to=:splat#:splat\n", "/* https://o.example:8080:splat\n", "/* https://o.example/:splat/:splat 308\n", "/* /:splat/..//x\n", "/%ff/:x /%FF:x\n", "/* /index.html 404\n/x /y Cookie=k\n", "/a /b Country=de\n",
	} {
		f.Add(seed, "/x", "q=1")
	}
	f.Fuzz(func(t *testing.T, text, path, query string) {
		for _, d := range []rules.Dialect{rules.Netlify, rules.Cloudflare} {
			rs, problems := rules.ParseRedirects([]byte(text), d)
			checkProblems(t, "_redirects", text, problems)
			own := origins(text)
			for _, target := range targets(path, query) {
				for _, forced := range []bool{false, true} {
					if a, found, _ := rs.Find(target, forced); found {
						checkAction(t, a, own)
					}
				}
			}
			checkNotes(t, text, rs.Notes())
			checkNotes(t, text, rules.Differences("_redirects", []byte(text), d))
		}
	})
}

func FuzzParseHeaders(f *testing.F) {
	for _, seed := range []string{
		"/*\n  X-A: :splat\n", "/:x/*\n  Set-Cookie: a=:x\n  Link: </:splat>; rel=x\n", "/*\n  ! X-A\n  X-A: 1\n", "https://:s.example/\n  X-A: :s:s\n", "/%ff/:x\n  Content-Type: text/:x\n", "/:x*\n X-:x: 1\n",
	} {
		f.Add(seed, "/x", "q=1")
	}
	f.Fuzz(func(t *testing.T, text, path, query string) {
		for _, d := range []rules.Dialect{rules.Netlify, rules.Cloudflare} {
			h, problems := rules.ParseHeaders([]byte(text), d)
			checkProblems(t, "_headers", text, problems)
			for _, target := range targets(path, query) {
				set, detached := h.For(target)
				for i, f := range set {
					if !semantics.ValidFieldName(f.Name) || !semantics.ValidFieldValue(f.Value) || slices.Contains(detached, f.Name) {
						t.Fatalf("%q, without %q", f, detached)
					}
					if i > 0 && (set[i-1].Name > f.Name || set[i-1].Name == f.Name && f.Name != "Set-Cookie") {
						t.Fatalf("%q", set)
					}
				}
			}
			checkNotes(t, text, h.Notes())
			checkNotes(t, text, rules.Differences("_headers", []byte(text), d))
		}
	})
}

func checkProblems(t *testing.T, file, text string, problems []*rules.Problem) {
	t.Helper()
	lines := strings.Split(text, "\n")
	for _, p := range problems {
		if p.File != file || p.Text == "" || p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > len(lines[p.Line-1])+1 {
			t.Fatalf("%q: %+v", text, p)
		}
	}
}

func checkNotes(t *testing.T, text string, notes []rules.Note) {
	t.Helper()
	last := 0
	for _, n := range notes {
		if n.Line < last || n.Line > strings.Count(text, "\n")+1 || n.Text == "" {
			t.Fatalf("%q: %+v", text, notes)
		}
		last = n.Line
	}
}

// TestVectors leads hostile targets through every way in which a rule can put a capture into a Location.
func TestVectors(t *testing.T) {
	tos := []string{
		"/:splat", "/:splat/", "/a:splat", "/:splat:splat", "/a?:splat", "/a?x=:splat", "/a#:splat", "/:q", "/:q:splat", "/a/..//:q", "/%2e%2e/:splat",
		"https://o.example/:splat", "https://o.example/:q", "https://o.example?:splat", "https://o.example#:splat", "http://o.example:8080/:splat:q", "HTTPS://O.example/@:splat",
	}
	matched := 0
	for _, to := range tos {
		for _, status := range []string{"301!", "302!", "303!", "307!", "308!", "200!", "404!", "410!", "451!"} {
			for _, from := range []string{"/* ", "/* q=:q ", "https://:h.example/* "} {
				text := from + to + " " + status + "\n"
				rs, problems := rules.ParseRedirects([]byte(text), rules.Netlify)
				if len(problems) > 0 {
					continue
				}
				for _, target := range targets("/x/y", "q=a") {
					if a, found, _ := rs.Find(target, false); found {
						matched++
						checkAction(t, a, origins(text))
					}
				}
			}
		}
	}
	if matched < 10_000 {
		t.Errorf("only %d targets were matched", matched)
	}
}

// TestClimbs holds that what is captured stays beneath where the rule leads to.
func TestClimbs(t *testing.T) {
	for _, c := range []struct {
		text, path, query string
		d                 rules.Dialect
		want              string // "" for no rule
	}{
		{"/x q=:q /docs/:q/a 200", "/x", "q=b", rules.Netlify, "/docs/b/a"},
		{"/x q=:q /docs/:q/a 200", "/x", "q=..", rules.Netlify, ""},
		{"/x q=:q /docs/:q 200", "/x", "q=%2e", rules.Netlify, ""},
		{"/x q=:q /docs/:q 200", "/x", "q=../private", rules.Netlify, "/docs/..%2Fprivate"},
		{"/x q=:q /docs/.:q 200", "/x", "q=.", rules.Netlify, ""},
		{"/x q=:q /docs/%2e:q 200", "/x", "q=.", rules.Netlify, ""},
		{"/x q=:q /docs/:q 200", "/x", "q=...", rules.Netlify, "/docs/..."},
		{"/x q=:q /docs/:q 200", "/x", "q=%252e%252e", rules.Netlify, "/docs/%252e%252e"},
		{"/x-* /docs/:splat 200", "/x-../private", "", rules.Cloudflare, ""},
		{"/x-* /docs/:splat 200", "/x-a/b", "", rules.Cloudflare, "/docs/a/b"},
		{"/x-:n /docs/:n/a 200", "/x-..", "", rules.Cloudflare, ""},
		{"/x-* https://o.example/docs/:splat", "/x-../private", "", rules.Cloudflare, ""},
	} {
		rs, problems := rules.ParseRedirects([]byte(c.text), c.d)
		if len(problems) > 0 {
			t.Fatal(problems[0])
		}
		if a, found, _ := rs.Find(&rules.Target{Path: c.path, Query: c.query}, false); found != (c.want != "") || a.Path != c.want {
			t.Errorf("%s, %s?%s: %+v", c.text, c.path, c.query, a)
		}
	}
}
