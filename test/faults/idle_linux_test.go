package faults

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestIdleConnections (FA1) keeps 10,000 connections at rest, or as many as the limit of
// descriptors lets a server keep without closing some early.
func TestIdleConnections(t *testing.T) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	// Four fifths of the descriptors are for connections, and beyond three quarters of
	// those they may not rest for long. Here are some that other tests hold.
	count := 10_000
	if most := int(min(limit.Cur, 1<<30))/5*3 - 200; count > most {
		count = most
		t.Logf("the limit of %d descriptors allows for %d connections", limit.Cur, count)
	}
	const enough = 2000 // for a figure
	if count < enough {
		t.Skipf("%d connections are too few to measure; raise the limit with ulimit -n 65536", count)
	}
	// What a connection keeps is in every server, and what a busy moment has left behind is
	// not: of some servers the one that takes least tells.
	const most = 9 // KiB
	var each float64
	for range 3 {
		if each = restOn(t, count); each <= most || t.Failed() {
			return
		}
	}
	t.Errorf("a connection at rest takes %.1f KiB", each)
}

// restOn keeps connections of a new server at rest, and returns how much each takes in KiB.
func restOn(t *testing.T, count int) (each float64) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.txt"), "content")
	p := run(t, options{}, "--log-format", "none", dir)
	fresh := func() time.Duration {
		took := make([]time.Duration, 100)
		for i := range took {
			w := wire{addr: p.addr}
			began := time.Now()
			if a, err := w.ask("/a.txt", ""); err != nil || a.status != 200 {
				t.Fatal(a.status, err)
			}
			took[i] = time.Since(began)
			w.close()
		}
		slices.Sort(took)
		return took[len(took)/2]
	}
	before := fresh()
	base := p.figure("VmRSS:")

	conns := make([]net.Conn, count)
	defer func() {
		for _, c := range conns {
			if c != nil {
				c.Close()
			}
		}
	}()
	var next atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			r := bufio.NewReader(nil)
			for i := int(next.Add(1)) - 1; i < count; i = int(next.Add(1)) - 1 {
				d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+i%8))}}
				c, err := d.Dial("tcp", p.addr)
				if err != nil {
					t.Errorf("connection %d: %v", i, err)
					return
				}
				conns[i] = c
				c.SetDeadline(time.Now().Add(patience))
				io.WriteString(c, head("/a.txt", ""))
				r.Reset(c)
				if a, _, err := readAnswer(r); err != nil || a.content != "content" {
					t.Errorf("connection %d: %d, %v", i, a.status, err)
					return
				}
			}
		})
	}
	all.Wait()
	if t.Failed() {
		return 0
	}
	eventually(t, "the server to have all of them", func() bool { return p.descriptors() >= count })
	// What the busy moment has left behind, garbage and stacks that had grown, goes while the server works
	// on: these are planned one by one.
	w := wire{addr: p.addr}
	for i := range 15_000 {
		if a, err := w.ask("/a.txt?"+strconv.Itoa(i), ""); err != nil || a.status != 200 {
			t.Fatal(a.status, err)
		}
	}
	w.close()
	each = float64(p.figure("VmRSS:")-base) / float64(count)
	after := fresh()
	t.Logf("%d connections at rest take %.1f KiB each; half of the fresh requests take up to %v, and %v without them", count, each, after, before)
	if after > 10*before+5*time.Millisecond {
		t.Errorf("half of the fresh requests take more than %v, and %v without others", after, before)
	}
	if n := p.descriptors(); n < count {
		t.Errorf("only %d descriptors are left of %d connections", n, count)
	}
	for _, i := range []int{0, count / 2, count - 1} { // they are kept, not only open
		fmt.Fprint(conns[i], head("/a.txt", ""))
		if a, _, err := readAnswer(bufio.NewReader(conns[i])); err != nil || a.status != 200 {
			t.Errorf("connection %d afterwards: %d, %v", i, a.status, err)
		}
	}
	return each
}
