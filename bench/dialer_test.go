package main

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// TestIdentity holds that the certificate is what the table says of it, and trusted by
// nobody but this program.
func TestIdentity(t *testing.T) {
	dir := t.TempDir()
	id, err := newIdentity(dir)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(id.cert, id.key)
	if err != nil {
		t.Fatal(err)
	}
	if got := pair.Leaf.SignatureAlgorithm; got != x509.ECDSAWithSHA256 {
		t.Errorf("it is signed with %v", got)
	}
	for _, name := range []string{"127.0.0.1", "localhost"} {
		if _, err := pair.Leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: id.roots}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	other, err := newIdentity(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: other.roots}); err == nil {
		t.Error("another certificate is trusted, too")
	}
	if info, err := os.Stat(id.key); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key: %v, %v", info.Mode(), err)
	}
	if _, err := newIdentity(dir + "/none"); err == nil {
		t.Error("it is written to no directory")
	}
}

// TestDialer asks servers that have what is asked for, and such that have not.
func TestDialer(t *testing.T) {
	var seen []string
	addr, id := answersTLS(t, func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Proto+" "+r.Header.Get("X-A")+r.Header.Get("Accept-Encoding"))
		if r.TLS.Version != tls.VersionTLS13 || r.TLS.CurveID != tls.X25519 || r.TLS.DidResume {
			t.Errorf("%s: version %x, %v, resumed: %v", r.Proto, r.TLS.Version, r.TLS.CurveID, r.TLS.DidResume)
		}
	})
	r := request{targets: []string{"/"}, fields: []string{"X-A: b"}, close: true}
	// Two connections after each other would resume if they could.
	t1 := clientLoad(t.Context(), r, newDialer(addr, http1, id.roots), 1, 30*time.Millisecond)
	if t1.requests < 2 || t1.broken > 0 || len(seen) != t1.requests || seen[1] != "HTTP/1.1 b" {
		t.Errorf("%+v, the server has seen %q", t1, seen)
	}
	seen = nil
	s, err := newDialer(addr, http2, id.roots).open(r)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.call(); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Join(seen, ", ") != "HTTP/2.0 b, HTTP/2.0 b" {
		t.Errorf("the server has seen %q", seen)
	}
	s.hangUp()
	if err := s.call(); err == nil {
		t.Error("it asks on a connection that is closed")
	}

	pair, err := tls.LoadX509KeyPair(id.cert, id.key)
	if err != nil {
		t.Fatal(err)
	}
	for i, tt := range []struct {
		server *tls.Config
		proto  protocol
		want   string
	}{
		{&tls.Config{}, http1, `it negotiates "" instead of "http/1.1"`},
		{&tls.Config{}, http2, `it negotiates "" instead of "h2"`},
		{&tls.Config{NextProtos: []string{"h2"}}, http1, `it negotiates "" instead of "http/1.1"`},
		{&tls.Config{NextProtos: []string{"http/1.1"}}, http2, "no application protocol"},
		{&tls.Config{NextProtos: []string{"h2"}, MaxVersion: tls.VersionTLS12}, http2, "protocol version not supported"},
		{&tls.Config{NextProtos: []string{"h2"}, CurvePreferences: []tls.CurveID{tls.CurveP256}}, http2, "handshake failure"},
	} {
		tt.server.Certificates = []tls.Certificate{pair}
		to := newDialer(shakesHands(t, tt.server), tt.proto, id.roots)
		var err error
		if tt.proto == http2 {
			_, err = to.open(r)
		} else {
			_, err = to.dial()
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("server %d: got %v, want %s", i, err, tt.want)
		}
	}
}

// shakesHands does no more than that on each connection.
func shakesHands(t *testing.T, c *tls.Config) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			tls.Server(conn, c).Handshake() // the other side says how it went
			conn.Close()
		}
	}()
	return l.Addr().String()
}
