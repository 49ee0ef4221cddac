package main

import (
	"compress/gzip"
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// answers serves h, and returns where.
func answers(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// answersTLS serves h over TLS, in HTTP/1.1 and HTTP/2, with a certificate of this program.
func answersTLS(t *testing.T, h http.HandlerFunc) (addr string, id identity) {
	t.Helper()
	id, err := newIdentity(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(id.cert, id.key)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(h)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2", "http/1.1"}}
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String(), id
}

// coded answers like h, compressed for those who accept gzip.
func coded(h http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" {
			h.ServeHTTP(w, r)
			return
		}
		plain := httptest.NewRecorder()
		h.ServeHTTP(plain, r)
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		z.Write(plain.Body.Bytes())
		z.Close()
	}
}

// TestCheck puts every scenario to http.FileServer, which is right but for its codings,
// and to servers that are wrong.
func TestCheck(t *testing.T) {
	var chosen []scenario
	for _, s := range scenarios() {
		// Those are files like the others, only more of them.
		if s.kind != perGiB && s.name != "many" {
			chosen = append(chosen, s)
		}
	}
	site := filepath.Join(t.TempDir(), "site")
	if err := buildSite(site, chosen); err != nil {
		t.Fatal(err)
	}
	files := http.FileServer(http.Dir(site))
	right := dialer{addr: answers(t, coded(files))}
	encrypted, id := answersTLS(t, coded(files))
	lengths := map[string]int64{}
	for i := range chosen {
		s := &chosen[i]
		to := right
		if s.proto.encrypted() {
			to = newDialer(encrypted, s.proto, id.roots)
		}
		n, err := check(s, to, site)
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
		lengths[s.name] = n
	}
	if n := lengths["1k"]; n <= 1024 || n > 1500 {
		t.Errorf("1 KiB takes %d bytes", n)
	}
	for _, name := range []string{"gzip", "sidecar"} {
		if n := lengths[name]; n < 20<<10 || n > 32<<10 {
			t.Errorf("%s: 100 KiB take %d bytes", name, n)
		}
	}
	if n := lengths["tls-connect"]; n != lengths["connect"] {
		t.Errorf("1 KiB over TLS takes %d bytes instead of %d", n, lengths["connect"])
	}
	if n := lengths["304"]; n < 50 || n > 500 {
		t.Errorf("a 304 takes %d bytes", n)
	}

	byName := func(name string) *scenario {
		for i := range chosen {
			if chosen[i].name == name {
				return &chosen[i]
			}
		}
		t.Fatalf("there is no scenario %s", name)
		return nil
	}
	without := func(field string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del(field)
			files.ServeHTTP(w, r)
		}
	}
	for _, tt := range []struct {
		scenario string
		h        http.HandlerFunc
		want     string
	}{
		{"1k", http.NotFound, "/1k.html: it answers 404 instead of 200"},
		{"1k", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, filepath.Join(site, "10k.html")) }, "the content has 10240 bytes instead of 1024"},
		{"1k", func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, 1024)) }, "the content is not that of the file"},
		{"304", without("If-Modified-Since"), "it answers 200 instead of 304"},
		{"range", without("Range"), "it answers 200 instead of 206"},
		{"range", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(206) }, `its Content-Range is "" instead of "bytes 1000-1999/102400"`},
		{"range", func(w http.ResponseWriter, r *http.Request) {
			r.Header.Set("Range", "bytes=0-999")
			files.ServeHTTP(w, r)
		}, `its Content-Range is "bytes 0-999/102400"`},
		{"404", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("ok")) }, "it answers 200 instead of 404"},
		{"listing", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("f000.txt")) }, "f001.txt is not listed"},
		{"gzip", files.ServeHTTP, `its Content-Encoding is "" instead of "gzip"`},
		{"1k", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			files.ServeHTTP(w, r)
		}, `its Content-Encoding is "br" instead of ""`},
		{"gzip", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			files.ServeHTTP(w, r)
		}, "gzip: invalid header"},
		{"sidecar", func(w http.ResponseWriter, r *http.Request) {
			r.URL.Path = "/100k.js"
			coded(files)(w, r)
		}, "the content is not that of the file"},
		{"sidecar", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			content, _ := os.ReadFile(filepath.Join(site, sidecarName+".gz"))
			w.Write(content[:len(content)-4])
		}, "unexpected EOF"},
		{"1k", func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }, "EOF"},
	} {
		_, err := check(byName(tt.scenario), dialer{addr: answers(t, tt.h)}, site)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", tt.scenario, err, tt.want)
		}
		if tt.scenario != "1k" || tt.want == "EOF" { // which in HTTP/2 is a stream that was reset
			continue
		}
		addr, id := answersTLS(t, tt.h)
		_, err = check(byName("h2-1k"), newDialer(addr, http2, id.roots), site)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("in HTTP/2: got %v, want %s", err, tt.want)
		}
	}
}

// TestClientLoad counts on the other side what the load says that it has counted.
func TestClientLoad(t *testing.T) {
	for _, tt := range []struct {
		name    string
		request request
		refused bool
	}{
		{"kept alive", request{targets: []string{"/a", "/b"}}, false},
		{"closed", request{targets: []string{"/a"}, close: true}, false},
		{"refused", request{targets: []string{"/missing"}}, true},
	} {
		lock := make(chan struct{}, 1)
		seen, peers := map[string]int{}, map[string]bool{}
		addr := answers(t, func(w http.ResponseWriter, r *http.Request) {
			lock <- struct{}{}
			seen[r.URL.Path]++
			peers[r.RemoteAddr] = true
			<-lock
			if r.URL.Path == "/missing" {
				w.WriteHeader(404)
			}
			w.Write(make([]byte, 1000))
		})
		got := clientLoad(t.Context(), tt.request, dialer{addr: addr}, 4, 100e6)
		total := 0
		for _, target := range tt.request.targets {
			if seen[target] == 0 {
				t.Errorf("%s: nobody asked for %s", tt.name, target)
			}
			total += seen[target]
		}
		if got.requests != total || got.broken != 0 || got.bytes < int64(1000*total) || got.elapsed < 100e6 {
			t.Errorf("%s: %+v, the server has seen %d", tt.name, got, total)
		}
		if want := map[bool]int{true: total}[tt.refused]; got.refused != want {
			t.Errorf("%s: %d were refused, want %d", tt.name, got.refused, want)
		}
		if want := map[bool]int{true: total, false: 4}[tt.request.close]; len(peers) != want {
			t.Errorf("%s: %d connections, want %d", tt.name, len(peers), want)
		}
	}
	if got := clientLoad(t.Context(), request{targets: []string{"/"}}, dialer{addr: "127.0.0.1:1"}, 2, 1); got.broken != 2 || got.requests != 0 {
		t.Errorf("without a server: %+v", got)
	}
}
