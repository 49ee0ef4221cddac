package browser

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/salver-http/salver"
)

// certificate is a certificate of these tests' own.
var certificate = sync.OnceValue(func() *httptest.Server {
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	s.Close()
	return s
})

// keyHash is what makes the browser believe it.
func keyHash() string {
	sum := sha256.Sum256(certificate().Certificate().RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// serveTLS is serve over TLS, by salver.Server.
func serveTLS(t testing.TB, c salver.Config) *site {
	t.Helper()
	s, h := makeSite(t, c)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &salver.Server{Handler: h, TLSConfig: &tls.Config{Certificates: certificate().TLS.Certificates}}
	go server.ServeTLS(l, "", "")
	t.Cleanup(func() { server.Close() })
	s.origin = "https://" + l.Addr().String()
	return s
}

// TestHTTP2 loads a page of many files in HTTP/2, on one connection and with what only
// secure origins have, while a long recording is loaded, too.
func TestHTTP2(t *testing.T) {
	const scripts, images = 40, 60
	s := serveTLS(t, salver.Config{})
	var page strings.Builder
	page.WriteString(`<!DOCTYPE html><link rel="icon" href="data:,"><script>var ran = 0</script><video preload="auto" src="tone.wav"></video>`)
	for i := range scripts {
		s.write(fmt.Sprintf("s%d.js", i), "ran++ // "+strings.Repeat(fmt.Sprint("0123456789 ", i), 1000*(i%5)))
		fmt.Fprintf(&page, `<script src="s%d.js"></script>`, i)
	}
	for i := range images {
		s.write(fmt.Sprintf("i%d.svg", i), fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="1"/>`, 100+i))
		fmt.Fprintf(&page, `<img src="i%d.svg">`, i)
	}
	s.write("tone.wav", wave(120))
	s.write("worker.js", `onfetch = e => e.respondWith(fetch(e.request))`)
	s.write("index.html", page.String())
	p := open(t, s.origin)
	for visit := range 3 {
		if status := p.visit("/"); status != 200 && (visit == 0 || status != 304) {
			t.Fatalf("visit %d: status %d", visit, status)
		}
		type state struct {
			Ran, Images, Loaded int
			Protocols, Broken   string
		}
		got := eval[state](p, `new Promise(done => {
			const look = () => {
				const all = performance.getEntriesByType("resource").filter(e => !e.name.startsWith("data:"))
				const pictures = [...document.images]
				if (!pictures.every(i => i.complete) || document.readyState != "complete") return setTimeout(look, 20)
				done({
					Ran: ran, Images: pictures.filter((i, n) => i.naturalWidth == 100 + n).length,
					Loaded: all.length,
					Protocols: [...new Set(all.concat(performance.getEntriesByType("navigation")).map(e => e.nextHopProtocol))].join(),
					Broken: pictures.filter(i => !i.naturalWidth).map(i => i.src).join(),
				})
			}
			look()
		})`)
		if got.Ran != scripts || got.Images != images || got.Protocols != "h2" || got.Broken != "" || got.Loaded < scripts+images {
			t.Errorf("visit %d: %+v", visit, got)
		}
	}
	if got := eval[string](p, `navigator.serviceWorker.register("worker.js").then(() => navigator.serviceWorker.ready).then(r => r.active.scriptURL)`); got != s.origin+"/worker.js" {
		t.Errorf("the service worker is %q", got)
	}
	remotes := map[string]bool{}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.accesses {
		if remotes[a.RemoteAddr] = true; a.Proto != "HTTP/2.0" || a.Status >= 400 {
			t.Errorf("%s %s: %d", a.Proto, a.Target, a.Status)
		}
	}
	if len(remotes) > 2 { // media may have one of its own
		t.Errorf("%d connections were made", len(remotes))
	}
}

// TestClientsHTTP2 asks by curl, in HTTP/1.1 and HTTP/2 over TLS and in HTTP/2 without.
func TestClientsHTTP2(t *testing.T) {
	curl := client(t, "curl")
	content := comment()
	s := serveTLS(t, salver.Config{})
	s.write("a.txt", content)
	plain, h := makeSite(t, salver.Config{})
	plain.write("a.txt", content)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &salver.Server{Handler: h}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	for _, c := range []struct{ version, origin, option string }{
		{"2", s.origin, "--http2"},
		{"1.1", s.origin, "--http1.1"},
		{"2", "http://" + l.Addr().String(), "--http2-prior-knowledge"},
		{"1.1", "http://" + l.Addr().String(), "--http2"},
	} {
		for _, coding := range []string{"identity", "gzip"} {
			got := output(t, curl, "--disable", "--silent", "--show-error", "--fail", "--insecure", c.option, "--header", "Accept-Encoding: "+coding, "--compressed",
				"--write-out", "\n%{http_version}", c.origin+"/a.txt")
			if got != content+"\n"+c.version {
				t.Errorf("%s %s in %s: %.60q", c.option, c.origin, coding, got)
			}
		}
	}
}
