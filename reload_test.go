package salver_test

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/salver-http/salver"
)

// quiet is a Config that writes no log.
func quiet(c salver.Config) salver.Config {
	c.ErrorLog = slog.New(slog.DiscardHandler)
	return c
}

func newHandler(t testing.TB, c salver.Config) *salver.Handler {
	t.Helper()
	h, err := salver.New(quiet(c))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// tree writes files by name and returns their directory.
func writeTree(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// rest lets what was written come to rest: only then answers are kept ready.
func rest() { time.Sleep(2100 * time.Millisecond) }

// client is one of both versions of HTTP, which keeps to one connection.
type client struct {
	url   string
	tr    *http.Transport
	conns int
}

func (c *client) get(t testing.TB, host, path string) (status int, content string, h http.Header) {
	t.Helper()
	r, err := http.NewRequest("GET", c.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Host = host; host == "" {
		r.Host = "a.example"
	}
	trace := &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
		if !i.Reused {
			c.conns++
		}
	}}
	resp, err := c.tr.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b), resp.Header
}

// clients serve h in both versions.
func clients(t testing.TB, h http.Handler) map[string]*client {
	t.Helper()
	_, url, tr := startTLS(t, h)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &salver.Server{Handler: h}
	go s.Serve(l)
	plain := new(http.Transport)
	t.Cleanup(func() { plain.CloseIdleConnections(); s.Close() })
	return map[string]*client{
		"HTTP/1.1": {url: "http://" + l.Addr().String(), tr: plain},
		"HTTP/2":   {url: url, tr: tr},
	}
}

// TestReload: the next request is answered by the new Config, on the connection that there
// is, also where the old answer was ready to be sent, and not at all by one that is no good.
func TestReload(t *testing.T) {
	t.Parallel()
	one, two := writeTree(t, map[string]string{"x": "one"}), writeTree(t, map[string]string{"x": "two"})
	h := newHandler(t, salver.Config{Root: one})
	rest()
	mux := http.NewServeMux()
	mux.Handle("/", h)
	all := clients(t, h)
	for name, c := range clients(t, mux) {
		all[name+" below a mux"] = c
	}
	for name, c := range all {
		t.Run(name, func(t *testing.T) {
			if err := h.Reload(quiet(salver.Config{Root: one})); err != nil {
				t.Fatal(err)
			}
			for i := range 20 {
				for range 4 {
					if _, got, h := c.get(t, "", "/x"); got != "one" || h.Get("X-Two") != "" {
						t.Fatalf("round %d: %q, %v", i, got, h)
					}
				}
				if err := h.Reload(quiet(salver.Config{Root: two, Header: http.Header{"X-Two": {"yes"}}})); err != nil {
					t.Fatal(err)
				}
				for range 4 {
					if _, got, h := c.get(t, "", "/x"); got != "two" || h.Get("X-Two") != "yes" {
						t.Fatalf("round %d, after a reload: %q, %v", i, got, h)
					}
				}
				if err := h.Reload(quiet(salver.Config{Root: two, Header: http.Header{"X Two": {"no"}}})); err == nil {
					t.Fatal("a field name with a space in it was taken")
				}
				if _, got, h := c.get(t, "", "/x"); got != "two" || h.Get("X-Two") != "yes" {
					t.Fatalf("round %d, after one that failed: %q, %v", i, got, h)
				}
				if err := h.Reload(quiet(salver.Config{Root: one})); err != nil {
					t.Fatal(err)
				}
			}
			if c.conns != 1 {
				t.Errorf("%d connections, want 1", c.conns)
			}
		})
	}
}

// TestSites: each host has its site, with its own answers, hot or not.
func TestSites(t *testing.T) {
	t.Parallel()
	site := func(name string) *salver.Handler {
		return newHandler(t, salver.Config{Root: writeTree(t, map[string]string{"x": name, "_headers": "/*\n  X-Site: " + name + "\n"})})
	}
	hosts := map[string]*salver.Handler{
		"a.example": site("a"), "B.example.": site("b"), "*.example": site("any"), "*.deep.example": site("deep"),
	}
	sites, err := salver.NewSites(hosts, nil)
	if err != nil {
		t.Fatal(err)
	}
	rest()
	for name, c := range clients(t, sites) {
		t.Run(name, func(t *testing.T) {
			for range 4 {
				for host, want := range map[string]string{
					"a.example": "a", "A.EXAMPLE:8000": "a", "a.example.": "a", "b.example": "b", "c.example": "any", "x.y.example": "any",
					"x.deep.example": "deep", "deep.example": "any", "example": "", "a.example.org": "", "127.0.0.1": "", "[::1]:80": "",
				} {
					status, got, h := c.get(t, host, "/x")
					if want == "" {
						if status != 421 {
							t.Errorf("%s is answered %d %q", host, status, got)
						}
						continue
					}
					if status != 200 || got != want || h.Get("X-Site") != want {
						t.Errorf("%s is answered %d %q by %q, want %q", host, status, got, h.Get("X-Site"), want)
					}
				}
			}
			if c.conns != 1 {
				t.Errorf("%d connections, want 1", c.conns)
			}
		})
	}
	t.Run("Set", func(t *testing.T) {
		for name, c := range clients(t, sites) {
			if _, got, _ := c.get(t, "b.example", "/x"); got != "b" {
				t.Errorf("%s: %q", name, got)
			}
			was := hosts["B.example."]
			if err := sites.Set(map[string]*salver.Handler{"a.example": was}, hosts["*.deep.example"]); err != nil {
				t.Fatal(err)
			}
			for host, want := range map[string]string{"a.example": "b", "b.example": "deep", "": "b", "z": "deep"} {
				if _, got, _ := c.get(t, host, "/x"); got != want {
					t.Errorf("%s: %s is answered by %q, want %q", name, host, got, want)
				}
			}
			if err := sites.Set(hosts, nil); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestSitesMistakes: all mistakes at once, and nothing changes.
func TestSitesMistakes(t *testing.T) {
	h := newHandler(t, salver.Config{Root: t.TempDir()})
	_, err := salver.NewSites(map[string]*salver.Handler{"a:80": h, "*": h, "b.example": nil, "c.example": h, "C.example": h}, nil)
	for _, want := range []string{`"a:80"`, `"*"`, `"b.example"`, `twice`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: nothing of %s", err, want)
		}
	}
}

// TestRulesAreFresh: a rule that was written is obeyed by the very next request, and one that
// was taken away is not, however hot the answer was.
func TestRulesAreFresh(t *testing.T) {
	t.Parallel()
	dir := writeTree(t, map[string]string{"x": "x", "y": "y"})
	h := newHandler(t, salver.Config{Root: dir})
	headers, redirects := filepath.Join(dir, "_headers"), filepath.Join(dir, "_redirects")
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range clients(t, h) {
		t.Run(name, func(t *testing.T) {
			for i := range 30 {
				if i%10 == 1 {
					rest() // so that both are hot with the rules that the last round has left
					for range 3 {
						if _, got, h := c.get(t, "", "/x"); got != "y" || h.Get("X-Rule") != "v2" {
							t.Fatalf("round %d, at rest: %q %v", i, got, h)
						}
					}
				}
				for _, gone := range []string{headers, redirects} {
					os.Remove(gone)
				}
				for range 3 {
					if status, got, h := c.get(t, "", "/x"); status != 200 || got != "x" || h.Get("X-Rule") != "" {
						t.Fatalf("round %d: %d %q %v", i, status, got, h)
					}
				}
				for j := range 3 {
					want := fmt.Sprint("v", j)
					write(headers, "/x\n  X-Rule: "+want+"\n")
					for range 3 {
						if _, _, h := c.get(t, "", "/x"); h.Get("X-Rule") != want {
							t.Fatalf("round %d: X-Rule is %q, want %q", i, h.Get("X-Rule"), want)
						}
					}
				}
				write(headers, "/x\n  X-Rule no colon\n")
				if _, _, h := c.get(t, "", "/x"); h.Get("X-Rule") != "v2" {
					t.Fatalf("round %d: after a broken edit X-Rule is %q", i, h.Get("X-Rule"))
				}
				write(redirects, "/x /y 200!\n")
				if _, got, h := c.get(t, "", "/x"); got != "y" || h.Get("X-Rule") != "v2" {
					t.Fatalf("round %d: rewritten, %q %v", i, got, h)
				}
			}
		})
	}
}
