package browser

import (
	"context"
	"crypto/tls"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
	"github.com/salver-http/salver"
)

// app is the application of testdata/spa, in a copy of its own, and what its build has named.
type app struct {
	*site
	entry, style string   // what every page loads
	chunk        []string // the script and the style of /users/:id
	picture      string
}

// serveApp serves the application by salver.Server as c says, in the clear or over TLS,
// with further files beside it.
func serveApp(t testing.TB, c salver.Config, secure bool, files map[string]string) *app {
	t.Helper()
	a := &app{site: &site{t: t, dir: t.TempDir()}}
	if err := os.CopyFS(a.dir, os.DirFS(filepath.FromSlash("testdata/spa/dist"))); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		a.write(name, content)
	}
	a.names()
	c.Root = a.dir
	c.AccessLog = func(access salver.Access) {
		a.mu.Lock()
		a.accesses = append(a.accesses, access)
		a.mu.Unlock()
	}
	h, err := salver.New(c)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &salver.Server{Handler: h}
	if secure {
		server.TLSConfig = &tls.Config{Certificates: certificate().TLS.Certificates}
		go server.ServeTLS(l, "", "")
		a.origin = "https://" + l.Addr().String()
	} else {
		go server.Serve(l)
		a.origin = "http://" + l.Addr().String()
	}
	t.Cleanup(func() { server.Close() })
	return a
}

// names finds out how the build has named its parts.
func (a *app) names() {
	a.t.Helper()
	one := func(pattern string) string {
		found, err := filepath.Glob(filepath.Join(a.dir, "assets", pattern))
		if err != nil || len(found) != 1 {
			a.t.Fatalf("assets/%s is %q, %v", pattern, found, err)
		}
		return "/assets/" + filepath.Base(found[0])
	}
	a.entry, a.style, a.picture = one("index-*.js"), one("index-*.css"), one("plate-*.svg")
	a.chunk = []string{one("user-*.js"), one("user-*.css")}
}

// assets are all that have a hash in their name.
func (a *app) assets() []string {
	return append([]string{a.entry, a.style, a.picture}, a.chunk...)
}

// hashed is the name of an asset, as files refer to it.
var hashed = regexp.MustCompile(`\b(index|user|plate)-[\w-]{8}\.(js|css|svg)\b`)

// editions are what the application shows of its build.
var editions = regexp.MustCompile(`\b\w+ edition\b`)

// deploy replaces the build by one of another edition: all its assets have other names, and the
// old ones are gone.
func (a *app) deploy(edition string) {
	a.t.Helper()
	old := a.assets()
	suffix := strings.ReplaceAll(edition, " ", "-")[:8]
	for _, target := range append(old, "/index.html") {
		name := strings.TrimPrefix(target, "/")
		b, err := os.ReadFile(filepath.Join(a.dir, filepath.FromSlash(name)))
		if err != nil {
			a.t.Fatal(err)
		}
		content := hashed.ReplaceAllString(string(b), "$1-"+suffix+".$2")
		content = editions.ReplaceAllString(content, edition)
		a.write(hashed.ReplaceAllString(name, "$1-"+suffix+".$2"), content)
	}
	for _, target := range old {
		a.remove(target)
	}
	a.names()
}

// remove takes away the file of a target, and returns what puts it back.
func (a *app) remove(target string) (restore func()) {
	a.t.Helper()
	name := strings.TrimPrefix(target, "/")
	path := filepath.Join(a.dir, filepath.FromSlash(name))
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.Remove(path)
	}
	if err != nil {
		a.t.Fatal(err)
	}
	return func() { a.write(name, string(b)) }
}

// wasAnswered waits until a target has been answered with these statuses and no others: what
// is logged last may be logged after the page shows it.
func (a *app) wasAnswered(target string, statuses ...int) {
	a.t.Helper()
	eventually(a.t, "the answers to "+target, func() string { return cmp.Diff(statuses, a.answers(target)) })
}

// wasRefused waits until a target has been asked for, and was never answered but with 404: Vite asks
// twice for a chunk, to preload it and to import it.
func (a *app) wasRefused(target string) {
	a.t.Helper()
	eventually(a.t, "the answers to "+target, func() string {
		return cmp.Diff([]int{404}, slices.Compact(a.answers(target)))
	})
}

// view is what the application shows.
type view struct {
	Path, Heading string
	Name          string // of a user
	Edition       string
	Kept          bool // whether the page is still the one that was marked
}

const look = `({
	Path: location.pathname,
	Heading: document.querySelector("h1")?.innerText ?? "",
	Name: document.querySelector(".name")?.innerText ?? "",
	Edition: document.querySelector("footer")?.innerText ?? "",
	Kept: window.kept ?? false,
})`

// shows waits until the application shows a view, of the first edition unless that says otherwise.
func (p *page) shows(want view) {
	p.t.Helper()
	if want.Edition == "" {
		want.Edition = "First edition"
	}
	until(p, look, func(got view) string { return cmp.Diff(want, got) })
}

// click clicks a link of the application.
func (p *page) click(href string) {
	p.t.Helper()
	p.do(chromedp.Click(chromedp.CSS(`nav a[href="` + href + `"]`)))
}

// controlled waits until the service worker has taken control of the page.
func (p *page) controlled() {
	p.t.Helper()
	until(p, `[document.documentElement.dataset.worker ?? "", navigator.serviceWorker.controller?.scriptURL ?? ""]`, func(got []string) string {
		return cmp.Diff([]string{"registered", p.origin + "/sw.js"}, got)
	})
}

// head is what was answered for a page of the application.
type head struct {
	Status      int64
	Type, Cache string
	Protocol    string
	Worker      bool // whether the service worker has passed it on
}

// load does something that leads to another page, and returns the head of the answer. A page that
// was only confirmed counts as the page.
func (p *page) load(steps ...chromedp.Action[chromedp.Void]) head {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	r, err := chromedp.RunResponse(ctx, steps...)
	if err != nil {
		p.t.Fatal(err)
	}
	if r == nil {
		p.t.Fatal("no answer")
	}
	return head{r.Status, r.MimeType, field(r, "Cache-Control"), r.Protocol, r.FromServiceWorker}
}

// field returns a field of an answer.
func field(r *network.Response, name string) string {
	for n, v := range r.Headers {
		if s, ok := v.(string); ok && strings.EqualFold(n, name) {
			return s
		}
	}
	return ""
}
