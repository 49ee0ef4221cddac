package faults

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/salver-http/salver"
)

// TestResets (FA18) resets 1,000 connections in the middle of an answer.
func TestResets(t *testing.T) {
	lanes(t, func(t *testing.T, serve start) {
		count := 1000
		if strings.HasSuffix(t.Name(), "nethttp") {
			count = 200 // net/http is tested elsewhere
		}
		dir := t.TempDir()
		write(t, filepath.Join(dir, "large"), strings.Repeat("x", 8<<20))
		s := serve(t, salver.Config{Root: dir})
		held := func() (descriptors, goroutines int) {
			s.client.CloseIdleConnections()
			entries, err := os.ReadDir("/proc/self/fd")
			if err != nil {
				t.Fatal(err)
			}
			return len(entries), runtime.NumGoroutine()
		}
		reset := func(n int) {
			var all sync.WaitGroup
			for range 4 {
				all.Go(func() {
					for range n / 4 {
						c := dial(t, s.addr)
						c.SetReadBuffer(64 << 10)
						io.WriteString(c, head("/large", ""))
						if _, err := io.ReadFull(c, make([]byte, 1<<10)); err != nil {
							t.Error(err)
						}
						c.SetLinger(0)
						c.Close()
					}
				})
			}
			all.Wait()
		}
		reset(20)
		time.Sleep(100 * time.Millisecond)
		fds, routines := held()
		reset(count)
		eventually(t, "the last answers to end", func() bool {
			f, r := held()
			return f <= fds+5 && r <= routines+5
		})
		if n := s.log.lines(); n > 0 {
			t.Errorf("%d lines were logged: %.1000s", n, s.log)
		}
		if status, _ := s.get("/"); status != 200 {
			t.Errorf("afterwards the listing is answered %d", status)
		}
	})
}

// TestHalfClosed (FA19): a client that closes its half after the request, as netcat does,
// gets the whole answer, and then the end; also when its end comes with the request.
func TestHalfClosed(t *testing.T) {
	t.Parallel()
	lanes(t, func(t *testing.T, serve start) {
		dir := t.TempDir()
		const small, big = 6, 4 << 20
		write(t, filepath.Join(dir, "small"), strings.Repeat("x", small))
		write(t, filepath.Join(dir, "large"), strings.Repeat("x", big))
		s := serve(t, salver.Config{Root: dir})
		time.Sleep(rest)
		for range 3 {
			s.get("/small") // it is hot now
		}
		for _, together := range []bool{false, true} {
			for target, size := range map[string]int{"/small": small, "/large": big, "/none": -1} {
				for _, requests := range []int{1, 3} {
					if size == big && requests > 1 {
						continue
					}
					c := dial(t, s.addr)
					if together {
						cork(t, c, 1) // what is written waits, and goes with the end
					}
					io.WriteString(c, strings.Repeat(head(target, ""), requests))
					if !together {
						time.Sleep(20 * time.Millisecond)
					}
					if err := c.CloseWrite(); err != nil {
						t.Fatal(err)
					}
					r := bufio.NewReader(c)
					for i := range requests {
						a, _, err := readAnswer(r)
						if err != nil || size >= 0 && len(a.content) != size {
							t.Fatalf("%s, %d of %d, end with the request %t: %d, %d bytes, %v", target, i+1, requests, together, a.status, len(a.content), err)
						}
					}
					if n, err := io.Copy(io.Discard, r); n > 0 || err != nil {
						t.Errorf("%s, end with the request %t: not closed afterwards: %d, %v", target, together, n, err)
					}
					c.Close()
				}
			}
		}
	})
}

func cork(t *testing.T, c syscall.Conn, on int) {
	t.Helper()
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var serr error
	raw.Control(func(fd uintptr) { serr = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_CORK, on) })
	if serr != nil {
		t.Fatal(serr)
	}
}

// TestPipeliningAbuse (FA20) sends 10,000 requests at once and reads nothing, for a while.
func TestPipeliningAbuse(t *testing.T) {
	engines(t, func(t *testing.T, engine string) {
		const requests, files, size = 10_000, 7, 2 << 10
		dir := t.TempDir()
		content := func(i int) string { return strings.Repeat(string(rune('a'+i%files)), size) }
		var all strings.Builder
		for i := range files {
			write(t, filepath.Join(dir, fmt.Sprint(i)), content(i))
		}
		for i := range requests {
			all.WriteString(head(fmt.Sprintf("/%d", i%files), ""))
		}
		p := run(t, options{}, "--log-format", "none", engine, dir)
		good := func() time.Duration {
			began := time.Now()
			w := wire{addr: p.addr}
			defer w.close()
			for i := range 200 {
				if a, err := w.ask(fmt.Sprintf("/%d", i%files), ""); err != nil || a.content != content(i) {
					t.Fatal(a.status, err)
				}
			}
			return time.Since(began)
		}
		good()
		alone := good()
		base := p.figure("VmRSS:")

		const clients = 1
		var readers []*bufio.Reader
		var written sync.WaitGroup
		for range clients {
			c := dial(t, p.addr)
			written.Go(func() { io.WriteString(c, all.String()) })
			readers = append(readers, bufio.NewReaderSize(c, 64<<10))
		}
		time.Sleep(time.Second)
		beside := good()
		grown := p.figure("VmRSS:") - base
		t.Logf("%d requests of who reads nothing: %d KiB more memory; 200 requests beside them take %v, and %v alone", clients*requests, grown, beside, alone)
		if grown > 4<<10 {
			t.Errorf("the memory has grown by %d KiB", grown)
		}
		if beside > 10*alone+time.Second {
			t.Errorf("200 requests take %v, and %v alone", beside, alone)
		}
		var read sync.WaitGroup
		for _, r := range readers {
			read.Go(func() {
				for i := range requests {
					if a, _, err := readAnswer(r); err != nil || a.content != content(i) {
						t.Errorf("request %d is answered %d %.10q, %v", i, a.status, a.content, err)
						return
					}
				}
			})
		}
		read.Wait()
		written.Wait()
	})
}
