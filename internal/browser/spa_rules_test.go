package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
	"github.com/salver-http/salver"
)

// TestSPAImmutable keeps what has a hash in its name for good, and nothing else.
func TestSPAImmutable(t *testing.T) {
	overBoth(t, func(t *testing.T, secure bool) {
		c := spa
		c.Immutable = []string{"/assets/**"}
		a := serveApp(t, c, secure, nil)
		p := open(t, a.origin)
		p.visit("/")
		p.controlled()
		p.click("/users/7")
		p.shows(view{Path: "/users/7", Heading: "User 7", Name: "Ada"})
		const immutable = "public, max-age=31536000, immutable"
		for _, target := range a.assets() {
			if got := cacheOf(p, target); got != immutable {
				t.Errorf("%s has Cache-Control %q", target, got)
			}
		}
		for _, target := range []string{"/", "/index.html", "/about", "/users/7", "/sw.js", "/data/users.json", "/icon.svg"} {
			if got := cacheOf(p, target); got != "no-cache" {
				t.Errorf("%s has Cache-Control %q", target, got)
			}
		}
		for range 2 {
			if diff := cmp.Diff(int64(200), p.load(chromedp.Reload()).Status); diff != "" {
				t.Error(diff)
			}
			p.shows(view{Path: "/users/7", Heading: "User 7", Name: "Ada"})
			// Of what comes from the network at least the head has a size.
			sizes := eval[map[string]int](p, `Object.fromEntries(performance.getEntriesByType("resource").map(e => [new URL(e.name).pathname, e.transferSize]))`)
			for _, target := range []string{a.entry, a.style, a.chunk[0], a.chunk[1]} {
				if size, ok := sizes[target]; !ok || size != 0 {
					t.Errorf("%s was asked for again, or not at all: %v", target, sizes)
				}
			}
		}
	})
}

// cacheOf returns the Cache-Control of a target that a page asks for anew.
func cacheOf(p *page, target string) string {
	p.t.Helper()
	return eval[string](p, `fetch("`+target+`", {cache: "no-store"}).then(a => a.status == 200 ? a.headers.get("cache-control") ?? "" : "status " + a.status)`)
}

// TestSPARules serves the application by the rules of the hosts that it may come from, in
// place of Config.SPA.
func TestSPARules(t *testing.T) {
	overBoth(t, func(t *testing.T, secure bool) {
		a := serveApp(t, salver.Config{}, secure, map[string]string{
			"_redirects": "# every place is in the application\n/team/*  /users/:splat  301\n/*  /index.html  200\n",
			"_headers":   "/assets/*\n  Cache-Control: public, max-age=31536000, immutable\n/*\n  X-Frame-Options: DENY\n",
		})
		p := open(t, a.origin)
		p.withoutWorker()
		for _, place := range []view{
			{Path: "/users/7", Heading: "User 7", Name: "Ada"},
			{Path: "/users/jane.doe", Heading: "User jane.doe", Name: "Jane"},
			{Path: "/about", Heading: "About"},
		} {
			if diff := cmp.Diff(shell(secure), p.load(chromedp.Navigate(a.origin+place.Path))); diff != "" {
				t.Errorf("%s: %s", place.Path, diff)
			}
			p.shows(place)
		}
		if diff := cmp.Diff(shell(secure), p.load(chromedp.Navigate(a.origin+"/team/8"))); diff != "" {
			t.Error(diff)
		}
		p.shows(view{Path: "/users/8", Heading: "User 8", Name: "nobody"})
		if got := eval[string](p, `fetch("/about").then(a => a.headers.get("x-frame-options"))`); got != "DENY" {
			t.Errorf("X-Frame-Options is %q", got)
		}
		for _, target := range a.assets() {
			if got := cacheOf(p, target); got != "public, max-age=31536000, immutable" {
				t.Errorf("%s has Cache-Control %q", target, got)
			}
		}
		for _, target := range []string{"/_redirects", "/_headers"} {
			if got := eval[string](p, `fetch("`+target+`").then(a => a.text())`); strings.Contains(got, "/*") {
				t.Errorf("%s is served: %q", target, got)
			}
		}
		// The rule says that a page stands in for what is missing; it is not to be kept as the asset.
		if got := cacheOf(p, "/assets/none.js"); got != "no-cache" {
			t.Errorf("what stands in for an asset has Cache-Control %q", got)
		}
	})
}
