package conformance

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/salver-http/salver"
)

// TestMount asks for the mount itself, which has no target in the lane without one,
// and for paths that a middleware has rewritten.
func TestMount(t *testing.T) {
	c, _, err := configOf(nil)
	if err != nil {
		t.Fatal(err)
	}
	c.FS = fstest.MapFS{"sub/index.html": {Data: []byte("<p>")}, "index.html": {Data: []byte("<h1>")}}
	rewrite := func(to string, h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s := r.Clone(r.Context())
			s.URL.Path, s.URL.RawPath = to, ""
			h.ServeHTTP(w, s)
		})
	}
	mux := func(h *salver.Handler) http.Handler {
		m := http.NewServeMux()
		m.Handle("/strip/", http.StripPrefix("/strip", h))
		m.Handle("/strip", http.StripPrefix("/strip", h))
		m.Handle("/slash/", http.StripPrefix("/slash/", h))
		m.Handle("/fü/", http.StripPrefix("/fü", h))
		m.Handle("/elsewhere", rewrite("/sub", h))
		m.Handle("/deep/elsewhere", rewrite("/sub", h))
		return m
	}
	ask := serve(t, mux(newHandler(t, c)), "")
	for _, test := range []struct{ target, status, location string }{
		{"/strip", "301", "/strip/"},
		{"/strip?q=1", "301", "/strip/?q=1"},
		{"/strip/", "200", ""},
		{"/strip/sub", "301", "/strip/sub/"},
		{"/strip/sub/", "200", ""},
		{"/slash/", "200", ""},
		{"/slash/sub", "301", "/slash/sub/"},
		{"/f%C3%BC/sub", "301", "/f%C3%BC/sub/"},
		// Relative: only the client knows what stood in front.
		{"/elsewhere", "301", "./sub/"},
		{"/deep/elsewhere", "301", "./sub/"},
	} {
		a, err := ask(request{method: "GET", target: test.target, version: "HTTP/1.1", fields: []field{{"Host", defaultHost}}})
		if err != nil {
			t.Fatal(err)
		}
		if location := a.get("Location"); a.Status != test.status || location != test.location {
			t.Errorf("%s: %s %q, not %s %q", test.target, a.Status, location, test.status, test.location)
		}
	}
}

// TestMountChosen: a prefix that whoever asks can choose is no more trusted than a path is, wherever a redirect comes from.
func TestMountChosen(t *testing.T) {
	c, _, err := configOf([]string{"clean-urls"})
	if err != nil {
		t.Fatal(err)
	}
	c.FS = fstest.MapFS{
		"sub/index.html": {Data: []byte("<p>")}, "about.html": {Data: []byte("<p>")}, "index.html": {Data: []byte("<p>")},
		"_redirects": {Data: []byte("/old/* /new/:splat\n/top /\n/away https://b.example/\n")},
	}
	mux := http.NewServeMux()
	h := newHandler(t, c)
	mux.HandleFunc("/{tenant}/", func(w http.ResponseWriter, r *http.Request) {
		http.StripPrefix("/"+r.PathValue("tenant"), h).ServeHTTP(w, r)
	})
	mux.Handle("/slash/", http.StripPrefix("/slash/", h))
	ask := serve(t, mux, "")
	for _, test := range []struct{ target, status, location string }{
		{`/\evil.example/old/x`, "301", "/%5Cevil.example/new/x"},
		{`/\evil.example/about.html`, "301", "/%5Cevil.example/about"},
		{`/\evil.example/sub`, "301", "/%5Cevil.example/sub/"},
		{"/a\xff\"<b>/old/x", "301", "/a%FF%22%3Cb%3E/new/x"},
		{"/t/top", "301", "/t/"},
		{"/t/away", "301", "https://b.example/"},
		{"/slash/index.html", "301", "/slash/"},
		{"/slash/index", "301", "/slash/"},
		{"/slash/about.html", "301", "/slash/about"},
		{"/slash/about", "200", ""},
		{"/slash/old/x", "301", "/slash/new/x"},
		{"/slash/top", "301", "/slash/"},
		{"/slash/sub", "301", "/slash/sub/"},
		{"/slash/sub/index.html", "301", "/slash/sub/"},
	} {
		a, err := ask(request{method: "GET", target: test.target, version: "HTTP/1.1", fields: []field{{"Host", defaultHost}}})
		if err != nil {
			t.Fatal(err)
		}
		if location := a.get("Location"); a.Status != test.status || location != test.location {
			t.Errorf("%s: %s %q, not %s %q", test.target, a.Status, location, test.status, test.location)
		}
	}
}

// TestMountRules: rules know nothing of a mount, but where they lead to an URL of this host, with it or without.
func TestMountRules(t *testing.T) {
	c, _, err := configOf([]string{"clean-urls"})
	if err != nil {
		t.Fatal(err)
	}
	rules := `
/self/*   http://HOST/old/self/:splat 301!
/docs/    http://HOST/old/docs        301!
/list/    http://HOST/list            301!
/about    http://HOST/old/about.html  301!
/same/*   /same/:splat                301!
/*        http://HOST/:splat          301
`
	c.FS = fstest.MapFS{
		"docs/index.html": {Data: []byte("<p>")}, "list/index.html": {Data: []byte("<p>")}, "about.html": {Data: []byte("<p>")},
		"_redirects": {Data: []byte(strings.ReplaceAll(rules, "HOST", defaultHost))},
	}
	mux := http.NewServeMux()
	h := newHandler(t, c)
	mux.Handle("/old/", http.StripPrefix("/old", h))
	ask := serve(t, mux, "")
	for _, test := range []struct{ target, status, location string }{
		{"/old/x", "301", "http://" + defaultHost + "/x"},
		{"/old/old/x", "301", "http://" + defaultHost + "/old/x"},
		{"/old/self/x", "301", "http://" + defaultHost + "/self/x"},
		{"/old/docs", "200", ""},
		{"/old/docs/", "301", "http://" + defaultHost + "/old/docs"},
		{"/old/list", "301", "http://" + defaultHost + "/list"},
		{"/old/about", "301", "http://" + defaultHost + "/old/about.html"},
		{"/old/about.html", "200", ""},
		{"/old/same/x", "301", "http://" + defaultHost + "/same/x"},
	} {
		a, err := ask(request{method: "GET", target: test.target, version: "HTTP/1.1", fields: []field{{"Host", defaultHost}}})
		if err != nil {
			t.Fatal(err)
		}
		if location := a.get("Location"); a.Status != test.status || location != test.location {
			t.Errorf("%s: %s %q, not %s %q", test.target, a.Status, location, test.status, test.location)
		}
	}
}
