package conformance

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"path"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/salver-http/salver/internal/media"
	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/semantics"
	"github.com/salver-http/salver/internal/tree"
)

// grammar is what requests are made of. "\x00" in a value is the tag of hello.txt, "\x01" that of
// coded.txt in gzip.
type grammar struct {
	methods, segments, queries, names, values []string
	hosts, schemes                            []string // that are asked for, and that a proxy tells of; nil for one
}

var plainGrammar = grammar{
	methods: []string{"GET", "GET", "GET", "HEAD", "POST", "OPTIONS", "BREW", "get"},
	segments: []string{
		"hello.txt", "big.txt", "empty.txt", "sub", "idx", "nothing", ".", "..", "", "%2e%2E", ".hidden", "%73ub", "a%20b", "a%2fb", "f%C3%BC", "\\x", "\\", "*", "a:b",
		"(x)", "%28x%29", "%5Cx", "sub;v", "%00", "coded.txt", "coded.txt.gz", "alone.txt",
	},
	queries: []string{"", "?", "?x=1", "?format=json", "?format=text&sort=size&order=desc", "?%0d%0a", "?a=<b>\""},
	names:   []string{"Range", "If-None-Match", "If-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range", "Accept", "X-Other", "Accept-Encoding", "Accept-Encoding"},
	values: []string{
		"\x00", `"x"`, "W/\x00", "*", `"x", ` + "\x00", "", "Tue, 02 Jan 2024 03:04:05 GMT", "Tue, 02 Jan 2024 03:04:04 GMT", "Tuesday, 02-Jan-24 03:04:05 GMT", "x",
		"bytes=0-4", "bytes=-3", "bytes=5-", "bytes=0-0,13-13", "bytes=99-", "bytes=4-1", "bytes=0-7,1000-1007,100000-", "bytes=0-,0-", "lines=1-2",
		"application/json", "text/plain;q=0.5, */*;q=0.1", "text/html;level=1",
		"gzip", "gzip, deflate, br, zstd", "br;q=0.5, gzip;q=0.4", "*", "x-gzip;q=0.1, *;q=0", "identity;q=0", "identity, zstd;q=0.5", "\x01", "\x01, \x00",
	},
}

// rulesGrammar is for a site whose owner asks for much.
var rulesGrammar = grammar{
	hosts:   []string{defaultHost, "other.example", "a.docs.example:80", "LOCALHOST", "127.0.0.1"},
	schemes: []string{"http", "https"},
	methods: []string{"GET", "GET", "GET", "HEAD", "OPTIONS", "POST"},
	segments: []string{
		"hello.txt", "about", "about.html", "index.html", "idx", "sub", "old", "go", "way", "private", "PRIVATE", "x.txt", "a%20b", "%2e%2e", "..", ".", "",
		"c%0d%0aX:%20y", "\\evil.example", "%5Cevil.example", "assets", "a.js", "_headers", "%5Fredirects", "deep", "%ff", "b:c", "store", "gone", "hide", "404.html",
	},
	queries: []string{"", "?", "?x=1", "?id=7&x=1", "?id=//evil.example", "?id=%0d%0a", "?to=%2F%2Fevil"},
	names: []string{
		"Cookie", "Cookie", "Origin", "Authorization", "Sec-Fetch-Mode", "Accept", "Access-Control-Request-Method", "X-Forwarded-For", "If-None-Match",
	},
	values: []string{
		"beta=1", "a=b; beta=", "https://app.example", "null", "Basic amFuZTpzZWNyZXQ=", "Basic eDp5", "navigate", "cors",
		"text/html", "application/json", "*/*", "GET", "192.0.2.1", "127.0.0.1, 192.0.2.1", "\x00", "*", "",
	},
}

// madeOf makes a request out of choices.
func (g *grammar) madeOf(choices []byte, tag, form string) request {
	next := func(n int) int {
		if len(choices) == 0 {
			return 0
		}
		c := int(choices[0])
		choices = choices[1:]
		return c % n
	}
	r := request{version: "HTTP/1.1", fields: []field{{"Host", defaultHost}}}
	r.method = g.methods[next(len(g.methods))]
	for range 1 + next(4) {
		r.target += "/" + g.segments[next(len(g.segments))]
	}
	r.target += g.queries[next(len(g.queries))]
	if g.hosts != nil {
		r.fields[0].value = g.hosts[next(len(g.hosts))]
	}
	if g.schemes != nil { // or lanes with and without TLS would differ
		r.fields = append(r.fields, field{"X-Forwarded-Proto", g.schemes[next(len(g.schemes))]})
	}
	for range next(4) {
		value := strings.NewReplacer("\x00", tag, "\x01", form).Replace(g.values[next(len(g.values))])
		r.fields = append(r.fields, field{g.names[next(len(g.names))], value})
	}
	return r
}

// FuzzLanes holds that all lanes, from all kinds of trees, give the same answer.
func FuzzLanes(f *testing.F) {
	f.Add([]byte(""))
	f.Add([]byte("\x00\x00\x00\x00\x01\x0a\x00"))
	f.Add([]byte("\x00\x00\x03\x01"))
	f.Add([]byte("\x00\x02\x08\x03\x15\x06"))
	f.Add([]byte("\x03\x00\x01\x00\x02\x0f\x00\x00\x05"))
	f.Add([]byte("\x00\x03\x07\x12\x0f\x03\x02"))
	fuzzLanes(f, &plainGrammar, nil,
		`hello.txt "Hello, world!\n"`, "big.txt bytes 200000", "empty.txt", `sub/a.txt "a\n"`, `idx/index.html "<p>\n"`, `.hidden "h\n"`, `a%20b/x.txt "x\n"`,
		"coded.txt bytes 3000", "coded.txt.gz gzip coded.txt", "alone.txt.br br coded.txt",
		`f%C3%BC/x.txt "x\n"`, `a:b/x.txt "x\n"`, `(x)/x.txt "x\n"`, `%5Cx/x.txt "x\n"`, `sub;v "v\n"`)
}

// FuzzOwners holds the same of a site whose owner asks for much.
func FuzzOwners(f *testing.F) {
	fuzzLanes(f, &rulesGrammar, []string{
		"spa index.html", "clean-urls", "cors https://app.example", "secure-headers", "isolate", "auth /private jane:secret", "auth /hide/x.txt busy",
		"trusted-proxy 127.0.0.0/8", "allow 127.0.0.0/8", "allow 192.0.2.0/24", "cache *.txt public, max-age=60", "immutable assets/**",
	},
		`hello.txt "Hello, world!\n"`, "coded.txt bytes 3000", "coded.txt.gz gzip coded.txt", `index.html "<p>home\n"`, `about.html "<p>about\n"`, `idx/index.html "<p>\n"`,
		`private/x.txt "x\n"`, `hide/x.txt "x\n"`, `assets/a.js "1\n"`, `a%20b/x.txt "x\n"`, `sub/deep/x.txt "x\n"`, `404.html "<p>none\n"`, `sub/404.html "<p>none in sub\n"`,
		`_headers "/*\n  X-A: :splat\n  Link: </:splat>; rel=canonical\n/sub/*\n  Cache-Control: max-age=5\n  ! X-A\nhttps://:name.docs.example/*\n  X-Name: :name\nhttp://other.example/*\n  X-Other: 1\n"`,
		`_redirects "/old/* /idx/:splat 302\n/go/:x /:x 301!\n/store id=:id /go?to=:id\n/way/* /private/:splat 200\n/deep /hello.txt 200 Cookie=beta\n/gone/* /about.html 410\n/store/* https://shop.example/:splat 307\n"`)
}

// fuzzLanes is a fuzz target for a tree of those lines and a config.
func fuzzLanes(f *testing.F, g *grammar, config []string, lines ...string) {
	random := rand.New(rand.NewPCG(9110, 9112))
	for range 150 {
		choices := make([]byte, 16)
		for i := range choices {
			choices[i] = byte(random.Uint32())
		}
		f.Add(choices)
	}
	th := &theme{name: "fuzz"}
	for _, line := range lines {
		var err error
		if th.nodes, err = addNode(th.nodes, line); err != nil {
			f.Fatal(err)
		}
	}
	if err := encodeNodes(th.nodes); err != nil {
		f.Fatal(err)
	}
	type way struct {
		name  string
		mount string
		ask   exchange
	}
	var ways []way
	for _, kind := range kinds {
		tree.Portable.Store(kind.name == "os.Root")
		c, _, err := configOf(config)
		if err != nil {
			f.Fatal(err)
		}
		c = kind.make(f, th, c, "")
		for _, l := range lanes {
			if l.tree != "" {
				continue // it is for the cases
			}
			ways = append(ways, way{kind.name + " " + l.name, l.mount, l.start(f, c)})
		}
	}
	tree.Portable.Store(false)
	whole, err := ways[0].ask(request{method: "GET", target: "/hello.txt", version: "HTTP/1.1"})
	if err != nil {
		f.Fatal(err)
	}
	tag := whole.get("Etag")
	form, err := th.ofFiles("{form coded.txt.gz}")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, choices []byte) {
		r := g.madeOf(choices, tag, form)
		if r.get("Range") != nil && refusesIdentity(&r) {
			t.Skip("a part of what each lane has compressed by itself")
		}
		want, err := ways[0].ask(r)
		if err == nil {
			want, err = want.uncoded()
		}
		if err != nil {
			t.Fatal(err)
		}
		location := want.get("Location")
		for _, w := range ways[1:] {
			got, err := w.ask(r)
			if err == nil {
				got, err = got.uncoded()
			}
			if err != nil {
				t.Fatalf("%s: %q: %v", w.name, r.bytes(), err)
			}
			if w.mount != "" && location != "" {
				got = unmounted(got, w.mount)
			}
			if d := diff(want, got); d != "" {
				t.Errorf("%s: %q: %s", w.name, r.bytes(), d)
			}
		}
	})
}

// unmounted is an answer with the prefix taken off its Location, and the slashes
// that only a Location without a prefix must not begin with.
func unmounted(a answer, mount string) answer {
	for i, f := range a.Fields {
		if rest, ok := strings.CutPrefix(f, "Location: "+mount); ok {
			a.Fields[i] = "Location: /" + strings.TrimLeft(rest, "/")
		}
	}
	return a
}

// FuzzRedirect holds what a Location must never do, for directories of any name,
// in the words of RFC 3986 and in those of browsers, and that it leads to the directory.
func FuzzRedirect(f *testing.F) {
	f.Add("/sub", "", "", false)
	f.Add("//evil.test/..", "q=1", "", false)
	f.Add("//evil.test/a/..", "", "", false)
	f.Add(`/\evil.test`, "", "", false)
	f.Add(`\/evil.test`, "", "/mnt", false)
	f.Add("/%5cevil.test", "/..", "/a%20b", false)
	f.Add("/a:b", "#", "", true)
	f.Add("/javascript:alert(1)", "\r\n", "", true)
	f.Add("/./x/../y", "?", "//mnt", false)
	types, err := media.New(nil, "", nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, target, query, mount string, rewritten bool) {
		name, slash, err := tree.ParsePath(target)
		if err != nil || slash || name == "." || !fs.ValidPath(name) || mount != "" && mount[0] != '/' || strings.ContainsAny(target+mount, "?") {
			t.Skip()
		}
		if rewritten {
			mount = ""
		}
		m := fstest.MapFS{name: {Mode: fs.ModeDir | 0o755, ModTime: defaultMTime}}
		site := &plan.Site{Types: types, Tree: tree.NewFS(m, tree.Options{Hidden: true, Secrets: true})}
		answerTo := func(target, query string) *plan.Response {
			return site.Plan(&semantics.Request{Method: "GET", Path: target, Query: query, Mount: mount, Rewritten: rewritten}, time.Now())
		}
		p := answerTo(target, query)
		defer p.Close()
		if p.Status != 301 {
			t.Fatalf("%q is a directory, and answered %d", name, p.Status)
		}
		location := p.Get("Location")
		for i := range len(location) {
			if c := location[i]; c <= ' ' || c >= 0x7f || c == '\\' {
				t.Fatalf("Location %q has the byte %#x", location, c)
			}
		}
		if strings.HasPrefix(location, "//") {
			t.Fatalf("Location %q begins with an authority", location)
		}
		base := &url.URL{Scheme: "http", Host: defaultHost, Path: "/"}
		if rewritten {
			base.Path = "/some/where"
		}
		ref, err := url.Parse(location)
		if err != nil {
			// A mount is whatever stood in front, and need not be encoded well.
			if mount == "" {
				t.Fatal(err)
			}
			return
		}
		if to := base.ResolveReference(ref); to.Scheme != "http" || to.Host != defaultHost || to.User != nil {
			t.Fatalf("Location %q leads to %s", location, to)
		}
		if rewritten {
			if want := "./" + path.Base(name) + "/"; ref.Path != want {
				t.Errorf("Location %q of %q, not %q", location, name, want)
			}
			return
		}
		next, nextQuery, _ := strings.Cut(location, "?")
		rest, ok := strings.CutPrefix(next, "/"+strings.TrimLeft(mount, "/"))
		if mount != "" && !ok {
			return // what was not encoded well in front is now
		}
		if mount == "" {
			rest = next
		}
		if rest == "" || rest[0] != '/' {
			return // the mount ended with a slash of its own
		}
		q := answerTo(rest, nextQuery)
		defer q.Close()
		if q.Status != 200 {
			t.Errorf("%q leads to %q, which is answered %d: %v", target, location, q.Status, fmt.Sprint(q.Fields))
		}
	})
}
