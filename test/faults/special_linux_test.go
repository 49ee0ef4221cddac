package faults

import (
	"net"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/salver-http/salver"
)

// TestSpecialFiles asks for what is no file and no directory: it is not found, and
// nothing waits for a writer.
func TestSpecialFiles(t *testing.T) {
	lanes(t, func(t *testing.T, serve start) {
		dir := t.TempDir()
		in := func(name string) string { return filepath.Join(dir, name) }
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(syscall.Mkfifo(in("fifo"), 0o666))
		must(os.Symlink("fifo", in("to-fifo")))
		must(os.Symlink("/dev/zero", in("to-device")))
		must(os.Symlink("loop", in("loop")))
		must(os.Symlink("b", in("a")))
		must(os.Symlink("a", in("b")))
		must(os.Symlink("nowhere", in("dangling")))
		// The path of a socket is short by nature.
		t.Chdir(dir)
		socket, err := net.Listen("unix", "socket")
		must(err)
		defer socket.Close()
		targets := []string{"/fifo", "/to-fifo", "/to-device", "/socket", "/loop", "/a", "/dangling", "/fifo/", "/fifo/x"}
		if err := syscall.Mknod(in("zero"), syscall.S_IFCHR|0o666, 1<<8|5); err == nil {
			targets = append(targets, "/zero")
		} else {
			t.Logf("no device of its own: %v", err)
		}
		must(os.Mkdir(in("dir"), 0o755))
		must(syscall.Mkfifo(in("dir/index.html"), 0o666))
		// Beside a file stand what look like its coded variants.
		write(t, in("page.html"), "<p>page")
		for _, coded := range []string{".gz", ".br", ".zst"} {
			must(syscall.Mkfifo(in("page.html"+coded), 0o666))
		}
		must(os.Mkdir(in("self"), 0o755))
		must(os.Symlink(".", in("self/self")))
		write(t, in("self/x.txt"), "x")

		for _, follow := range []bool{false, true} {
			s := serve(t, salver.Config{Root: dir, FollowSymlinks: follow})
			threads := pprof.Lookup("threadcreate").Count()
			for _, target := range targets {
				fastest := patience
				for range 20 {
					began := time.Now()
					status, _ := s.get(target)
					fastest = min(fastest, time.Since(began))
					if status != 404 {
						t.Fatalf("%s is answered %d", target, status)
					}
				}
				// It takes 0.2 ms.
				if fastest > 50*time.Millisecond {
					t.Errorf("%s: the fastest of 20 took %v", target, fastest)
				}
			}
			if more := pprof.Lookup("threadcreate").Count() - threads; more > 16 {
				t.Errorf("%d threads were started", more)
			}
			if status, page := s.get("/"); status != 200 || strings.Contains(page, "fifo") || strings.Contains(page, "dangling") {
				t.Errorf("the listing is answered %d and has what cannot be got: %s", status, page)
			}
			if status, page := s.get("/dir/"); status != 200 || strings.Contains(page, "index.html") {
				t.Errorf("a FIFO for an index: %d %s", status, page)
			}
			r := s.ask("GET", "/page.html", "Accept-Encoding", "br, zstd, gzip")
			r.Body.Close()
			if r.StatusCode != 200 {
				t.Errorf("a file beside FIFOs is answered %d", r.StatusCode)
			}
			if status, got := s.get("/self/self/self/self/self/x.txt"); status != 200 || got != "x" {
				t.Errorf("through a link to its own directory: %d %q", status, got)
			}
		}
	})
}
