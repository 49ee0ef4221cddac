package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/salver-http/salver"
	"github.com/salver-http/salver/accesslog"
	"github.com/salver-http/salver/cmd/salver/internal/localca"
)

// writer is a log that can be read.
type writer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (w *writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *writer) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// serveTLS serves root with an identity until the test ends, and returns the address.
func serveTLS(t *testing.T, root string, o options, id *identity) string {
	t.Helper()
	log := accesslog.New(io.Discard, accesslog.Options{})
	t.Cleanup(func() { log.Close() })
	c := salver.Config{Root: root}
	if id.ca != nil {
		c.Fixed = caContent(id.ca)
	}
	h, err := salver.New(c)
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(h, o, id.config(), log)
	listeners, err := listenLoopback(0)
	if err != nil {
		t.Fatal(err)
	}
	serveAll(s, listeners, make(chan error, len(listeners)))
	t.Cleanup(func() { s.Close() })
	return listeners[0].Addr().String()
}

// putPair makes a certificate for localhost in dir, and a pool that believes it alone.
func putPair(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	files, err := certificateFiles("swordfish")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cert.pem", "key.pem"} {
		if err := os.WriteFile(filepath.Join(dir, name), files[name], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(files["cert.pem"])
	return roots
}

// TestReload changes the certificate under connections that are in use: none of them is
// dropped, and each new one gets the new certificate.
func TestReload(t *testing.T) {
	for _, o := range []options{{}, {netHTTP: true}} {
		for _, http2 := range []bool{false, true} {
			t.Run(fmt.Sprintf("nethttp %v http2 %v", o.netHTTP, http2), func(t *testing.T) { testReload(t, o, http2) })
		}
	}
}

func testReload(t *testing.T, o options, http2 bool) {
	dir, root := t.TempDir(), t.TempDir()
	const size = 32 << 20
	if err := errors.Join(os.WriteFile(filepath.Join(root, "large"), make([]byte, size), 0o600),
		os.WriteFile(filepath.Join(root, "small"), []byte("hello\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	first := putPair(t, dir)
	log := new(writer)
	say := &notices{w: log}
	id, err := fileIdentity(tlsOptions{on: true, cert: filepath.Join(dir, "cert.pem"), key: filepath.Join(dir, "key.pem")}, say)
	if err != nil {
		t.Fatal(err)
	}
	say.id = id
	addr := serveTLS(t, root, o, id)
	client := func(roots *x509.CertPool) *http.Client {
		tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: http2}
		t.Cleanup(tr.CloseIdleConnections)
		return &http.Client{Transport: tr, Timeout: patience}
	}
	get := func(c *http.Client) (reused bool, err error) {
		ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { reused = i.Reused }})
		req, err := http.NewRequestWithContext(ctx, "GET", "https://"+addr+"/small", nil)
		if err != nil {
			return false, err
		}
		resp, err := c.Do(req)
		if err != nil {
			return false, err
		}
		defer resp.Body.Close()
		if b, err := io.ReadAll(resp.Body); err != nil || string(b) != "hello\n" {
			return reused, fmt.Errorf("%q, %w", b, err)
		}
		if http2 && resp.ProtoMajor != 2 {
			return reused, fmt.Errorf("it is %s", resp.Proto)
		}
		return reused, nil
	}

	resting := client(first)
	if _, err := get(resting); err != nil {
		t.Fatal(err)
	}
	download, err := client(first).Get("https://" + addr + "/large")
	if err != nil {
		t.Fatal(err)
	}
	defer download.Body.Close()
	if _, err := io.ReadFull(download.Body, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}

	second := putPair(t, dir)
	say.reload()
	if !strings.Contains(log.String(), "salver: reloaded: the certificate in use ends on ") {
		t.Errorf("the log says %q", log.String())
	}
	if reused, err := get(resting); err != nil || !reused {
		t.Errorf("a connection at rest was dropped: %v", err)
	}
	if _, err := get(client(second)); err != nil {
		t.Errorf("a new connection: %v", err)
	}
	if _, err := get(client(first)); err == nil {
		t.Error("a new connection gets the old certificate")
	}

	if err := os.WriteFile(filepath.Join(dir, "cert.pem"), []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	say.reload()
	if _, err := get(client(second)); err != nil {
		t.Errorf("with a broken pair on disk: %v", err)
	}
	if !strings.Contains(log.String(), "salver: error: the certificate on disk is not used: ") {
		t.Errorf("the log says %q", log.String())
	}
	if n, err := io.Copy(io.Discard, download.Body); n != size-1 || err != nil {
		t.Errorf("%d of %d bytes of a download, %v", n+1, size, err)
	}
	if reused, err := get(resting); err != nil || !reused {
		t.Errorf("a connection at rest was dropped: %v", err)
	}
}

// TestOldTLS: 1.2 is the oldest version that is spoken.
func TestOldTLS(t *testing.T) {
	dir := t.TempDir()
	roots := putPair(t, dir)
	id, err := fileIdentity(tlsOptions{on: true, cert: filepath.Join(dir, "cert.pem"), key: filepath.Join(dir, "key.pem")}, new(notices))
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []options{{}, {netHTTP: true}} {
		addr := serveTLS(t, t.TempDir(), o, id)
		for version, want := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
			c, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: roots, ServerName: "localhost", MinVersion: tls.VersionTLS10, MaxVersion: version})
			if (err == nil) != want {
				t.Errorf("%s: %v", tls.VersionName(version), err)
			}
			if err == nil {
				c.Close()
			}
		}
		// Nor is there an answer without TLS.
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		io.WriteString(c, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
		c.SetDeadline(time.Now().Add(patience))
		if b, _ := io.ReadAll(c); strings.Contains(string(b), "200") || strings.Contains(string(b), "Directory") {
			t.Errorf("plain HTTP is answered with %q", b)
		}
	}
}

// TestOwn: what a client that knows the CA alone believes.
func TestOwn(t *testing.T) {
	ca, err := localca.Open(t.TempDir(), "attic", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	listeners, err := listenLoopback(0)
	if err != nil {
		t.Fatal(err)
	}
	for _, ln := range listeners {
		defer ln.Close()
	}
	o := options{binding: binding{}, config: salver.Config{AllowedHosts: []string{"localhost", "*.localhost", "nas.lan", "192.168.7.7"}}}
	id, err := ownIdentity(ca, o, "attic", listeners)
	if err != nil {
		t.Fatal(err)
	}
	addr := serveTLS(t, t.TempDir(), options{}, id)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca.PEM())
	for host, want := range map[string]bool{
		"localhost": true, "app.localhost": true, "attic": true, "attic.local": true, "nas.lan": true, "127.0.0.1": true,
		"other.local": false, "192.168.7.8": false, "example.com": false, "8.8.8.8": false,
	} {
		c, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: roots, ServerName: host})
		if (err == nil) != want {
			t.Errorf("%s: %v", host, err)
		}
		if err == nil {
			c.Close()
		}
	}
}

func TestForeign(t *testing.T) {
	for line, want := range map[string]int{
		"--tls":                             0,
		"--tls --lan":                       0,
		"--tls --bind ::":                   0,
		"--tls --bind 192.168.1.7":          0,
		"--tls --bind attic.local":          0,
		"--tls --bind 203.0.113.5":          1,
		"--tls --bind www.example.org":      1,
		"--tls --bind 8.8.8.8 --tls-cert c": 0,
		"--bind 8.8.8.8":                    0,
		"--tls --allowed-host a.b --allowed-host *.c.lan --allowed-host 10.0.0.1 --allowed-host 1.1.1.1": 2,
	} {
		o, mistakes := parseLine(strings.Fields(line)...)
		if len(mistakes) > 0 {
			t.Fatalf("%s: %v", line, mistakes)
		}
		if got := o.foreign("attic"); len(got) != want {
			t.Errorf("%s: %v", line, got)
		}
	}
}

func TestAnswers(t *testing.T) {
	dir := t.TempDir()
	putPair(t, dir)
	id, err := fileIdentity(tlsOptions{on: true, cert: filepath.Join(dir, "cert.pem"), key: filepath.Join(dir, "key.pem")}, new(notices))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ line, yes, no string }{
		{"", "localhost a.localhost", "attic 127.0.0.1 www.example.org"}, // addresses are judged by where they were reached
		{"--lan", "localhost attic attic.local 127.0.0.1", "a.localhost www.example.org 192.0.2.1 ::1"},
		{"--bind WWW.example.org", "www.example.org attic localhost", "example.org a.www.example.org"},
		{"--lan --allowed-host *.Example.org. --allowed-host 192.0.2.1", "a.example.org a.b.example.org 192.0.2.1 localhost", "example.org attic badexample.org"},
	} {
		o, mistakes := parseLine(strings.Fields(c.line)...)
		if len(mistakes) > 0 {
			t.Fatalf("%s: %v", c.line, mistakes)
		}
		answers := func(host string) bool { return o.answers(id, "attic", host) }
		for host := range strings.FieldsSeq(c.yes) {
			if !answers(host) {
				t.Errorf("%q: %s is not answered", c.line, host)
			}
		}
		for host := range strings.FieldsSeq(c.no) {
			if answers(host) {
				t.Errorf("%q: %s is answered", c.line, host)
			}
		}
	}
}

func TestLiesIn(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links take a privilege there")
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.MkdirAll(filepath.Join(dir, "home/.config"), 0o700), os.Mkdir(filepath.Join(dir, "site"), 0o700),
		os.Symlink("home", filepath.Join(dir, "link"))); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		dir, root string
		want      bool
	}{
		{"home/.config/salver", "home", true},
		{"home/.config/salver", "link", true},
		{"link/.config/salver", "home", true},
		{"home/.config/salver", ".", true},
		{"home/.config", "home/.config", true},
		{"home/.config/salver", "site", false},
		{"home/.config/salver", "home/.config/other", false},
		{"home/.config/salver/deep/er", "home/.config/salver/deep", true},
	} {
		if got := liesIn(filepath.Join(dir, c.dir), filepath.Join(dir, c.root)); got != c.want {
			t.Errorf("%s in %s: %v", c.dir, c.root, got)
		}
	}
}

func TestCertificateLines(t *testing.T) {
	now := time.Date(2030, 5, 1, 0, 0, 0, 0, time.UTC)
	for left, want := range map[time.Duration]string{
		-time.Hour:           "salver: warning: the certificate has ended on 2030-04-30: browsers will refuse it\n",
		2 * 24 * time.Hour:   "salver: warning: the certificate ends on 2030-05-03\n",
		30 * 24 * time.Hour:  "",
		300 * 24 * time.Hour: "",
	} {
		if diff := cmp.Diff(want, endLine(now.Add(left), now)); diff != "" {
			t.Errorf("%v: %s", left, diff)
		}
	}
	at := place{addr: &net.TCPAddr{Port: 8443}, https: true, ca: true}
	addrs := []netip.Addr{netip.MustParseAddr("192.168.1.7"), netip.MustParseAddr("fd00::2")}
	const urls = "  https://192.168.1.7:8443/\n  https://[fd00::2]:8443/\n"
	for plain, url := range map[int]string{0: "https://192.168.1.7:8443/.salver/ca", 8080: "http://192.168.1.7:8080/.salver/ca"} {
		at.plain = plain
		want := urls + "  " + url + " (the CA, for phones to install)\n"
		if diff := cmp.Diff(want, lanLines(at, addrs, false, false)); diff != "" {
			t.Error(diff)
		}
		want = urls + drawQR("https://192.168.1.7:8443/", false) + "  " + url + " (the CA, for phones to install)\n" + drawQR(url, false)
		if diff := cmp.Diff(want, lanLines(at, addrs, true, false)); diff != "" {
			t.Error(diff)
		}
	}
	ca, err := localca.Open(t.TempDir(), "attic", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	log := new(writer)
	addrs = append(addrs, netip.MustParseAddr("203.0.113.5"))
	if got := certified(addrs, ca, log); len(got) != 2 || log.String() != "salver: 203.0.113.5 is no local address: browsers will refuse the certificate there\n" {
		t.Errorf("got %v and %q", got, log)
	}
}
