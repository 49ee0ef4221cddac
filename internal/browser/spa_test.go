package browser

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
	"github.com/salver-http/salver"
)

var spa = salver.Config{SPA: "index.html"}

// overBoth runs a test in both protocols.
func overBoth(t *testing.T, test func(t *testing.T, secure bool)) {
	t.Run("HTTP/1.1", func(t *testing.T) { test(t, false) })
	t.Run("HTTP/2", func(t *testing.T) { test(t, true) })
}

// protocol is what the browser calls the one that is spoken.
func protocol(secure bool) string {
	if secure {
		return "h2"
	}
	return "http/1.1"
}

// shell is the head of the answer for every place in the application.
func shell(secure bool) head {
	return head{Status: 200, Type: "text/html", Cache: "no-cache", Protocol: protocol(secure)}
}

// hardReload is Shift and a click on reload: nothing that the browser keeps is used, nor a service worker.
func hardReload() chromedp.Action[chromedp.Void] {
	yes := true
	return call(cdppage.Reload, cdppage.ReloadParams{IgnoreCache: &yes})
}

// withoutWorker lets no service worker come between the page and the server.
func (p *page) withoutWorker() {
	p.t.Helper()
	p.do(call(network.SetBypassServiceWorker, network.SetBypassServiceWorkerParams{Bypass: true}))
}

// missed checks that the browser has complained on the console of nothing but that these targets are missing.
func (p *page) missed(targets ...string) {
	p.t.Helper()
	for _, f := range p.takeFaults() {
		if !slices.ContainsFunc(targets, func(target string) bool {
			url := p.origin + target
			return strings.HasPrefix(f, "console: Failed to load resource: the server responded with a status of 404 ") && strings.HasSuffix(f, " "+url) ||
				strings.HasPrefix(f, "console: Refused to apply style from '"+url+"'") || // after the status it tells of the media type
				target == "/sw.js" && strings.HasPrefix(f, "console: A bad HTTP response code (404) was received when fetching the script.")
		}) {
			p.t.Error("the page did what it must not: " + f)
		}
	}
}

// TestSPA goes about an application as people do: by its links, by reloads of where they are, back and
// forward, and straight to a place in it, without a service worker and with one.
func TestSPA(t *testing.T) {
	overBoth(t, func(t *testing.T, secure bool) {
		a := serveApp(t, spa, secure, nil)
		p := open(t, a.origin)
		if diff := cmp.Diff(shell(secure), p.load(chromedp.Navigate(a.origin+"/"))); diff != "" {
			t.Error(diff)
		}
		p.shows(view{Path: "/", Heading: "Plates"})
		until(p, `[document.querySelector("img")?.naturalWidth ?? 0, getComputedStyle(document.querySelector("h1")).color]`, func(got []any) string {
			return cmp.Diff([]any{64.0, "rgb(20, 60, 120)"}, got)
		})
		p.controlled()

		eval[bool](p, "window.kept = true")
		p.click("/about")
		p.shows(view{Path: "/about", Heading: "About", Kept: true})
		if got := a.answers(a.chunk[0]); got != nil {
			t.Errorf("the chunk that nobody needs yet was answered %v", got)
		}
		p.click("/users/7")
		p.shows(view{Path: "/users/7", Heading: "User 7", Name: "Ada", Kept: true})
		for _, target := range a.chunk {
			a.wasAnswered(target, 200)
		}
		if got := eval[string](p, `getComputedStyle(document.querySelector(".name")).color`); got != "rgb(120, 40, 10)" {
			t.Errorf("the style of the chunk gives %q", got)
		}
		for _, target := range []string{"/about", "/users/7"} {
			if got := a.answers(target); got != nil {
				t.Errorf("%s, which a click led to, was answered %v", target, got)
			}
		}

		if diff := cmp.Diff(shell(secure), p.load(hardReload())); diff != "" {
			t.Errorf("a hard reload of /users/7: %s", diff)
		}
		p.shows(view{Path: "/users/7", Heading: "User 7", Name: "Ada"})
		a.wasAnswered("/users/7", 200)
		eval[bool](p, "window.kept = true")
		for _, step := range []struct {
			move string
			want view
		}{
			{"back", view{Path: "/about", Heading: "About", Kept: true}},
			{"back", view{Path: "/", Heading: "Plates", Kept: true}},
			{"forward", view{Path: "/about", Heading: "About", Kept: true}},
			{"forward", view{Path: "/users/7", Heading: "User 7", Name: "Ada", Kept: true}},
		} {
			eval[any](p, "void history."+step.move+"()")
			p.shows(step.want)
		}

		other := open(t, a.origin)
		other.withoutWorker()
		want := shell(secure)
		want.Worker = true
		for _, place := range []view{
			{Path: "/users/7", Heading: "User 7", Name: "Ada"},
			{Path: "/users/jane.doe", Heading: "User jane.doe", Name: "Jane"}, // as a file would be named
			{Path: "/nothing/here", Heading: "Nothing at /nothing/here"},
		} {
			got := p.load(chromedp.Navigate(a.origin + place.Path))
			got.Protocol = want.Protocol // it is not always told of what a service worker passes on
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s by way of the service worker: %s", place.Path, diff)
			}
			p.shows(place)
			if diff := cmp.Diff(shell(secure), other.load(chromedp.Navigate(a.origin+place.Path))); diff != "" {
				t.Errorf("%s: %s", place.Path, diff)
			}
			other.shows(place)
		}
	})
}

// TestSPAMissing asks for parts of an application that are not there: no page stands in for them.
func TestSPAMissing(t *testing.T) {
	overBoth(t, func(t *testing.T, secure bool) {
		a := serveApp(t, spa, secure, nil)
		script := a.chunk[0]
		restore := a.remove(script)
		p := open(t, a.origin)
		p.withoutWorker()
		p.visit("/")
		p.click("/users/7")
		p.shows(view{Path: "/users/7", Heading: "Not loaded"})
		if got := eval[string](p, `document.querySelector("#error").innerText`); got != "TypeError" {
			t.Errorf("the import failed with %q", got)
		}
		a.wasRefused(script)
		p.click("/about") // the rest goes on
		p.shows(view{Path: "/about", Heading: "About"})
		if diff := cmp.Diff(shell(secure), p.load(chromedp.Navigate(a.origin+"/users/7"))); diff != "" {
			t.Error(diff)
		}
		p.shows(view{Path: "/users/7", Heading: "Not loaded"})
		p.missed(script)

		missing := []string{"/assets/none.js", "/assets/none.mjs", "/assets/none.css", "/assets/none.png", "/data/none.json", "/none.js.map"}
		for _, target := range missing {
			got := eval[string](p, `fetch("`+target+`").then(a => a.status + " " + a.headers.get("cache-control"))`)
			if status, cache, _ := strings.Cut(got, " "); status != "404" || strings.Contains(cache, "immutable") || strings.Contains(cache, "max-age") {
				t.Errorf("%s is answered %s", target, got)
			}
		}
		p.missed(missing...)

		restore()
		p.load(chromedp.Click(chromedp.CSS("button")))
		p.shows(view{Path: "/users/7", Heading: "User 7", Name: "Ada"})
		eventually(t, "the last answer to "+script, func() string { return cmp.Diff(200, last(a.answers(script))) })
	})
}

// TestSPAWorkerGone takes the service worker away from an application: the places in it are found all the same.
func TestSPAWorkerGone(t *testing.T) {
	overBoth(t, func(t *testing.T, secure bool) {
		a := serveApp(t, spa, secure, nil)
		p := open(t, a.origin)
		p.visit("/")
		p.controlled()
		if got := p.load(chromedp.Navigate(a.origin + "/about")); !got.Worker {
			t.Errorf("the service worker passes nothing on: %+v", got)
		}
		p.shows(view{Path: "/about", Heading: "About"})
		p.controlled() // registered by this page, too, so that it does not come back
		a.remove("/sw.js")
		if !eval[bool](p, `navigator.serviceWorker.ready.then(r => r.unregister())`) {
			t.Error("the service worker was not unregistered")
		}
		if diff := cmp.Diff(shell(secure), p.load(chromedp.Navigate(a.origin+"/users/7"))); diff != "" {
			t.Error(diff)
		}
		p.shows(view{Path: "/users/7", Heading: "User 7", Name: "Ada"})
		// A page in its place would be refused, too, but for its media type.
		until(p, "document.documentElement.dataset.worker ?? ''", func(got string) string { return cmp.Diff("refused", got) })
		eventually(t, "the last answer to /sw.js", func() string { return cmp.Diff(404, last(a.answers("/sw.js"))) })
		p.missed("/sw.js")
	})
}

// TestSPADeployed deploys another edition, which is shown by the next reload, while a page of the old one
// is open, whose chunk is gone.
func TestSPADeployed(t *testing.T) {
	overBoth(t, func(t *testing.T, secure bool) {
		c := spa
		c.Immutable = []string{"/assets/**"}
		a := serveApp(t, c, secure, nil)
		p, stale := open(t, a.origin), open(t, a.origin)
		for _, tab := range []*page{p, stale} {
			tab.visit("/about")
			tab.shows(view{Path: "/about", Heading: "About"})
			tab.controlled()
		}
		oldChunk := a.chunk
		for _, edition := range []string{"Second edition", "Third edition"} {
			a.deploy(edition)
			p.load(chromedp.Reload())
			p.shows(view{Path: "/about", Heading: "About", Edition: edition})
			a.wasAnswered(a.entry, 200)
		}

		stale.click("/users/7")
		stale.shows(view{Path: "/users/7", Heading: "Not loaded"})
		for _, target := range oldChunk {
			a.wasRefused(target)
		}
		stale.missed(oldChunk...)
		stale.load(chromedp.Click(chromedp.CSS("button")))
		stale.shows(view{Path: "/users/7", Heading: "User 7", Name: "Ada", Edition: "Third edition"})
	})
}

// last returns the last of some statuses, 0 when there are none.
func last(statuses []int) int {
	if len(statuses) == 0 {
		return 0
	}
	return statuses[len(statuses)-1]
}
