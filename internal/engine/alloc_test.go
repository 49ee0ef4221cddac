package engine

import (
	"bytes"
	"flag"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2/hpack"

	"github.com/salver-http/salver/internal/hot"
	"github.com/salver-http/salver/internal/http1"
	"github.com/salver-http/salver/internal/http2"
	"github.com/salver-http/salver/internal/media"
	"github.com/salver-http/salver/internal/message"
	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/tree"
)

// sink is a connection that takes everything and gives nothing.
type sink struct{ net.Conn }

func (sink) Write(b []byte) (int, error)      { return len(b), nil }
func (sink) Read([]byte) (int, error)         { return 0, io.EOF }
func (sink) Close() error                     { return nil }
func (sink) SetDeadline(time.Time) error      { return nil }
func (sink) SetReadDeadline(time.Time) error  { return nil }
func (sink) SetWriteDeadline(time.Time) error { return nil }
func (sink) RemoteAddr() net.Addr             { return &net.TCPAddr{} }

// hotEngine serves a directory whose files have rested, so that answers are kept.
func hotEngine(t testing.TB) *Engine {
	t.Helper()
	return hotEngineIn(t, t.TempDir())
}

// hotEngineIn is hotEngine in a directory that is known.
func hotEngineIn(t testing.TB, dir string) *Engine {
	t.Helper()
	for name, content := range map[string]string{
		"a.txt": "hello\n", "sub/index.html": "<p>", "list/x": "x", "list/y": "y", "list/.z": "z", "big": strings.Repeat("0123456789", 20_000), "empty": "",
	} {
		name = filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(name), 0o777)
		if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(2100 * time.Millisecond)
	types, err := media.New(nil, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := tree.New(dir, tree.Options{Index: []string{"index.html", "index.htm"}})
	if err != nil {
		t.Fatal(err)
	}
	hosts, err := plan.NewHosts([]string{"a"})
	if err != nil {
		t.Fatal(err)
	}
	e := &Engine{Sites: one(&Site{Site: &plan.Site{Tree: tr, Types: types, Hosts: hosts}}), Limits: patient, Hot: hot.New(hot.DefaultBytes)}
	e.began = time.Now()
	return e
}

// asker sends requests to a connection of e, without a network.
type asker struct {
	c *conn
}

func (a *asker) ask(head []byte) next {
	d := a.c.takeDesk()
	after := a.c.took(copy(d.buf[:], head))
	d.begin, d.end = 0, 0
	return after
}

// FuzzHot: a request that is answered from the hot set allocates nothing.
func FuzzHot(f *testing.F) {
	for _, s := range []string{
		"GET /a.txt HTTP/1.1\nHost: a\n\n", "HEAD /a.txt HTTP/1.1\nHost: a\nUser-Agent: b\nCookie: c\n\n", "GET /sub HTTP/1.1\nHost: a\n\n", "GET /sub/?x HTTP/1.1\nHost: a\n\n",
		"GET /list/ HTTP/1.1\nHost: a\nAccept: text/html,application/xhtml+xml,*/*;q=0.8\n\n", "GET /list/?format=json HTTP/1.1\nHost: a\n\n",
		"GET /list/ HTTP/1.1\nHost: a\nAccept: application/json\nAccept-Encoding: gzip, deflate, br, zstd\n\n", "GET /a.txt HTTP/1.1\nHost: a\nAccept-Encoding: gzip\n\n", "HEAD /big HTTP/1.1\nHost: a\nAccept-Encoding:\n\n", "GET /none HTTP/1.1\nHost: a\n\n",
		"GET /.env HTTP/1.1\nHost: a\n\n", "GET /big HTTP/1.1\nHost: a\n\n", "GET /big HTTP/1.1\nHost: a\nRange: bytes=1000-1999\n\n", "GET /big HTTP/1.1\nHost: a\nRange: bytes=0-0,9-9\n\n",
		"GET /a.txt HTTP/1.1\nHost: a\nIf-Modified-Since: Sat, 01 Jan 2050 00:00:00 GMT\n\n", "GET /a.txt HTTP/1.1\nHost: a\nIf-None-Match: *\n\n",
		"GET /a.txt HTTP/1.1\nHost: a\nIf-Match: \"x\", \"y\"\n\n", "GET /empty HTTP/1.1\nHost: a\n\n", "GET /a.txt HTTP/1.1\nHost: a\nIf-None-Match: " + strings.Repeat(`"0123456789", `, 90) + "\n\n",
	} {
		f.Add(bytes.ReplaceAll([]byte(s), []byte("\n"), []byte("\r\n")))
	}
	e := hotEngine(f)
	hits := 0
	f.Cleanup(func() {
		// While it fuzzes, other processes do the work.
		if fuzzing := flag.Lookup("test.fuzz"); hits == 0 && fuzzing.Value.String() == "" {
			f.Error("no request was ever answered from the hot set")
		}
	})
	f.Fuzz(func(t *testing.T, head []byte) {
		var h message.Head
		n, verdict := http1.Parse(head, &h)
		if verdict != http1.Accepted || h.Close {
			return
		}
		head = head[:n]
		a := &asker{newConn(e, sink{}, new(door))}
		for range 3 {
			if a.ask(head) != goOn {
				t.Fatalf("%q ends the connection", head)
			}
		}
		a.c.takeDesk().head = h
		if _, entry, _ := a.c.find(&Exchange{Head: &h}, true); entry == nil {
			return
		}
		hits++
		if n := testing.AllocsPerRun(20, func() { a.ask(head) }); n > 0 {
			t.Errorf("%q takes %v allocations", head, n)
		}
	})
}

// TestHotWire: nor does it allocate on a connection of the system.
func TestHotWire(t *testing.T) {
	e := hotEngine(t)
	_, addr := startEngine(t, e)
	for target, length := range map[string]int{"/a.txt": 6, "/sub/": 3, "/big": 200_000} {
		c := dial(t, addr)
		request := []byte("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n")
		buf := make([]byte, length+4096)
		head := 0
		ask := func() {
			if _, err := c.Write(request); err != nil {
				t.Fatal(err)
			}
			for n, end := 0, -1; end < 0 || n < end+length; {
				m, err := c.Read(buf[n:])
				if n += m; err != nil {
					t.Fatal(err)
				}
				if end < 0 {
					if i := bytes.Index(buf[:n], []byte("\r\n\r\n")); i >= 0 {
						end = i + 4
						head = end
					}
				}
			}
		}
		for range 50 {
			ask()
		}
		// The lane is one goroutine of several that run meanwhile: a pool that is
		// emptied by the collector is filled again.
		if n := testing.AllocsPerRun(200, ask); n > 0 {
			t.Errorf("%s takes %v allocations", target, n)
		}
		if head == 0 {
			t.Error("there was no answer")
		}
	}
}

// TestHotStreams: nor does it in HTTP/2, where the request is one that came before on the
// connection, or is all in the table of its fields.
func TestHotStreams(t *testing.T) {
	e := hotEngine(t)
	for _, c := range []struct{ target, method string }{{"/a.txt", "GET"}, {"/a.txt", "HEAD"}, {"/sub/", "GET"}, {"/none", "GET"}, {"/list/", "GET"}} {
		for _, indexed := range []bool{false, true} {
			conn := newConn(e, sink{}, new(door))
			s := conn.speakHTTP2()
			s.peer.Window, s.window = http2.MaxWindow, http2.MaxWindow
			var block bytes.Buffer
			encoder := hpack.NewEncoder(&block)
			id := uint32(1)
			var frame []byte
			ask := func() {
				frame = http2.AppendHeaders(frame[:0], block.Bytes(), id, true)
				id += 2
				d := conn.takeDesk()
				if after := conn.took(copy(d.buf[:], frame)); after != goOn {
					t.Fatalf("%s ends the connection", c.target)
				}
				d.begin, d.end = 0, 0
			}
			d := conn.takeDesk()
			d.end = copy(d.buf[:], http2.Preface)
			d.end += copy(d.buf[d.end:], http2.AppendFrameHead(nil, 0, http2.Settings, 0, 0))
			conn.took(0)
			d.begin, d.end = 0, 0
			for range 4 { // until it is hot, and nothing new is put into the table
				block.Reset()
				for _, f := range [][2]string{{":method", c.method}, {":scheme", "https"}, {":authority", "a"}, {":path", c.target}, {"user-agent", "b"}} {
					encoder.WriteField(hpack.HeaderField{Name: f[0], Value: f[1], Sensitive: f[0] == ":path" && !indexed})
				}
				ask()
			}
			if n := testing.AllocsPerRun(200, ask); n > 0 {
				t.Errorf("%s %s takes %v allocations", c.method, c.target, n)
			}
			if s.leaving || len(s.streams) > 0 {
				t.Errorf("%s %s is not answered at once", c.method, c.target)
			}
		}
	}
}
