package faults

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/salver-http/salver"
)

// TestHugeDirectory lists far more files than a page shows: the memory that it takes
// does not grow with what is not shown. Were all kept, it would be 75 MiB.
func TestHugeDirectory(t *testing.T) {
	if testing.Short() {
		t.Skip("making that many files takes seconds")
	}
	const entries = 150_000
	parent := "/dev/shm" // faster, where there is room
	var fs syscall.Statfs_t
	if err := syscall.Statfs(parent, &fs); err != nil || int64(fs.Bavail)*fs.Bsize < 1<<30 {
		parent = ""
	}
	dir, err := os.MkdirTemp(parent, "salver-faults-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	// Links are made faster than files.
	first := filepath.Join(dir, "entry-0000000.txt")
	write(t, first, "content")
	for i := 1; i < entries; i++ {
		if err := os.Link(first, filepath.Join(dir, fmt.Sprintf("entry-%07d.txt", i))); err != nil {
			// Some file systems bound the links of a file.
			if first = filepath.Join(dir, fmt.Sprintf("entry-%07d.txt", i)); os.WriteFile(first, []byte("content"), 0o666) != nil {
				t.Fatalf("no room for entry %d: %v", i, err)
			}
		}
	}
	lanes(t, func(t *testing.T, serve start) {
		s := serve(t, salver.Config{Root: dir})
		s.get("/entry-0000000.txt")
		// The kernel's high-water mark begins anew.
		if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
			t.Fatal(err)
		}
		before := figure(t, "self", "VmRSS:")
		began := time.Now()
		r := s.ask("GET", "/")
		page := bufio.NewReader(r.Body)
		if _, err := page.ReadByte(); err != nil {
			t.Fatal(err)
		}
		took := time.Since(began)
		n, err := io.Copy(io.Discard, page)
		r.Body.Close()
		grown := figure(t, "self", "VmHWM:") - before
		if took > 15*time.Second {
			t.Errorf("the first byte took %v", took)
		}
		t.Logf("first byte after %v, %d KiB of page, %d MiB of memory", took, n>>10, grown>>10)
		if r.StatusCode != 200 || err != nil {
			t.Fatalf("%d, %v", r.StatusCode, err)
		}
		if grown > 32<<10 {
			t.Errorf("the listing took %d MiB of memory", grown>>10)
		}
		if status, got := s.get("/entry-0149999.txt"); status != 200 || got != "content" {
			t.Errorf("the last entry is answered %d %q", status, got)
		}
	})
}
