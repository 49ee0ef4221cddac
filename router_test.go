package salver

import (
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/salver-http/salver/internal/message"
)

// mixed is a mux with two handlers of salver's and others beside them.
func mixed(t *testing.T) (mux *http.ServeMux, site, other *Handler) {
	t.Helper()
	make := func(content string) *Handler {
		dir := t.TempDir()
		os.MkdirAll(filepath.Join(dir, "static"), 0o777)
		for _, name := range []string{"f", "static/f"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		h, err := New(Config{Root: dir})
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	site, other = make("site"), make("other")
	api := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "api "+r.Method+" "+r.Pattern) })
	mux = http.NewServeMux()
	mux.Handle("/", site)
	mux.Handle("other.example/", other)
	mux.Handle("GET /static/", other)
	mux.Handle("/api/", api)
	mux.Handle("HEAD /f", api)
	mux.Handle("/strip/", http.StripPrefix("/strip", site))
	return mux, site, other
}

// TestRoute: the lane answers what the mux would give to a Handler, and nothing else.
func TestRoute(t *testing.T) {
	mux, site, other := mixed(t)
	r := &router{mux: mux}
	for request, want := range map[string]*Handler{
		"GET a /f": site, "GET a /": site, "HEAD a /x?y": site, "GET other.example /f": other, "GET other.example:80 /f": other,
		"GET a /static/f": other, "GET other.example /api/x": other, "GET a /f%2f": site,
		"GET a /api/x": nil, "GET a /api": nil, "HEAD a /f": nil, "GET a /strip/f": nil, "GET a //f": nil, "GET a /x/../f": nil,
	} {
		part := strings.Split(request, " ")
		path, query, asked := strings.Cut(part[2], "?")
		h := &message.Head{Method: []byte(part[0]), Host: []byte(part[1]), Path: []byte(path)}
		if asked {
			h.Query = []byte(query)
		}
		got := r.route(h)
		if (got == nil) != (want == nil) || got != nil && got != want.lane() {
			t.Errorf("%s is answered by %v", request, got)
		}
	}
}

// TestMux: the same mux in Server and in http.Server gives the same answers, also when
// they are kept, in whatever order they come on a connection.
func TestMux(t *testing.T) {
	mux, _, _ := mixed(t)
	time.Sleep(2100 * time.Millisecond) // only what rests is kept
	serve := func(s interface{ Serve(net.Listener) error }) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go s.Serve(l)
		return l.Addr().String()
	}
	s, plain := &Server{Handler: mux}, &http.Server{Handler: mux}
	defer s.Close()
	defer plain.Close()
	lane, std := serve(s), serve(plain)
	var c http.Client
	defer c.CloseIdleConnections()
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	ask := func(addr, method, host, target string) string {
		r, err := http.NewRequest(method, "http://"+addr+target, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		resp, err := c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		return resp.Status + " " + resp.Header.Get("Etag") + resp.Header.Get("Location") + " " + string(b)
	}
	for range 4 {
		for _, method := range []string{"GET", "HEAD", "POST", "DELETE"} {
			for _, host := range []string{"a", "other.example"} {
				for _, target := range []string{"/f", "/static/f", "/static", "/api/x", "/api", "/strip/f", "/none", "//f", "/"} {
					got, want := ask(lane, method, host, target), ask(std, method, host, target)
					if got != want {
						t.Errorf("%s %s%s: %.200q, and in net/http %.200q", method, host, target, got, want)
					}
				}
			}
		}
	}
}

// TestMuxContent: a request with content is the last of its connection where it is for a
// file, and not where it is for somebody else.
func TestMuxContent(t *testing.T) {
	mux, _, _ := mixed(t)
	s := &Server{Handler: mux}
	defer s.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(l)
	for target, answers := range map[string]int{"/f": 1, "/api/x": 2} {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(20 * time.Second))
		io.WriteString(c, "GET "+target+" HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nxGET "+target+" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
		all, err := io.ReadAll(c)
		if got := strings.Count(string(all), "HTTP/1.1 200 OK"); got != answers || err != nil {
			t.Errorf("%s: %d answers, %v", target, got, err)
		}
	}
}
