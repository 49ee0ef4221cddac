package salver_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/salver-http/salver"
)

// discard is a ResponseWriter that costs next to nothing.
type discard struct{ h http.Header }

func (d *discard) Header() http.Header         { return d.h }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}
func (d *discard) ReadFrom(r io.Reader) (int64, error) {
	return r.(*io.LimitedReader).N, nil
}

// BenchmarkHandler is what the rooms themselves cost, without a connection.
func BenchmarkHandler(b *testing.B) {
	dir := b.TempDir()
	for _, size := range []int{1 << 10, 100 << 10} {
		if err := os.WriteFile(filepath.Join(dir, strconv.Itoa(size)+".html"), make([]byte, size), 0o666); err != nil {
			b.Fatal(err)
		}
	}
	time.Sleep(2100 * time.Millisecond) // until the files have settled
	h, err := salver.New(salver.Config{Root: dir})
	if err != nil {
		b.Fatal(err)
	}
	for _, lane := range []struct {
		name string
		h    http.Handler
	}{{"salver", h}, {"FileServer", http.FileServer(http.Dir(dir))}} {
		for _, target := range []string{"/1024.html", "/102400.html", "/none"} {
			b.Run(lane.name+target, func(b *testing.B) {
				r := httptest.NewRequest("GET", target, nil)
				w := &discard{http.Header{}}
				b.ReportAllocs()
				for b.Loop() {
					clear(w.h)
					lane.h.ServeHTTP(w, r)
				}
			})
		}
	}
}

// wrapped is a connection that a Server knows nothing of.
type wrapped struct{ *net.TCPConn }

// BenchmarkRelayed is what answers over loopback cost with the client's part, by what the listener returns.
func BenchmarkRelayed(b *testing.B) {
	dir := b.TempDir()
	sizes := []int{1 << 10, 100 << 10, 10 << 20}
	for _, size := range sizes {
		if err := os.WriteFile(filepath.Join(dir, strconv.Itoa(size)), make([]byte, size), 0o666); err != nil {
			b.Fatal(err)
		}
	}
	h, err := salver.New(salver.Config{Root: dir})
	if err != nil {
		b.Fatal(err)
	}
	time.Sleep(2100 * time.Millisecond) // until the files have settled
	for _, kind := range []struct {
		name string
		of   func(*net.TCPConn) net.Conn
	}{
		{"TCP", func(c *net.TCPConn) net.Conn { return c }},
		{"Relayed", func(c *net.TCPConn) net.Conn { return salver.Relayed(c, c.RemoteAddr()) }},
		{"wrapped", func(c *net.TCPConn) net.Conn { return wrapped{c} }},
	} {
		for _, size := range sizes {
			b.Run(kind.name+"/"+strconv.Itoa(size), func(b *testing.B) {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					b.Fatal(err)
				}
				s := &salver.Server{Handler: h}
				go s.Serve(turning{l, kind.of})
				defer s.Close()
				c, err := net.Dial("tcp", l.Addr().String())
				if err != nil {
					b.Fatal(err)
				}
				defer c.Close()
				in := bufio.NewReaderSize(c, 256<<10)
				for b.Loop() {
					io.WriteString(c, "GET /"+strconv.Itoa(size)+" HTTP/1.1\r\nHost: a\r\n\r\n")
					for line := []byte("-"); len(line) > 2; {
						if line, err = in.ReadSlice('\n'); err != nil {
							b.Fatal(err)
						}
					}
					if _, err := in.Discard(size); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
