package faults

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// engines runs a test of the command with each engine.
func engines(t *testing.T, test func(t *testing.T, engine string)) {
	for _, engine := range []string{"salver", "nethttp"} {
		t.Run(engine, func(t *testing.T) { test(t, "--engine="+engine) })
	}
}

// TestFewDescriptors (FA6) gives a server 64 descriptors and 200 clients, which take
// nothing of a large answer, so that none is at rest.
func TestFewDescriptors(t *testing.T) {
	engines(t, func(t *testing.T, engine string) {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "a.txt"), "content")
		write(t, filepath.Join(dir, "large"), "")
		if err := os.Truncate(filepath.Join(dir, "large"), 64<<20); err != nil {
			t.Fatal(err)
		}
		p := run(t, options{nofile: 64}, "--log-format", "none", engine, dir)
		var clients []net.Conn
		leave := func() {
			for _, c := range clients {
				c.(*net.TCPConn).SetLinger(0)
				c.Close()
			}
			clients = nil
		}
		defer leave()
		for range 200 {
			c, err := net.Dial("tcp", p.addr)
			if err != nil {
				t.Fatal(err)
			}
			c.(*net.TCPConn).SetReadBuffer(4 << 10)
			io.WriteString(c, head("/large", ""))
			clients = append(clients, c)
		}
		time.Sleep(500 * time.Millisecond) // until all that can be has been answered
		const during = 2 * time.Second
		used, began := p.processor(), time.Now()
		told := map[string]int{}
		for time.Since(began) < during {
			c, err := net.Dial("tcp", p.addr)
			if err != nil {
				t.Fatal(err)
			}
			c.SetDeadline(time.Now().Add(5 * time.Second))
			io.WriteString(c, head("/a.txt", ""))
			answer, err := io.ReadAll(io.LimitReader(c, 12))
			c.Close()
			status := strings.TrimPrefix(string(answer), "HTTP/1.1 ")
			var timeout net.Error
			switch {
			case status == "200" || status == "503":
			case errors.As(err, &timeout) && timeout.Timeout():
				t.Error("a new connection is neither answered nor closed")
			case status == "" && (err == nil || errors.Is(err, syscall.ECONNRESET)):
				status = "closed"
			default:
				t.Errorf("a new connection is answered %q, %v", answer, err)
			}
			told[status]++
			time.Sleep(200 * time.Millisecond)
		}
		took := time.Since(began)
		used = p.processor() - used
		t.Logf("new connections are told %v; %v of processor time in %v", told, used, took)
		if used > took/20 {
			t.Errorf("%v of processor time in %v", used, took)
		}
		leave()
		began = time.Now()
		for {
			w := wire{addr: p.addr}
			a, err := w.ask("/a.txt", "")
			w.close()
			if err == nil && a.status == 200 && a.content == "content" {
				break
			}
			if time.Since(began) > patience {
				t.Fatalf("%v after the others have left: %d, %v", time.Since(began), a.status, err)
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Logf("recovered after %v", time.Since(began))
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("a good answer came only %v after the others had left", took)
		}
		// One in ten seconds, and there may be more than one thing to tell.
		if n := p.stderr.lines(); n > 4 {
			t.Errorf("%d lines were logged: %.2000s", n, p.stderr)
		} else {
			t.Logf("logged: %s", p.stderr)
		}
	})
}
