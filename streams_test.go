package salver_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/salver-http/salver"
)

// ownCertificate is a certificate of a test's own.
func ownCertificate() (tls.Certificate, *x509.Certificate) {
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	return s.TLS.Certificates[0], s.Certificate()
}

// startTLS serves root over TLS, with a certificate of a test's own, which the client
// that it returns trusts.
func startTLS(t testing.TB, h http.Handler) (s *salver.Server, url string, transport *http.Transport) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	certificate, leaf := ownCertificate()
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	s = &salver.Server{Handler: h, TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}}}
	done := make(chan error, 1)
	go func() { done <- s.ServeTLS(l, "", "") }()
	transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true, DisableCompression: true}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		s.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("ServeTLS returned %v", err)
		}
	})
	return s, "https://" + l.Addr().String(), transport
}

// TestStreams: many at once on one connection get each what it has asked for, of files of all
// lengths, whole and in part, whatever becomes of the others, some of which are cancelled.
func TestStreams(t *testing.T) {
	root := t.TempDir()
	random := rand.NewChaCha8([32]byte{1})
	var contents [][]byte
	for i := range 40 {
		b := make([]byte, []int{0, 1, 100, 5_000, 16_375, 16_384, 50_000, 70_000, 300_000, 3_000_000}[i%10]+i/10)
		random.Read(b)
		contents = append(contents, b)
		if err := os.WriteFile(filepath.Join(root, fmt.Sprint(i)), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	h, err := salver.New(salver.Config{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	s, url, transport := startTLS(t, h)
	ask := func(random *rand.Rand) error {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		i := random.IntN(len(contents))
		want := contents[i]
		r, err := http.NewRequestWithContext(ctx, "GET", fmt.Sprintf("%s/%d", url, i), nil)
		if err != nil {
			return err
		}
		r.Header.Set("Priority", fmt.Sprintf("u=%d", random.IntN(8)))
		status := 200
		if n := len(want); n > 0 && random.IntN(3) == 0 {
			first := random.IntN(n)
			r.Header.Set("Range", fmt.Sprintf("bytes=%d-", first))
			want, status = want[first:], 206
		}
		resp, err := transport.RoundTrip(r)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.ProtoMajor != 2 || resp.StatusCode != status {
			return fmt.Errorf("%s, %s", resp.Proto, resp.Status)
		}
		if random.IntN(5) == 0 { // the rest is cancelled
			want = want[:random.IntN(len(want)+1)]
			resp.Body = io.NopCloser(io.LimitReader(resp.Body, int64(len(want))))
		}
		got, err := io.ReadAll(resp.Body)
		if err != nil {
			return err
		}
		if !bytes.Equal(got, want) {
			return fmt.Errorf("file %d (%s): %d bytes, want %d", i, r.Header.Get("Range"), len(got), len(want))
		}
		return nil
	}
	for round := range 2 {
		var wg sync.WaitGroup
		for i := range 30 {
			random := rand.New(rand.NewPCG(uint64(round), uint64(i)))
			wg.Go(func() {
				for range 15 {
					if err := ask(random); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		time.Sleep(2200 * time.Millisecond) // what rested is kept from now on
	}
	if n := s.InFlight(); n != 0 {
		t.Errorf("%d connections have an answer in flight when all is answered", n)
	}
}

// TestShutdownStreams: a download in flight is finished, and the connection closed then.
func TestShutdownStreams(t *testing.T) {
	root := t.TempDir()
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	if err := os.WriteFile(filepath.Join(root, "a"), content, 0o644); err != nil {
		t.Fatal(err)
	}
	h, err := salver.New(salver.Config{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	s, url, transport := startTLS(t, h)
	r, err := http.NewRequestWithContext(t.Context(), "GET", url+"/a", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var over atomic.Bool
	done := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		err := s.Shutdown(ctx)
		over.Store(true)
		done <- err
	}()
	time.Sleep(50 * time.Millisecond)
	if over.Load() {
		t.Error("the server was shut down with an answer in flight")
	}
	got, err := io.ReadAll(resp.Body)
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestMuxOverTLS: with other handlers HTTP/2 is net/http's, HTTP/1.1 the lane's where it is
// for salver; all are told that they were asked over TLS.
func TestMuxOverTLS(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "a"), []byte("hello"), 0o644); err != nil {
		t.Fatal(err)
	}
	h, err := salver.New(salver.Config{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", h)
	mux.HandleFunc("/proto", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Proto, " ", r.TLS != nil && r.TLS.HandshakeComplete)
	})
	_, url, transport := startTLS(t, mux)
	for _, proto := range []string{"HTTP/2.0", "HTTP/1.1"} {
		if proto == "HTTP/1.1" {
			transport = transport.Clone()
			transport.Protocols = new(http.Protocols)
			transport.Protocols.SetHTTP1(true)
			transport.TLSClientConfig.NextProtos = nil
			defer transport.CloseIdleConnections()
		}
		client := &http.Client{Transport: transport, Timeout: patience}
		for _, c := range [][2]string{{"/a", "hello"}, {"/proto", proto + " true"}, {"/a", "hello"}, {"/proto", proto + " true"}} {
			resp, err := client.Get(url + c[0])
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil || string(b) != c[1] || resp.Proto != proto {
				t.Errorf("%s %s: %q, %v", resp.Proto, c[0], b, err)
			}
		}
	}
}

// TestLocalAddr: a certificate can be chosen by where a client has reached the machine,
// also where all interfaces are listened on and many come at once.
func TestLocalAddr(t *testing.T) {
	h, err := salver.New(salver.Config{Root: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	certificate, _ := ownCertificate()
	var mu sync.Mutex
	reached := map[string]int{}
	s := &salver.Server{Handler: h, TLSConfig: &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		mu.Lock()
		defer mu.Unlock()
		reached[hello.Conn.LocalAddr().String()]++
		return &certificate, nil
	}}}
	go s.ServeTLS(l, "", "")
	t.Cleanup(func() { s.Close() })
	addr := fmt.Sprintf("127.0.0.1:%d", l.Addr().(*net.TCPAddr).Port)
	const conns = 50
	var wg sync.WaitGroup
	for range conns {
		wg.Go(func() {
			c, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true})
			if err != nil {
				t.Error(err)
				return
			}
			c.Close()
		})
	}
	wg.Wait()
	mu.Lock()
	defer mu.Unlock()
	if reached[addr] != conns || len(reached) != 1 {
		t.Errorf("%v, want %d of %s", reached, conns, addr)
	}
}

// TestBothAtOnce: one server may speak in the clear and over TLS.
func TestBothAtOnce(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "a"), []byte("hello"), 0o644); err != nil {
		t.Fatal(err)
	}
	h, err := salver.New(salver.Config{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", h)
	s, url, transport := startTLS(t, mux)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(l)
	client := &http.Client{Transport: transport, Timeout: patience}
	for _, origin := range []string{url, "http://" + l.Addr().String()} {
		for _, method := range []string{"GET", "POST"} { // POST is net/http's
			r, err := http.NewRequestWithContext(t.Context(), method, origin+"/a", nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if want := map[string]int{"GET": 200, "POST": 405}[method]; resp.StatusCode != want {
				t.Errorf("%s %s: %d, want %d", method, origin, resp.StatusCode, want)
			}
		}
	}
}
