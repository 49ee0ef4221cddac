package faults

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// many sends n good requests over four connections, and returns how long the slowest took.
func many(t *testing.T, addr string, n int) time.Duration {
	t.Helper()
	var all sync.WaitGroup
	slowest := make([]time.Duration, 4)
	for i := range slowest {
		all.Go(func() {
			w := wire{addr: addr}
			defer w.close()
			for range n / len(slowest) {
				began := time.Now()
				if a, err := w.ask("/a.txt", ""); err != nil || a.status != 200 {
					t.Errorf("%d, %v", a.status, err)
					return
				}
				slowest[i] = max(slowest[i], time.Since(began))
			}
		})
	}
	all.Wait()
	return slices.Max(slowest)
}

// TestLogDeviceFull (FA15): nothing can be written to the log, ever.
func TestLogDeviceFull(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.txt"), "content")
	p := run(t, options{stderr: full}, dir)
	t.Logf("the slowest of 2,000 requests took %v", many(t, p.addr, 2000))
	p.cmd.Process.Signal(syscall.SIGTERM)
	if status := p.stopped(); status != 0 {
		t.Errorf("the exit status is %d", status)
	}
}

// TestLogFull (FA15): the file system that the log is on runs full, and has room again.
func TestLogFull(t *testing.T) {
	dir, mount := t.TempDir(), t.TempDir()
	write(t, filepath.Join(dir, "a.txt"), "content")
	// A small file system of its own, which nobody else sees.
	wrapper := []string{
		"unshare", "--user", "--map-root-user", "--mount", "--",
		"sh", "-c", `mount -t tmpfs -o size=64k none "$0" && exec "$@" 2>>"$0/log"`, mount,
	}
	if out, err := exec.Command(wrapper[0], append(wrapper[1:len(wrapper):len(wrapper)], "true")...).CombinedOutput(); err != nil {
		t.Skipf("no file system of its own can be had: %v: %s", err, out)
	}
	p := run(t, options{wrapper: wrapper}, dir)
	log := fmt.Sprintf("/proc/%d/root%s/log", p.cmd.Process.Pid, mount)
	t.Logf("the slowest of 4,000 requests took %v", many(t, p.addr, 4000))
	b, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if len(b) < 32<<10 || len(b) > 64<<10 {
		t.Fatalf("the log has %d bytes", len(b))
	}
	if err := os.Truncate(log, 0); err != nil {
		t.Fatal(err)
	}
	dropped := regexp.MustCompile(`(?m)^.*?(\d+) lines dropped`)
	eventually(t, "the number of lines that were dropped", func() bool {
		many(t, p.addr, 4)
		b, err = os.ReadFile(log)
		return err != nil || dropped.Match(b)
	})
	t.Logf("when there is room again: %s", dropped.Find(b))
	if rest := bytes.TrimSuffix(b, []byte("\n")); !regexp.MustCompile(`^\n?127\.0\.0\.1 - - `).Match(rest) {
		t.Errorf("the log goes on with %.100q", rest)
	}
}

// TestLogStalled (FA17): nobody reads the pipe that the log goes to. 12,000 lines are more
// than are kept for it, and much more than a pipe holds.
func TestLogStalled(t *testing.T) {
	t.Parallel()
	const requests = 12_000
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.txt"), "content")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p := run(t, options{stderr: w}, dir)
	w.Close()
	before := p.figure("VmRSS:")
	slowest := many(t, p.addr, requests)
	t.Logf("the slowest of %d requests took %v, and %d KiB more memory", requests, slowest, p.figure("VmRSS:")-before)
	if slowest > patience/4 {
		t.Errorf("a request took %v", slowest)
	}
	if grown := p.figure("VmRSS:") - before; grown > 64<<10 {
		t.Errorf("the memory has grown by %d KiB", grown)
	}
	// The reader comes back, and is told how much it has missed.
	p.cmd.Process.Signal(syscall.SIGTERM)
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Count(string(b), "GET /a.txt")
	m := regexp.MustCompile(`(\d+) lines dropped`).FindSubmatch(b)
	if m == nil {
		t.Fatalf("it is not told what is missing: ...%.300s", b[max(len(b)-300, 0):])
	}
	var n int
	fmt.Sscan(string(m[1]), &n)
	if lines+n != requests {
		t.Errorf("%d lines came and %d are said to be missing, of %d", lines, n, requests)
	}
	if status := p.stopped(); status != 0 {
		t.Errorf("the exit status is %d", status)
	}
}
