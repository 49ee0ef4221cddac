package conformance

import (
	"net/http"
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
