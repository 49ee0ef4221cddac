package engine

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/salver-http/salver/internal/media"
	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/tree"
)

const patience = 20 * time.Second // before a test is taken to hang

// start serves a small and a large file within limits, with a net/http that tells that
// it was asked.
func start(t testing.TB, limits Limits, done func(Exchange)) (*Engine, string) {
	t.Helper()
	types, err := media.New(nil, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{
		"a.txt": {Data: []byte("hello\n"), ModTime: time.Unix(1700000000, 0)},
		"large": {Data: make([]byte, 64<<20), ModTime: time.Unix(1700000000, 0)},
	}
	e := &Engine{
		Sites:  one(&Site{Site: &plan.Site{Tree: tree.NewFS(fsys, tree.Options{}), Types: types}, Done: done, All: true}),
		Limits: limits,
		Rest: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "handed over: "+r.RequestURI)
		})},
	}
	return startEngine(t, e)
}

// startEngine lets e serve on a loopback address.
func startEngine(t testing.TB, e *Engine) (*Engine, string) {
	t.Helper()
	if e.Rest == nil {
		e.Rest = new(http.Server)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go e.Serve(l)
	t.Cleanup(func() { e.Close() })
	return e, l.Addr().String()
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

// closed waits until the other end has closed c.
func closed(t *testing.T, c net.Conn) {
	t.Helper()
	_, err := io.Copy(io.Discard, c)
	if ne, ok := err.(net.Error); ok && ne.Timeout() {
		t.Error("the connection was not closed")
	}
}

// patient are limits that no test reaches.
var patient = Limits{Head: time.Hour, Idle: time.Hour, Stall: time.Hour}

const get = "GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n"

func TestIdleLimit(t *testing.T) {
	_, addr := start(t, Limits{Head: 50 * time.Millisecond, Idle: time.Hour, Stall: time.Hour}, nil)
	closed(t, dial(t, addr)) // nothing was ever sent
	_, addr = start(t, Limits{Head: time.Hour, Idle: 50 * time.Millisecond, Stall: time.Hour}, nil)
	c := dial(t, addr)
	io.WriteString(c, get)
	r := bufio.NewReader(c)
	if resp, err := http.ReadResponse(r, nil); err != nil || resp.StatusCode != 200 {
		t.Fatal(err)
	}
	closed(t, c)
}

// TestHeadLimit: it is not put off by bytes that keep coming.
func TestHeadLimit(t *testing.T) {
	_, addr := start(t, Limits{Head: 200 * time.Millisecond, Idle: time.Hour, Stall: time.Hour}, nil)
	c := dial(t, addr)
	go func() {
		io.WriteString(c, "GET /a.txt HTTP/1.1\r\nHost: a\r\nX: ")
		for range int(patience / (10 * time.Millisecond)) {
			if _, err := io.WriteString(c, "x"); err != nil {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	closed(t, c)
}

// TestStallLimit: a client that does not read is let go.
func TestStallLimit(t *testing.T) {
	failed := make(chan error, 1)
	_, addr := start(t, Limits{Head: time.Hour, Idle: time.Hour, Stall: 200 * time.Millisecond}, func(x Exchange) { failed <- x.Err })
	c := dial(t, addr)
	c.SetReadBuffer(4 << 10)
	io.WriteString(c, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
	select {
	case err := <-failed:
		if err == nil {
			t.Error("64 MiB were sent to a client that does not read")
		}
	case <-time.After(patience):
		t.Error("it still waits for a client that does not read")
	}
}

// TestHandOver: net/http gets what was read, and the connection from then on.
func TestHandOver(t *testing.T) {
	_, addr := start(t, patient, nil)
	c := dial(t, addr)
	io.WriteString(c, get+"PUT /b HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"+get)
	r := bufio.NewReader(c)
	for _, want := range []string{"hello\n", "handed over: /b", "handed over: /a.txt"} {
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(resp.Body); string(b) != want || err != nil {
			t.Errorf("%q, %v, want %q", b, err, want)
		}
	}
}

// TestBuffers: a connection at rest has given its buffers back.
func TestBuffers(t *testing.T) {
	e, _ := start(t, patient, nil)
	e.init()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client := dial(t, l.Addr().String())
	nc, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c := newConn(e, nc, &door{rest: newHandedListener(l.Addr())})
	if !e.add(&c.client) {
		t.Fatal("there is no room for it")
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		c.serveRaw(c.raw)
	}()
	io.WriteString(client, get+get)
	r := bufio.NewReader(client)
	for range 2 {
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
	}
	for end := time.Now().Add(patience); e.AtWork() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the connection does not come to rest")
		}
	}
	// Only when it has ended where it rests may its fields be looked at.
	c.retire()
	<-served
	if c.buf != nil || c.desk != nil {
		t.Error("a connection at rest holds a buffer")
	}
}

// FuzzServer: whatever the bytes, the lane and net/http give the same statuses in the
// same order, up to the refusals that are the lane's own.
func FuzzServer(f *testing.F) {
	for _, s := range []string{
		get, get + get, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + get, "GET /none HTTP/1.0\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" + get,
		"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "GET http://a/a.txt HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n" + get,
		"GET /a.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1\r\nRange: bytes=2-3\r\n\r\n", "\r\n" + get, "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\nHost: a\n\n",
	} {
		f.Add([]byte(s))
	}
	_, lane := start(f, patient, nil)
	rest := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "handed over: "+r.RequestURI)
	}))
	f.Cleanup(rest.Close)
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 4<<10 {
			return
		}
		got, want := statuses(t, lane, b), statuses(t, rest.Listener.Addr().String(), b)
		for i, s := range got {
			if s == 400 {
				return // refused: what follows is nobody's
			}
			if i >= len(want) || (s >= 400) && want[i] != 200 && want[i] != s {
				t.Fatalf("%q is answered %v, and by net/http %v", b, got, want)
			}
		}
		if len(got) < len(want) {
			t.Fatalf("%q is answered %v, and by net/http %v", b, got, want)
		}
	})
}

// statuses are those of all answers until the connection ends.
func statuses(t *testing.T, addr string, b []byte) []int {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	go func() {
		c.Write(b)
		c.(*net.TCPConn).CloseWrite()
	}()
	r := bufio.NewReader(c)
	var all []int
	for {
		line, err := r.Peek(12)
		if err != nil || !strings.HasPrefix(string(line), "HTTP/1.") {
			return all
		}
		method := "GET"
		if i := len(all); i < strings.Count(string(b), "HEAD ") {
			// Whose answer has content is told by the answer itself: all have a length.
			method = methodOf(b, i)
		}
		resp, err := http.ReadResponse(r, &http.Request{Method: method})
		if err != nil {
			return all
		}
		if resp.StatusCode == 100 {
			continue
		}
		all = append(all, resp.StatusCode)
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			return all
		}
	}
}

// methodOf is HEAD when the i-th request of b is one, as far as that can be seen.
func methodOf(b []byte, i int) string {
	for n, part := range strings.Split(string(b), "\r\n\r\n") {
		if n == i && strings.HasPrefix(part, "HEAD ") {
			return "HEAD"
		}
	}
	return "GET"
}

// one has a site answer for every host.
func one(s *Site) func([]byte) *Site { return func([]byte) *Site { return s } }

// TestRelayedIsQuick: a relayed connection is written to as TCP itself is, by sendfile too.
func TestRelayedIsQuick(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dial(t, l.Addr().String())
	nc, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	client := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 5000}
	c := newConn(new(Engine), &Relayed{nc.(*net.TCPConn), client}, new(door))
	if c.raw == nil {
		t.Error("its descriptor is not used")
	}
	if got := c.peerAddr().String(); got != "192.0.2.7" {
		t.Errorf("the client is %s", got)
	}
}
