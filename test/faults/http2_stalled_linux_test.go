package faults

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/salver-http/salver"
	"github.com/salver-http/salver/internal/http2"
)

// TestStalledWindows: clients that ask for a hundred large answers each and open no window
// have few descriptors and little memory, somebody else is answered, and after 30 s they are
// let go.
func TestStalledWindows(t *testing.T) {
	t.Parallel()
	const clients, streams = 50, 100
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.txt"), "content")
	for i := range 10 {
		write(t, filepath.Join(dir, fmt.Sprintf("large%d", i)), strings.Repeat("x", 1<<20))
	}
	for i := range 300 { // a listing of 60 KiB
		write(t, filepath.Join(dir, "list", fmt.Sprintf("%d-%s", i, strings.Repeat("n", 50))), "")
	}
	time.Sleep(rest)
	p := run(t, options{}, "--log-format", "none", dir)
	w := &wire{addr: p.addr}
	defer w.close()
	for range 5 {
		w.ask("/list/", "")
	}
	memory, descriptors := p.figure("VmRSS:"), p.descriptors()
	var all []*speaker
	began := time.Now()
	for i := range clients {
		s := speak(t, p.addr, uint32(i%2)) // a window of nothing, or of one byte
		var b []byte
		for id := range uint32(streams) {
			target := fmt.Sprintf("/large%d", id%10)
			if id%4 == 0 {
				target = fmt.Sprintf("/list/?%d", id) // content that is made for each
			}
			b = append(b, s.get(1+2*id, target)...)
		}
		if !s.send(b) {
			t.Fatal("the connection has ended")
		}
		all = append(all, s)
	}
	eventually(t, "all to be answered as far as they let", func() bool {
		used := p.processor()
		time.Sleep(200 * time.Millisecond)
		return p.processor() == used
	})
	held, grown := p.descriptors()-descriptors, p.figure("VmRSS:")-memory
	t.Logf("%d clients with %d streams each hold %d descriptors and %d KiB", clients, streams, held, grown)
	if most := clients*(1+16) + 5; held > most {
		t.Errorf("%d descriptors are held, want up to %d", held, most)
	}
	if grown > clients<<10 {
		t.Errorf("the memory has grown by %d KiB", grown)
	}
	for range 20 {
		if a, err := w.ask("/a.txt", ""); err != nil || a.content != "content" {
			t.Fatalf("somebody else is answered %d, %v", a.status, err)
		}
	}
	for _, s := range all {
		select {
		case <-s.ended:
			if took := time.Since(began); took < stallLimit*9/10 {
				t.Errorf("a client is let go after %v", took)
			}
		case <-time.After(time.Until(began.Add(stallLimit + patience))):
			t.Fatal("a client is not let go")
		}
	}
	eventually(t, "the descriptors to be given back", func() bool { return p.descriptors() <= descriptors+2 })
}

// TestStalledHandshakes (FA30): a thousand clients that do not go on with TLS, of which some
// send a byte now and then, are let go after the time for a head. Others are served meanwhile.
func TestStalledHandshakes(t *testing.T) {
	const clients = 1000
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.txt"), "content")
	s := serveTLS(t, salver.Config{Root: dir})
	fresh := func() time.Duration { // with a handshake
		began := time.Now()
		if status, content := s.get("/a.txt"); status != 200 || content != "content" {
			t.Fatalf("somebody else is answered %d", status)
		}
		took := time.Since(began)
		s.client.CloseIdleConnections()
		return took
	}
	median := func() time.Duration {
		var took times
		for range 21 {
			took = append(took, fresh())
		}
		return took.median()
	}
	alone := median()
	time.Sleep(100 * time.Millisecond)
	descriptors, routines := ownDescriptors(t), runtime.NumGoroutine()

	hello := []byte{22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3} // the beginning of a ClientHello
	var conns []net.Conn
	began := time.Now()
	for i := range clients {
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(began.Add(2 * patience))
		c.Write(hello[:i%len(hello)])
		conns = append(conns, c)
	}
	beside := median()
	t.Logf("a fresh connection takes %v, and %v beside %d that stall", alone, beside, clients)
	if beside > 10*alone+50*time.Millisecond {
		t.Errorf("a fresh connection takes %v, and %v alone", beside, alone)
	}
	for range 8 { // which puts nothing off
		time.Sleep(time.Second)
		for _, c := range conns[:100] {
			c.Write([]byte{0})
		}
		fresh()
	}
	for i, c := range conns {
		if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("client %d is not let go", i)
		}
		c.Close()
	}
	if took := time.Since(began); took < headLimit*9/10 || took > headLimit+patience {
		t.Errorf("they are let go after %v", took)
	}
	eventually(t, "all to be as it was", func() bool {
		s.client.CloseIdleConnections()
		return ownDescriptors(t) <= descriptors+5 && runtime.NumGoroutine() <= routines+5
	})
}

// TestSlowWindows: a client of net/http that reads little at a time opens windows by little,
// and has its whole file.
func TestSlowWindows(t *testing.T) {
	dir := t.TempDir()
	const size = 16 << 20
	write(t, filepath.Join(dir, "large"), strings.Repeat("x", size))
	s := serveTLS(t, salver.Config{Root: dir})
	for _, step := range []int{512, 4 << 10, 64 << 10} {
		r := s.ask("GET", "/large")
		n := 0
		for b := make([]byte, step); ; {
			m, err := r.Body.Read(b)
			if n += m; err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("by %d: after %d bytes: %v", step, n, err)
			}
		}
		r.Body.Close()
		if n != size || r.ProtoMajor != 2 {
			t.Errorf("by %d: %d bytes in %s", step, n, r.Proto)
		}
	}
}

// TestCleartext: who knows that a server speaks HTTP/2 without TLS is answered so, where all
// is the lane's; other handlers leave it to net/http, which does not.
func TestCleartext(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.txt"), "content")
	h, err := salver.New(salver.Config{Root: dir})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", h)
	mux.HandleFunc("/other", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) })
	both := new(http.Protocols)
	both.SetHTTP1(true)
	both.SetUnencryptedHTTP2(true)
	only := new(http.Protocols)
	only.SetHTTP1(true)
	for _, c := range []struct {
		name   string
		server *salver.Server
		speaks bool
	}{
		{"files", &salver.Server{Handler: h}, true},
		{"files, with HTTP/1.1 alone", &salver.Server{Handler: h, Protocols: only}, false},
		{"mux", &salver.Server{Handler: mux}, false},
		{"mux with h2c", &salver.Server{Handler: mux, Protocols: both}, true},
		{"net/http", &salver.Server{Handler: h, NetHTTP: true}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			c.server.ErrorLog = log.New(t.Output(), "", 0)
			served := make(chan struct{})
			go func() {
				defer close(served)
				c.server.Serve(l)
			}()
			defer func() {
				c.server.Close()
				<-served
			}()
			s := speak(t, l.Addr().String(), 1<<16)
			defer s.c.Close()
			s.send(s.get(1, "/a.txt"))
			eventually(t, "an answer, or the end", func() bool { n, _, closed := s.over(); return n > 0 || closed })
			if got := s.status("200") == 1; got != c.speaks {
				t.Errorf("HTTP/2 is spoken: %t, want %t", got, c.speaks)
			}
		})
	}
}

// TestOpenAndCancel opens and cancels ten thousand streams as somebody does who looks at many
// things: with an answer to most of them, it is no attack.
func TestOpenAndCancel(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.txt"), "content")
	write(t, filepath.Join(dir, "large"), strings.Repeat("x", 1<<20))
	server := serve(t, salver.Config{Root: dir}, &salver.Server{})
	s := speak(t, server.addr, 1<<16)
	defer s.c.Close()
	id, ended := uint32(1), 0
	for id < 20_000 {
		b := http2.AppendWindowUpdate(nil, 0, 1<<20)
		for i := range 20 {
			if i%5 < 4 {
				b = append(b, s.get(id, "/a.txt")...)
				ended++
			} else {
				b = append(b, s.get(id, "/large")...)
				b = http2.AppendReset(b, id, http2.Cancel)
			}
			id += 2
		}
		if !s.send(b) {
			t.Fatal("the connection has ended")
		}
		eventually(t, "the answers", func() bool { n, code, closed := s.over(); return n >= ended || code >= 0 || closed })
	}
	if _, code, closed := s.over(); code >= 0 || closed || s.status("200") < ended {
		t.Errorf("code %d, closed %t, %d answers of %d", code, closed, s.status("200"), ended)
	}
}

// serveTLS is serve over TLS, with a certificate of a test's own.
func serveTLS(t testing.TB, c salver.Config) *server {
	t.Helper()
	journal := &journal{}
	c.ErrorLog = slog.New(slog.NewTextHandler(journal, nil))
	h, err := salver.New(c)
	if err != nil {
		t.Fatal(err)
	}
	own := httptest.NewUnstartedServer(nil)
	own.StartTLS()
	certificates := own.TLS.Certificates
	own.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &salver.Server{Handler: h, ErrorLog: log.New(journal, "", 0), TLSConfig: &tls.Config{Certificates: certificates}}
	done := make(chan error, 1)
	go func() { done <- s.ServeTLS(l, "", "") }()
	// The certificate is of this process.
	transport := &http.Transport{DisableCompression: true, ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		s.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("ServeTLS returned %v", err)
		}
	})
	addr := l.Addr().String()
	return &server{t: t, addr: addr, origin: "https://" + addr, log: journal, client: &http.Client{Timeout: patience, Transport: transport}}
}
