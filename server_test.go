package salver_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/salver-http/salver"
)

const patience = 20 * time.Second // before a test is taken to hang

// startServer serves c in the HTTP/1.1 lane, or in net/http's.
func startServer(t testing.TB, c salver.Config, nethttp bool) (s *salver.Server, addr string) {
	t.Helper()
	if c.ErrorLog == nil {
		c.ErrorLog = slog.New(slog.DiscardHandler)
	}
	h, err := salver.New(c)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s = &salver.Server{Handler: h, NetHTTP: nethttp}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Serve returned %v", err)
		}
	})
	return s, l.Addr().String()
}

func dial(t testing.TB, addr string) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	return c.(*net.TCPConn)
}

func site(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string][]byte{
		"a.txt": []byte("hello\n"), "sub/index.html": []byte("<h1>"), "empty": nil, "list/x": nil,
		"60k.bin": bytes.Repeat([]byte("0123456789"), 6000), "big.bin": bytes.Repeat([]byte("0123456789abcdef"), 1<<19),
	} {
		name = filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(name), 0o777)
		if err := os.WriteFile(name, content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// told is an answer in the words that both lanes must agree on.
type told struct {
	Status int
	Header http.Header
	Body   string
}

func readAnswer(t testing.TB, r *bufio.Reader, method string) told {
	t.Helper()
	resp, err := http.ReadResponse(r, &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := http.ParseTime(resp.Header.Get("Date")); err != nil {
		t.Errorf("Date: %v", err)
	}
	resp.Header.Del("Date")
	return told{resp.StatusCode, resp.Header, string(body)}
}

// pipeline are requests that the lane answers itself, and some that it hands over.
var pipeline = []string{
	"GET /a.txt", "HEAD /a.txt", "GET /sub", "GET /sub/", "GET /none", "GET /list/", "GET /list/?format=json", "GET /empty",
	"GET /60k.bin", "GET /a.txt\r\nRange: bytes=1-2", "GET /60k.bin\r\nRange: bytes=0-1,40000-40001", "GET /a.txt\r\nRange: bytes=9-",
	"GET /big.bin\r\nRange: bytes=100-3000000", "HEAD /big.bin", "GET /a.txt\r\nIf-None-Match: *", "GET /a.txt\r\nIf-Match: \"x\"",
	"GET /a.txt\r\nX-Field: " + strings.Repeat("x", 9000), "GET /%2e%2e/x", "GET /a.txt",
}

func wire(lines []string) string {
	var b strings.Builder
	for _, l := range lines {
		target, fields, more := strings.Cut(l, "\r\n")
		b.WriteString(target + " HTTP/1.1\r\nHost: localhost\r\n" + fields)
		if more {
			b.WriteString("\r\n")
		}
		b.WriteString("\r\n")
	}
	return b.String()
}

// TestServerLanes: a whole pipeline in one write, or cut anywhere, is answered in order
// and as net/http does; one that is handed over half-way, too.
func TestServerLanes(t *testing.T) {
	dir := site(t)
	for name, lines := range map[string][]string{
		"lane":        pipeline,
		"handed over": slices.Concat(pipeline[:8], []string{"OPTIONS /a.txt"}, pipeline),
		"absolute":    slices.Concat(pipeline[:3], []string{"GET http://localhost/a.txt"}, pipeline[:5]),
		"repeated":    {"GET /a.txt\r\nIf-None-Match: \"x\"\r\nIf-None-Match: *", "GET /a.txt"},
	} {
		var answers [2][]told
		for i := range answers {
			_, addr := startServer(t, salver.Config{Root: dir}, i == 1)
			c := dial(t, addr)
			go io.WriteString(c, wire(lines))
			r := bufio.NewReader(c)
			for _, l := range lines {
				method, _, _ := strings.Cut(l, " ")
				answers[i] = append(answers[i], readAnswer(t, r, method))
			}
		}
		if diff := cmp.Diff(answers[1], answers[0]); diff != "" {
			t.Errorf("%s:\n%.4000s", name, diff)
		}
	}
	_, addr := startServer(t, salver.Config{Root: dir}, false)
	request := wire([]string{"GET /a.txt\r\nRange: bytes=1-2", "GET /sub"})
	var want []told
	for i := range len(request) {
		c := dial(t, addr)
		io.WriteString(c, request[:i])
		io.WriteString(c, request[i:])
		r := bufio.NewReader(c)
		got := []told{readAnswer(t, r, "GET"), readAnswer(t, r, "GET")}
		c.Close()
		if want == nil {
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("cut at %d:\n%s", i, diff)
		}
	}
}

// TestServerCloses: what ends a connection ends it after the answers before it.
func TestServerCloses(t *testing.T) {
	dir := site(t)
	_, addr := startServer(t, salver.Config{Root: dir}, false)
	good := wire([]string{"GET /a.txt"})
	for name, c := range map[string]struct {
		sent     string
		statuses []int
	}{
		"asked to":         {good + wire([]string{"GET /a.txt\r\nConnection: close"}) + good, []int{200, 200}},
		"bare LF":          {good + "GET /a.txt HTTP/1.1\nHost: a\n\n" + good, []int{200, 400}},
		"obs-fold":         {good + "GET /a.txt HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n" + good, []int{200, 400}},
		"CL.TE":            {good + "POST /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG", []int{200, 400}},
		"TE in 1.0":        {"POST /a.txt HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + good, []int{400}},
		"content":          {good + "GET /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: " + fmt.Sprint(len(good)) + "\r\n\r\n" + good + good, []int{200, 200}},
		"chunked":          {good + "GET /a.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + good, []int{200, 200}},
		"HTTP/1.0":         {good + "GET /a.txt HTTP/1.0\r\n\r\n" + good, []int{200, 200}},
		"half-closed":      {good + good, []int{200, 200}},
		"head too large":   {good + "GET /a.txt HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 40<<10) + "\r\n\r\n", []int{200, 431}},
		"nothing sensible": {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", []int{400}},
	} {
		conn := dial(t, addr)
		go func() {
			io.WriteString(conn, c.sent)
			conn.CloseWrite()
		}()
		r := bufio.NewReader(conn)
		var got []int
		for {
			resp, err := http.ReadResponse(r, nil)
			if err != nil {
				break
			}
			io.Copy(io.Discard, resp.Body)
			got = append(got, resp.StatusCode)
		}
		if !slices.Equal(got, c.statuses) {
			t.Errorf("%s: answered %v, want %v", name, got, c.statuses)
		}
	}
}

// TestServerShutdown: connections at rest are closed, an answer in flight is finished.
func TestServerShutdown(t *testing.T) {
	dir := site(t)
	s, addr := startServer(t, salver.Config{Root: dir}, false)
	rest, fresh, busy := dial(t, addr), dial(t, addr), dial(t, addr)
	io.WriteString(rest, wire([]string{"GET /a.txt"}))
	atRest := bufio.NewReader(rest)
	readAnswer(t, atRest, "GET")
	busy.SetReadBuffer(64 << 10)
	io.WriteString(busy, wire([]string{"GET /big.bin"}))
	inFlight := bufio.NewReader(busy)
	if _, err := inFlight.Peek(1); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Shutdown(context.Background()) }()
	if n, err := io.Copy(io.Discard, atRest); n != 0 || err != nil {
		t.Errorf("a connection at rest ends with %d bytes, %v", n, err)
	}
	// One that nothing has come on may not even have been accepted: then the client
	// learns of the end as it sends.
	io.WriteString(fresh, wire([]string{"GET /a.txt"}))
	if n, _ := io.Copy(io.Discard, fresh); n != 0 {
		t.Errorf("a fresh connection is answered with %d bytes", n)
	}
	if c, err := net.Dial("tcp", addr); err == nil {
		if n, _ := io.Copy(io.Discard, c); n > 0 {
			t.Error("it still answers new connections")
		}
		c.Close()
	}
	select {
	case err := <-done:
		t.Fatalf("Shutdown did not wait for the answer in flight: %v", err)
	default:
	}
	if got := readAnswer(t, inFlight, "GET"); len(got.Body) != 8<<20 {
		t.Errorf("the answer in flight has %d bytes", len(got.Body))
	}
	if err := <-done; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
}

// TestServerShutdownGivesUp when its context is done, and Close ends the rest.
func TestServerShutdownGivesUp(t *testing.T) {
	s, addr := startServer(t, salver.Config{Root: site(t)}, false)
	busy := dial(t, addr)
	busy.SetReadBuffer(64 << 10)
	io.WriteString(busy, wire([]string{"GET /big.bin"}))
	if _, err := bufio.NewReader(busy).Peek(1); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown: %v", err)
	}
	s.Close()
	if n, _ := io.Copy(io.Discard, busy); n >= 8<<20 {
		t.Error("Close let the answer go on")
	}
}

// TestServerLog: both lanes tell the log the same.
func TestServerLog(t *testing.T) {
	dir := site(t)
	var logs [2][]salver.Access
	for i := range logs {
		records := make(chan salver.Access, len(pipeline))
		_, addr := startServer(t, salver.Config{Root: dir, AccessLog: func(a salver.Access) { records <- a }}, i == 1)
		c := dial(t, addr)
		var lines []string
		for _, l := range pipeline {
			l, fields, _ := strings.Cut(l, "\r\n")
			lines = append(lines, strings.TrimSuffix(l+"\r\nReferer: r\r\nUser-Agent: u\r\n"+fields, "\r\n"))
		}
		go io.WriteString(c, wire(lines))
		go io.Copy(io.Discard, c)
		for range pipeline {
			select {
			case a := <-records:
				if a.RemoteAddr != c.LocalAddr().String() {
					t.Errorf("the peer is %s, and for the log %s", c.LocalAddr(), a.RemoteAddr)
				}
				logs[i] = append(logs[i], a)
			case <-time.After(patience):
				t.Fatalf("%d answers were logged", len(logs[i]))
			}
		}
	}
	if diff := cmp.Diff(logs[1], logs[0], cmpopts.IgnoreFields(salver.Access{}, "Time", "Duration", "RemoteAddr")); diff != "" {
		t.Error(diff)
	}
}

// TestServerCutShort: a file that is cut while it is sent is seen as a failure.
func TestServerCutShort(t *testing.T) {
	dir := site(t)
	_, addr := startServer(t, salver.Config{Root: dir}, false)
	c := dial(t, addr)
	c.SetReadBuffer(64 << 10)
	io.WriteString(c, wire([]string{"GET /big.bin"}))
	r := bufio.NewReader(c)
	if _, err := r.Peek(1); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(dir, "big.bin"), 10); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, resp.Body); err == nil || n >= 8<<20 {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func TestServerAnyHandler(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &salver.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Method) })}
	go s.Serve(l)
	defer s.Close()
	resp, err := http.Post("http://"+l.Addr().String(), "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, _ := io.ReadAll(resp.Body); string(b) != "POST" {
		t.Errorf("%q", b)
	}
}

// turning is a listener that makes something of its connections, as one that reads PROXY headers does. It is
// of a type that is no key of a map.
type turning struct {
	net.Listener
	into func(*net.TCPConn) net.Conn
}

func (l turning) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.into(c.(*net.TCPConn)), nil
}

// TestRelayed: a relayed connection is of the client in every lane, after it was handed over, too.
func TestRelayed(t *testing.T) {
	own := httptest.NewTLSServer(nil)
	defer own.Close()
	client := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 5000}
	for _, tt := range []struct{ name, scheme, proto string }{
		{"HTTP/1.1", "http", "HTTP/1.1"}, {"TLS", "https", "HTTP/1.1"}, {"h2c", "http", "HTTP/2.0"}, {"h2", "https", "HTTP/2.0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			records := make(chan salver.Access, 8)
			h, err := salver.New(salver.Config{
				Root: site(t), AccessLog: func(a salver.Access) { records <- a },
				Allow: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")},
			})
			if err != nil {
				t.Fatal(err)
			}
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			relaying := turning{l, func(c *net.TCPConn) net.Conn { return salver.Relayed(c, client) }}
			s := &salver.Server{Handler: h, TLSConfig: &tls.Config{Certificates: own.TLS.Certificates}}
			defer s.Close()
			if tt.scheme == "https" {
				go s.ServeTLS(relaying, "", "")
			} else {
				go s.Serve(relaying)
			}
			protocols := new(http.Protocols)
			protocols.SetHTTP1(tt.proto == "HTTP/1.1")
			protocols.SetHTTP2(tt.proto == "HTTP/2.0")
			protocols.SetUnencryptedHTTP2(tt.proto == "HTTP/2.0")
			transport := &http.Transport{Protocols: protocols, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} // the certificate is of this process
			defer transport.CloseIdleConnections()
			type told struct {
				Method, Remote, Proto string
				Status                int
				Sent                  int64
			}
			for _, want := range []told{
				{"GET", client.String(), tt.proto, 200, 6},
				{"GET", client.String(), tt.proto, 200, 8 << 20},
				{"OPTIONS", client.String(), tt.proto, 204, 0},
				{"GET", client.String(), tt.proto, 200, 6},
			} {
				name := "/a.txt"
				if want.Sent > 6 {
					name = "/big.bin"
				}
				req, _ := http.NewRequest(want.Method, tt.scheme+"://"+l.Addr().String()+name, nil)
				resp, err := transport.RoundTrip(req)
				if err != nil {
					t.Fatal(err)
				}
				n, err := io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				if err != nil {
					t.Fatal(err)
				}
				select {
				case a := <-records:
					got := told{a.Method, a.RemoteAddr, a.Proto, resp.StatusCode, n}
					if diff := cmp.Diff(want, got); diff != "" {
						t.Error(diff)
					}
				case <-time.After(patience):
					t.Fatal("nothing was logged")
				}
			}
		})
	}
}
