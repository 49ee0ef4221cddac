package faults

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/salver-http/salver"
)

// TestOutOfDescriptors takes all descriptors away, and gives them back.
func TestOutOfDescriptors(t *testing.T) {
	lanes(t, func(t *testing.T, serve start) {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "a.txt"), "content")
		write(t, filepath.Join(dir, "sub", "b.txt"), "content")
		s := serve(t, salver.Config{Root: dir})
		if status, got := s.get("/a.txt"); status != 200 || got != "content" {
			t.Fatalf("%d %q", status, got)
		}
		var had syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &had); err != nil {
			t.Fatal(err)
		}
		low := had
		low.Cur = 256
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &low); err != nil {
			t.Fatal(err)
		}
		defer syscall.Setrlimit(syscall.RLIMIT_NOFILE, &had)
		for range 3 {
			var taken []*os.File
			for range 3 {
				for {
					f, err := os.Open(os.DevNull)
					if err != nil {
						break
					}
					taken = append(taken, f)
				}
				// What earlier tests let go of comes free now, not later.
				runtime.GC()
				time.Sleep(20 * time.Millisecond)
			}
			// The connection is kept: it is the files that cannot be opened.
			for _, target := range []string{"/a.txt", "/sub/", "/missing"} {
				r := s.ask("GET", target)
				if _, err := io.Copy(io.Discard, r.Body); err != nil {
					t.Error(err)
				}
				r.Body.Close()
				if r.StatusCode != 503 {
					t.Errorf("without descriptors %s is answered %d", target, r.StatusCode)
				}
				if n, err := strconv.Atoi(r.Header.Get("Retry-After")); err != nil || n < 1 {
					t.Errorf("%s: Retry-After %q", target, r.Header.Get("Retry-After"))
				}
			}
			for _, f := range taken {
				f.Close()
			}
			if len(taken) == 0 {
				t.Fatal("no descriptor could be taken")
			}
			if status, got := s.get("/a.txt"); status != 200 || got != "content" {
				t.Errorf("with descriptors again: %d %q", status, got)
			}
		}
	})
}
