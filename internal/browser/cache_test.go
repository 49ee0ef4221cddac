package browser

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
	"github.com/salver-http/salver"
)

// TestReload reloads a page whose files have not changed: each is confirmed by a 304.
func TestReload(t *testing.T) {
	s := serve(t, salver.Config{})
	s.write("index.html", `<!DOCTYPE html><title>t</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="style.css"><script src="script.js"></script><p>Styled`)
	s.write("style.css", "p { color: rgb(1, 2, 3) }")
	s.write("script.js", "addEventListener('load', () => document.title = 'ran')")
	p := open(t, s.origin)
	p.visit("/")
	p.follow(chromedp.Reload())
	for _, target := range []string{"/", "/style.css", "/script.js"} {
		// What is logged last may be logged after the page has loaded.
		eventually(t, "the answers to "+target, func() string { return cmp.Diff([]int{200, 304}, s.answers(target)) })
	}
	state := eval[[]string](p, `[document.title, getComputedStyle(document.querySelector("p")).color]`)
	if want := []string{"ran", "rgb(1, 2, 3)"}; !slices.Equal(state, want) {
		t.Errorf("after the reload the page is %q, not %q", state, want)
	}
}

// TestFileChanged changes a file between two plain visits, each time so that less of
// its metadata tells.
func TestFileChanged(t *testing.T) {
	s := serve(t, salver.Config{})
	p := open(t, s.origin)
	text := func() string { return eval[string](p, "document.body.innerText") }
	s.write("page.html", "<p>first version")
	info, err := os.Stat(filepath.Join(s.dir, "page.html"))
	if err != nil {
		t.Fatal(err)
	}
	changes := []struct {
		name   string
		change func()
		want   string
	}{
		{"nothing", func() {}, "first version"},
		{"longer", func() { s.write("page.html", "<p>the second version") }, "the second version"},
		{"as long", func() { s.write("page.html", "<p>the third  version") }, "the third version"},
		{"as long and dated back", func() {
			s.write("page.html", "<p>the fourth version")
			s.stamp("page.html", info.ModTime())
		}, "the fourth version"},
		{"replaced by rename", func() {
			s.write("new.html", "<p>the fifth  version")
			s.stamp("new.html", info.ModTime())
			if err := os.Rename(filepath.Join(s.dir, "new.html"), filepath.Join(s.dir, "page.html")); err != nil {
				t.Fatal(err)
			}
		}, "the fifth version"},
	}
	for _, c := range changes {
		c.change()
		p.visit("/page.html")
		if got := text(); got != c.want {
			t.Errorf("%s: a visit shows %q, not %q", c.name, got, c.want)
		}
		p.follow(chromedp.Reload())
		if got := text(); got != c.want {
			t.Errorf("%s: a reload shows %q, not %q", c.name, got, c.want)
		}
	}
}
