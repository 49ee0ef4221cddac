package faults

import (
	"bufio"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestTerminated (FA13) sends SIGTERM during a download: new connections are refused and
// those at rest closed at once, the download is finished, and the status is 0. That a
// second signal ends it is in cmd/salver.
func TestTerminated(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		const size = 32 << 20
		dir := t.TempDir()
		write(t, filepath.Join(dir, "large"), strings.Repeat("x", size))
		p := run(t, options{}, "--log-format", "none", engine, dir)
		rested := dial(t, p.addr)
		io.WriteString(rested, head("/none", ""))
		atRest := bufio.NewReader(rested)
		if _, _, err := readAnswer(atRest); err != nil {
			t.Fatal(err)
		}
		busy := dial(t, p.addr)
		busy.SetReadBuffer(64 << 10)
		io.WriteString(busy, head("/large", ""))
		download := bufio.NewReader(busy)
		if _, err := download.Peek(1); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, atRest); n > 0 || err != nil {
			t.Errorf("a connection at rest ends with %d bytes, %v", n, err)
		}
		eventually(t, "new connections to be refused", func() bool {
			c, err := net.Dial("tcp", p.addr)
			if err == nil {
				c.Close()
			}
			return err != nil
		})
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("it took %v", took)
		} else {
			t.Logf("closed to others after %v", took)
		}
		select {
		case <-p.ended:
			t.Fatal("it did not wait for the download")
		default:
		}
		a, _, err := readAnswer(download)
		if err != nil || len(a.content) != size {
			t.Errorf("the download has %d bytes, %v", len(a.content), err)
		}
		if status := p.stopped(); status != 0 {
			t.Errorf("the exit status is %d: %s", status, p.stderr)
		}
	})
}

// TestKilled (FA14) kills a server that has connections, and starts another on the same
// port at once.
func TestKilled(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "a.txt"), "content")
		write(t, filepath.Join(dir, "large"), "")
		if err := os.Truncate(filepath.Join(dir, "large"), 64<<20); err != nil {
			t.Fatal(err)
		}
		p := run(t, options{}, "--log-format", "none", engine, dir)
		_, port, _ := net.SplitHostPort(p.addr)
		for round := range 3 {
			for range 20 {
				c := dial(t, p.addr)
				io.WriteString(c, head("/large", ""))
				if _, err := c.Read(make([]byte, 1)); err != nil {
					t.Fatal(err)
				}
			}
			p.cmd.Process.Kill()
			<-p.ended
			began := time.Now()
			p = run(t, options{port: port}, "--log-format", "none", engine, dir)
			w := wire{addr: p.addr}
			if a, err := w.ask("/a.txt", ""); err != nil || a.content != "content" {
				t.Fatalf("after kill %d: %d, %v", round, a.status, err)
			}
			w.close()
			took := time.Since(began)
			t.Logf("serving again after %v", took)
			if took > 5*time.Second {
				t.Errorf("it took %v to serve again", took)
			}
		}
	})
}
