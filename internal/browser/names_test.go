package browser

import (
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
	"github.com/salver-http/salver"
)

// hostileNames are what a browser could take for markup, script, a scheme, a query,
// a way up, or another name. All end in .txt, so that they are shown.
var hostileNames = []string{
	"plain.txt",
	"<img src=x onerror=alert(1)>.txt",
	`"><svg onload=alert(1)>.txt`,
	"' onmouseover='alert(1).txt",
	"a`b$(c).txt",
	"javascript:alert(1).txt",
	"https:example.com.txt",
	"<!--.txt",
	"&lt;&#60;&amp;.txt",
	"line\nbreak\r\ttab.txt",
	"%2e%2e.txt",
	"%2e%2e%2fpasswd.txt",
	"..%00.txt",
	"...a.txt",
	"?sort=size&order=desc.txt",
	"#fragment.txt",
	`back\slash.txt`,
	`\..\..\x.txt`,
	"a;b=c,d.txt",
	"a+b c%20d.txt",
	" leading and trailing .txt",
	"exe\u202etxt.gpj.txt",
	"zero\u200bwidth\ufeff.txt",
	"line\u2028separator.txt",
	"caf\u00e9 cafe\u0301 日本語 🍰.txt",
	"\xff\xfe\xc3(.txt",
	"\xed\xa0\x80.txt",
	"\x7f\x01\x1b[31m.txt",
	strings.Repeat("w", 251) + ".txt",
	strings.Repeat("日", 83) + "ab.txt",
	"CON.txt",
	"~.txt",
	"*.txt",
	"{{7*7}}${7*7}.txt",
}

// rowLinks are the links of a listing's rows, less the one to the directory above.
const rowLinks = `[...document.querySelectorAll("table tbody tr td:first-child a")].filter(a => a.getAttribute("href") != "../")`

// TestHostileNames walks from the listing to each file and back.
func TestHostileNames(t *testing.T) {
	s := serve(t, salver.Config{Hidden: true})
	want := map[string]string{} // content by name
	for _, name := range hostileNames {
		content := fmt.Sprintf("the content of %+q", name)
		if err := s.tryWrite(name, content); err != nil {
			if runtime.GOOS == "linux" {
				t.Fatal(err)
			}
			t.Logf("no such name on %s: %v", runtime.GOOS, err)
			continue
		}
		want[name] = content
	}
	p := open(t, s.origin)
	if status := p.visit("/"); status != 200 {
		t.Fatalf("the listing is answered %d", status)
	}
	labels := eval[[]string](p, rowLinks+".map(a => a.textContent)")
	if len(labels) != len(want) {
		t.Fatalf("%d links for %d files: %q", len(labels), len(want), labels)
	}
	for _, l := range labels {
		if strings.ContainsFunc(l, isDeceptive) {
			t.Errorf("a label holds what cannot be seen: %+q", l)
		}
	}
	if made := eval[[]string](p, `[...document.querySelectorAll("img,svg,iframe,object,embed,form,[onerror],[onload],[onmouseover]")].map(e => e.outerHTML)`); len(made) > 0 {
		t.Errorf("names became elements: %q", made)
	}
	got := map[string]string{}
	for i := range labels {
		p.visit("/")
		t.Logf("opening %+q", labels[i])
		click := chromedp.Evaluate[chromedp.Void](fmt.Sprintf("%s[%d].click()", rowLinks, i))
		if status := p.follow(click); status != 200 {
			t.Errorf("%+q is answered %d", labels[i], status)
		}
		name, err := url.PathUnescape(strings.TrimPrefix(p.path(), "/"))
		if err != nil {
			t.Fatal(err)
		}
		got[name] = eval[string](p, "document.body.innerText")
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("contents by name (-want +got):\n%s", d)
	}
}

// isDeceptive tells of the runes that turn text round, break it, or take no room.
func isDeceptive(r rune) bool {
	return r < ' ' || r == 0x7f || strings.ContainsRune("\u200b\u2028\u2029\u202e\ufeff\ufffd", r)
}

// TestHostileDirectories goes down into directories whose names together end a
// script element and a title, and up again by the trail in the heading.
func TestHostileDirectories(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such names")
	}
	s := serve(t, salver.Config{Hidden: true})
	dirs := []string{"<", "title><script>alert(1)<", "script>", `"onclick="alert(1)`, "..%2f..%2f", "日本\u202e語"}
	path := strings.Join(dirs, "/")
	s.write(path+"/leaf.txt", "reached")
	p := open(t, s.origin)
	p.visit("/")
	for range dirs {
		if links := eval[int](p, rowLinks+".length"); links != 1 {
			t.Fatalf("%s has %d links", p.path(), links)
		}
		p.follow(chromedp.Evaluate[chromedp.Void](rowLinks + "[0].click()"))
		if n := eval[int](p, "document.scripts.length"); n > 1 {
			t.Fatalf("%s has %d scripts", p.path(), n)
		}
	}
	if title := eval[string](p, "document.title"); !strings.Contains(title, "/</title><script>alert(1)</script>/") {
		t.Errorf("title %q", title)
	}
	last := p.path()
	p.follow(chromedp.Evaluate[chromedp.Void](rowLinks + "[0].click()"))
	if got := eval[string](p, "document.body.innerText"); got != "reached" {
		t.Errorf("the file at the end holds %q", got)
	}
	p.visit(last)
	for i := len(dirs) - 1; i >= 0; i-- {
		p.follow(chromedp.Evaluate[chromedp.Void](`[...document.querySelectorAll("h1 a")].at(-2).click()`))
		want := "/" + strings.Join(dirs[:i], "/")
		if i > 0 {
			want += "/"
		}
		if got, err := url.PathUnescape(p.path()); err != nil || got != want {
			t.Errorf("the way up leads to %q, not %q: %v", got, want, err)
		}
	}
}
