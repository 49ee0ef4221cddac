package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
	"github.com/salver-http/salver"
)

// hostileReadme tries to run script, to send a request elsewhere, to look like the
// listing's own controls, and to stand where the page's script looks.
const hostileReadme = "# Heading\n\nA [link](other.txt), `code` and ~~more~~.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- [x] done\n\n" + `
<script>alert("script")</script>
<img src="other.txt" onerror="alert('onerror')">
<svg onload="alert('svg')"><script>alert("svg script")</script></svg>
<iframe srcdoc="<script>parent.alert('frame')</script>"></iframe>
<a id="js" href="javascript:alert('href')">one</a> [two](javascript:alert('markdown'))
<a href="&#106;avascript:alert('entity')">three</a>
<a href="vbscript:x">four</a> <a href="data:text/html,<script>alert('data')</script>">five</a>
<form action="https://evil.invalid/"><input id="filter" name="filter"><button>send</button></form>
<table id="rows"><tr><td><a href="fake">fake</a></td></tr></table>
<p id="found" role="status">announced</p>
<img name="getElementById"><form name="body"></form>
<style>body { display: none }</style>
<link rel="stylesheet" href="https://evil.invalid/style.css">
<meta http-equiv="refresh" content="0;url=https://evil.invalid/">
<base href="https://evil.invalid/">
<p style="position:fixed;inset:0;background:url(https://evil.invalid/x)">cover</p>
<details open ontoggle="alert('toggle')"><summary>more</summary>inside</details>
<div class="x" onclick="alert('click')">click</div>
</article></main></body>after the end
`

// TestReadme shows a README, in which nothing acts.
func TestReadme(t *testing.T) {
	s := serve(t, salver.Config{})
	s.write("README.md", hostileReadme)
	s.write("other.txt", "reached")
	s.write("fake", "")
	p := open(t, s.origin)
	p.visit("/")
	type rendered struct{ Heading, Code, Cell, Link string }
	got := eval[rendered](p, `(() => {
		const text = q => document.querySelector("article " + q)?.textContent
		return {Heading: [...document.querySelectorAll("article h1, article h2, article h3")].map(h => h.textContent).find(t => t == "Heading"),
			Code: text("code"), Cell: text("td"), Link: document.querySelector("article a[href$='other.txt']")?.textContent}
	})()`)
	if d := cmp.Diff(rendered{"Heading", "code", "1", "link"}, got); d != "" {
		t.Errorf("what is rendered (-want +got):\n%s", d)
	}
	if bad := eval[[]string](p, `[...document.querySelectorAll("article *")].filter(e =>
		["SCRIPT", "STYLE", "IFRAME", "FORM", "BUTTON", "OBJECT", "EMBED", "BASE", "META", "LINK", "SVG"].includes(e.tagName.toUpperCase()) ||
		[...e.attributes].some(a => a.name.startsWith("on") || a.name == "style" || a.name == "name" || /^(javascript|vbscript|data):/i.test(a.value.trim()))
	).map(e => e.outerHTML)`); len(bad) > 0 {
		t.Errorf("left in the README: %q", bad)
	}
	if ids := eval[[]string](p, `["filter", "rows", "found"].filter(id => document.querySelectorAll("#" + id).length > 1)`); len(ids) > 0 {
		t.Errorf("the README has taken the ids %q", ids)
	}
	eval[bool](p, `(document.querySelectorAll("article a, article div, article p, article summary").forEach(e => {
		if (!e.getAttribute("href")) e.click()
	}), true)`)
	// The listing's own script is not led astray.
	p.do(chromedp.SendKeys(chromedp.CSS("header input[type=search]"), "oth"))
	until(p, rowsOf("main > table"), func(got []string) string { return cmp.Diff([]string{"other.txt"}, got) })
	p.follow(chromedp.Evaluate[chromedp.Void](`document.querySelector("article a[href$='other.txt']").click()`))
	if got := eval[string](p, "document.body.innerText"); got != "reached" {
		t.Errorf("the link in the README leads to %q", got)
	}
}

// rowsOf is the expression for the names that a table shows.
func rowsOf(table string) string {
	return `[...document.querySelector("` + table + `").querySelectorAll("tbody tr td:first-child a")].filter(a => a.checkVisibility()).map(a => a.textContent)`
}

// TestReadmeImages shows images of this origin, and none of another.
func TestReadmeImages(t *testing.T) {
	s := serve(t, salver.Config{})
	s.write("README.md", "![local](image.svg)\n\n![remote](https://evil.invalid/pixel.png)\n")
	s.write("image.svg", `<svg xmlns="http://www.w3.org/2000/svg" width="7" height="5"/>`)
	p := open(t, s.origin)
	p.visit("/")
	type image struct {
		Alt   string
		Width int
	}
	until(p, `[...document.querySelectorAll("article img")].filter(i => i.naturalWidth).map(i => ({Alt: i.alt, Width: i.naturalWidth}))`,
		func(got []image) string { return cmp.Diff([]image{{"local", 7}}, got) })
	// Where the other one is left in the page, its policy refuses it: that may be
	// said on the console, but it must not be asked for.
	for _, f := range p.takeFaults() {
		if !strings.Contains(strings.ReplaceAll(f, " ", "-"), "Content-Security-Policy") {
			t.Error(f)
		}
	}
}
