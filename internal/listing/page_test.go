package listing

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
)

var sometime = time.Date(2026, 11, 22, 7, 23, 5, 120e6, time.FixedZone("", 3600))

func sample() *Listing {
	return &Listing{
		Path: "/a b/<c>/", Total: 3, Dirs: 1, Pages: 1, Options: Options{Page: 1},
		Rows: []Row{
			{Name: "d:x", Info: Info{IsDir: true, ModTime: sometime}, Link: true},
			{Name: "a&b.txt", Info: Info{Size: 1234567, ModTime: sometime}},
			{Name: "\xff\u202e%", Info: Info{Size: 1}},
		},
	}
}

func TestHTML(t *testing.T) {
	page := string(sample().Append(nil, HTML))
	page = strings.Replace(page, style, "STYLE", 1)
	page = strings.Replace(page, script, "SCRIPT", 1)
	const want = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Directory listing for /a b/&lt;c&gt;/</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<style>STYLE</style>
</head>
<body>
<header>
<h1><span>Directory listing for</span> <a href="../../">/</a><a href="../">a b</a>/<a href="./" aria-current="page">&lt;c&gt;</a>/</h1>
<div>
<p>1 directory, 2 files, 1.2 MB</p>
<p id="found" role="status"></p>
<input id="filter" type="search" placeholder="Filter" aria-label="Filter by name" aria-keyshortcuts="/" autocomplete="off" spellcheck="false" hidden>
</div>
</header>
<main>
<table>
<thead>
<tr><th scope="col" aria-sort="ascending"><a href="?order=desc">Name</a></th><th scope="col"><a href="?sort=size&amp;order=desc">Size</a></th><th scope="col"><a href="?sort=time&amp;order=desc">Modified<span id="zone"> (UTC)</span></a></th></tr>
</thead>
<tbody>
<tr><td colspan="3"><a href="../">../</a></td></tr>
</tbody>
<tbody id="rows">
<tr><td><a href="./d%3Ax/">d:x/</a><abbr title="symbolic link">@</abbr></td><td></td><td><time datetime="2026-11-22T06:23:05Z">2026-11-22 06:23</time></td></tr>
<tr><td><a href="./a%26b.txt">a&amp;b.txt</a></td><td title="1,234,567 bytes">1.2 MB</td><td><time datetime="2026-11-22T06:23:05Z">2026-11-22 06:23</time></td></tr>
<tr><td><a href="./%FF%E2%80%AE%25">\xFF\xE2\x80\xAE%</a></td><td title="1 byte">1 B</td><td></td></tr>
</tbody>
</table>
</main>
<script>SCRIPT</script>
</body>
</html>
`
	if diff := cmp.Diff(want, page); diff != "" {
		t.Error(diff)
	}
}

// between is what lies between two marks in the HTML of l.
func between(t *testing.T, l *Listing, first, last string) string {
	t.Helper()
	_, rest, ok := strings.Cut(string(l.Append(nil, HTML)), first)
	part, _, found := strings.Cut(rest, last)
	if !ok || !found {
		t.Fatalf("no %q … %q", first, last)
	}
	return part
}

func TestParts(t *testing.T) {
	with := func(change func(*Listing)) *Listing {
		l := sample()
		change(l)
		return l
	}
	empty := func(l *Listing) { l.Total, l.Dirs, l.Rows = 0, 0, nil }
	paged := func(page int) func(*Listing) {
		return func(l *Listing) {
			l.Total, l.Pages, l.Page, l.Sort, l.FormatAsked = 1_000_000, 100, page, BySize, true
		}
	}
	for name, c := range map[string]struct {
		l                 *Listing
		first, last, want string
	}{
		"root":           {with(func(l *Listing) { l.Path = "/" }), "</span> ", "</h1>", `<a href="./" aria-current="page">/</a>`},
		"no parent":      {with(func(l *Listing) { l.Path = "/" }), "</thead>\n", "<tr>", "<tbody id=\"rows\">\n"},
		"empty":          {with(empty), "</table>\n", "</main>", "<p>This directory is empty.</p>\n"},
		"empty counts":   {with(empty), "<div>\n<p>", "</p>", "0 files, 0 B"},
		"directories":    {with(func(l *Listing) { l.Dirs = 3 }), "<div>\n<p>", "</p>", "3 directories"},
		"one file":       {with(func(l *Listing) { l.Total, l.Dirs, l.Rows = 1, 0, l.Rows[2:] }), "<div>\n<p>", "</p>", "1 file, 1 B"},
		"counts of many": {with(paged(2)), "<div>\n<p>", "</p>", "1 directory, 999,999 files"},
		"too large": {
			with(func(l *Listing) { l.Rows[1].Size = 1<<63 - 1 }), "<div>\n<p>", "</p>", "1 directory, 2 files, 9.2 EB",
		},
		"columns": {
			with(paged(2)), "<tr>", "</tr>", `<th scope="col"><a href="?format=html">Name</a></th>` +
				`<th scope="col" aria-sort="ascending"><a href="?format=html&amp;sort=size&amp;order=desc">Size</a></th>` +
				`<th scope="col"><a href="?format=html&amp;sort=time&amp;order=desc">Modified<span id="zone"> (UTC)</span></a></th>`,
		},
		"descending": {
			with(func(l *Listing) { l.Sort, l.Descending = ByTime, true }), "Size</a></th>", "Modified",
			`<th scope="col" aria-sort="descending"><a href="?sort=time">`,
		},
		"default again": {with(func(l *Listing) { l.Descending = true }), "<tr>", "Name", `<th scope="col" aria-sort="descending"><a href="./">`},
		"first page":    {with(paged(1)), "<nav aria-label=\"Pages\">\n", "<a href", "<s>First</s>\n<s>Previous</s>\n<span>rows 1–3 of 1,000,000</span>\n"},
		"a page": {
			with(paged(2)), "<nav aria-label=\"Pages\">\n", "</nav>", `<a href="?format=html&amp;sort=size">First</a>
<a href="?format=html&amp;sort=size" rel="prev">Previous</a>
<span>rows 10,001–10,003 of 1,000,000</span>
<a href="?format=html&amp;sort=size&amp;page=3" rel="next">Next</a>
<a href="?format=html&amp;sort=size&amp;page=100">Last</a>
`,
		},
		"last page": {with(paged(100)), "</span>\n", "</nav>", "<s>Next</s>\n<s>Last</s>\n"},
		"readme": {
			with(func(l *Listing) { l.ReadmeHTML, l.ReadmeName = []byte("<p>a</p>"), "read<me>.md" }),
			"</table>\n", "</main>", "<article>\n<h2><a href=\"./read%3Cme%3E.md\">read&lt;me&gt;.md</a></h2>\n<p>a</p>\n</article>\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, between(t, c.l, c.first, c.last)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDeepTrail(t *testing.T) {
	l := sample()
	l.Path = "/" + strings.Repeat("d/", 2000)
	trail := between(t, l, "</span> ", "</h1>")
	if links := strings.Count(trail, "<a "); links != 33 || len(trail) > 20_000 {
		t.Errorf("%d links in %d bytes", links, len(trail))
	}
	if text, want := textOf(parse(t, []byte("<h1>"+trail))), l.Path; text != want {
		t.Errorf("the trail reads %.80q", text)
	}
}

// The hashes are those of what a browser finds in the page.
func TestContentSecurityPolicy(t *testing.T) {
	for n := range parse(t, sample().Append(nil, HTML)).Descendants() {
		if n.Type != html.ElementNode || n.Data != "style" && n.Data != "script" {
			continue
		}
		sum := sha256.Sum256([]byte(textOf(n)))
		want := fmt.Sprintf("; %s-src 'sha256-%s';", n.Data, base64.StdEncoding.EncodeToString(sum[:]))
		if !strings.Contains(ContentSecurityPolicy, want) {
			t.Errorf("%s\nis not in\n%s", want, ContentSecurityPolicy)
		}
	}
	for _, inline := range []string{style, script} {
		if strings.Contains(inline, "</") || strings.Contains(inline, "<!--") || strings.Contains(inline, "\r") {
			t.Error("the style or the script would end before its end")
		}
		// xmlns names the namespace of a drawing; nothing is loaded from there.
		if strings.Contains(strings.ReplaceAll(inline, "http://www.w3.org/2000/svg", ""), "://") {
			t.Error("the style or the script names another origin")
		}
	}
	if n := strings.Count(ContentSecurityPolicy, "'sha256-"); n != 2 {
		t.Errorf("%d hashes", n)
	}
}

func TestMediaType(t *testing.T) {
	for f, want := range map[Format]string{HTML: "text/html; charset=utf-8", JSON: "application/json", Text: "text/plain; charset=utf-8"} {
		if got := MediaType(f); got != want {
			t.Errorf("%d: %q, want %q", f, got, want)
		}
	}
}

func TestPageWeight(t *testing.T) {
	if n := len(newPage(200).Append(nil, HTML)); n > 60<<10 {
		t.Errorf("200 rows take %d bytes", n)
	}
}

func TestJSON(t *testing.T) {
	l := sample()
	l.Pages, l.Sort, l.Rows[2].Name = 3, BySize, "\xff\"\n"
	const want = `{"path":"/a b/\u003Cc\u003E/","total":3,"page":1,"pages":3,"entries":[
{"name":"d:x","href":"./d%3Ax/","type":"directory","size":0,"modified":"2026-11-22T06:23:05.12Z","link":true},
{"name":"a\u0026b.txt","href":"./a%26b.txt","type":"file","size":1234567,"modified":"2026-11-22T06:23:05.12Z"},
{"name":"�\"\u000A","href":"./%FF%22%0A","type":"file","size":1}
],"next":"?format=json&sort=size&page=2"}
`
	if diff := cmp.Diff(want, string(l.Append(nil, JSON))); diff != "" {
		t.Error(diff)
	}
	l = &Listing{Path: "/", Pages: 1, Options: Options{Page: 1}}
	if diff := cmp.Diff("{\"path\":\"/\",\"total\":0,\"page\":1,\"pages\":1,\"entries\":[\n]}\n", string(l.Append(nil, JSON))); diff != "" {
		t.Error(diff)
	}
}

func TestText(t *testing.T) {
	if diff := cmp.Diff("d:x/\na&b.txt\n\\xFF\\xE2\\x80\\xAE%\n", string(sample().Append(nil, Text))); diff != "" {
		t.Error(diff)
	}
}

func TestKnown(t *testing.T) {
	for year, want := range map[int]bool{-1: false, 0: false, 1: true, 1601: true, 9999: true, 10000: false} {
		if got := known(time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC)); got != want {
			t.Errorf("%d: %t", year, got)
		}
	}
	if known(time.Time{}) {
		t.Error("the zero time")
	}
}

func parse(t *testing.T, page []byte) *html.Node {
	t.Helper()
	n, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for n := range n.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	}
	return b.String()
}

var hostile = []string{
	"a", "a b.txt", "<script>", "a\"b", "a'b", "&amp;", "a&lt", "javascript:x", "//h", "?a=b", "#f", "%2e%2e", "..x", "a\\b", "a\nb\r", "\x00", "\x7f\x1b[2J",
	"\xff", "\xed\xa0\x80", "\ufffd", "\u202egpj.exe", "\u0085\u2028", "\u200b\u061c\ufeff", "é", "👩‍👩‍👧", "</a></td>", "<!--", "]]>", "a\\x41", "a ", " a",
}

// outline is all of a page, a line for each node, with what stands for a name
// in its texts and its links replaced.
func outline(page *html.Node, standIn, text, href string) []string {
	var lines []string
	for n := range page.Descendants() {
		line := fmt.Sprint(n.Type, " ", n.Data)
		if n.Type == html.TextNode {
			line = strings.ReplaceAll(line, standIn, text)
		}
		for _, a := range n.Attr {
			line += " " + a.Key + "=" + strings.ReplaceAll(a.Val, standIn, href)
		}
		lines = append(lines, line)
	}
	return lines
}

// Whatever the name, the page is the same but for it; the link leads to its very
// bytes; and what is read can't be taken for another name.
func FuzzPage(f *testing.F) {
	for _, name := range hostile {
		f.Add(name, false)
		f.Add(name, true)
	}
	page := func(name string, dir bool) *Listing {
		l := sample()
		l.Path, l.Rows = "/p/"+name+"/", []Row{{Name: name, Info: Info{IsDir: dir}}}
		l.Total, l.Dirs = 1, 0
		return l
	}
	f.Fuzz(func(t *testing.T, name string, dir bool) {
		if name == "" || name == "." || name == ".." || strings.Contains(name, "/") {
			t.Skip() // no name of an entry
		}
		visible := string(appendVisible(nil, name))
		checkVisible(t, name, visible)
		link, suffix := string(appendHref(nil, name, dir)), ""
		if dir {
			suffix = "/"
		}
		base := url.URL{Scheme: "http", Host: "h", Path: "/p/q/"}
		u, err := base.Parse(link)
		if err != nil || u.Path != "/p/q/"+name+suffix || u.Host != "h" || u.RawQuery != "" || u.Fragment != "" {
			t.Errorf("%q leads to %v, %v", link, u, err)
		}

		const standIn = "qq-stand-in"
		l := page(name, dir)
		escaped := strings.TrimSuffix(strings.TrimPrefix(link, "./"), suffix)
		want := outline(parse(t, page(standIn, dir).Append(nil, HTML)), standIn, visible, escaped)
		if diff := cmp.Diff(want, outline(parse(t, l.Append(nil, HTML)), standIn, standIn, standIn)); diff != "" {
			t.Error(diff)
		}
		if text := string(l.Append(nil, Text)); text != visible+suffix+"\n" {
			t.Errorf("%q is the line %q", name, text)
		}
		checkJSON(t, l)
	})
}

// checkVisible undoes the escapes by regular rules and looks for what misleads.
func checkVisible(t *testing.T, name, visible string) {
	t.Helper()
	var back []byte
	for s := visible; s != ""; {
		switch {
		case strings.HasPrefix(s, `\\`):
			back, s = append(back, '\\'), s[2:]
		case s[0] == '\\':
			n, err := strconv.ParseUint(s[2:4], 16, 8)
			if s[1] != 'x' || err != nil {
				t.Fatalf("%q: an escape that is none", visible)
			}
			back, s = append(back, byte(n)), s[4:]
		default:
			back, s = append(back, s[0]), s[1:]
		}
	}
	if string(back) != name {
		t.Errorf("%q reads back as %q", name, back)
	}
	if !utf8.ValidString(visible) {
		t.Errorf("%q is not UTF-8", visible)
	}
	for _, r := range visible {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || unicode.In(r, unicode.Zl, unicode.Zp) {
			t.Errorf("%q holds %U", visible, r)
		}
	}
}

// checkJSON reads a listing of one entry.
func checkJSON(t *testing.T, l *Listing) {
	t.Helper()
	type entry struct {
		Name, Href, Type string
		Size             int64
	}
	type page struct {
		Path               string
		Total, Page, Pages int
		Entries            []entry
	}
	var got page
	d := json.NewDecoder(bytes.NewReader(l.Append(nil, JSON)))
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil {
		t.Fatal(err)
	}
	r := l.Rows[0]
	lossy := func(s string) string { return string([]rune(s)) }
	e := entry{lossy(r.Name), string(appendHref(nil, r.Name, r.IsDir)), "file", r.Size}
	if r.IsDir {
		e.Type = "directory"
	}
	if diff := cmp.Diff(page{lossy(l.Path), l.Total, l.Page, l.Pages, []entry{e}}, got); diff != "" {
		t.Error(diff)
	}
}

func newPage(n int) *Listing {
	l := &Listing{Path: "/srv/files/", Total: n, Pages: 1, Options: Options{Page: 1}}
	for i := range n {
		l.Rows = append(l.Rows, Row{Name: fmt.Sprintf("some-document-%d.pdf", i), Info: Info{Size: int64(i) * 12345, ModTime: sometime}})
	}
	return l
}

func BenchmarkAppend(b *testing.B) {
	for _, n := range []int{200, 10_000} {
		for f, name := range formatNames {
			b.Run(fmt.Sprintf("%d/%s", n, name), func(b *testing.B) {
				l := newPage(n)
				var buf []byte
				b.ReportAllocs()
				for b.Loop() {
					buf = l.Append(buf[:0], Format(f))
				}
				b.SetBytes(int64(len(buf)))
			})
		}
	}
}
