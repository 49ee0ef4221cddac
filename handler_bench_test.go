package salver_test

import (
	"io"
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
