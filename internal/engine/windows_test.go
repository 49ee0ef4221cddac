package engine

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/salver-http/salver/internal/http2"
)

// TestWindows: nothing is sent beyond a window, however it changes, and all within it.
func TestWindows(t *testing.T) {
	p := open(t)
	p.send(widen(0, 1<<28), p.request(1, "/large"))
	got := func(n int) {
		t.Helper()
		p.until(fmt.Sprintf("%d bytes have come", n), func() bool { return len(p.on(1).content) >= n })
		if p.quiet(30 * time.Millisecond); len(p.on(1).content) != n {
			t.Fatalf("%d bytes, want %d", len(p.on(1).content), n)
		}
	}
	got(65_535)
	p.send(settingsFrame(settingWindow, 10)) // the window is -65525
	got(65_535)
	p.send(widen(1, 65_525)) // is 0
	got(65_535)
	p.send(widen(1, 1))
	got(65_536)
	p.send(settingsFrame(settingWindow, 20)) // is 10
	got(65_546)
	p.send(settingsFrame(settingWindow, 0), settingsFrame(settingWindow, 20)) // is -20, and 0
	got(65_546)
	p.send(widen(1, 8<<20))
	p.wants(1, "200", contentOf("large"))
	if p.acks != 5 {
		t.Errorf("%d acknowledgements of 5", p.acks)
	}
	// The connection's, which two streams have together.
	p = open(t, settingWindow, 1<<20)
	p.send(p.request(1, "/big"), p.request(3, "/big"))
	both := func() int { return len(p.on(1).content) + len(p.on(3).content) }
	for sum, more := 65_535, 0; more < 20; more++ {
		p.until("the window is used up", func() bool { return both() >= sum })
		if p.quiet(5 * time.Millisecond); both() != sum {
			t.Fatalf("%d bytes, want %d", both(), sum)
		}
		p.send(widen(0, 1))
		sum++
	}
	p.send(widen(0, 1<<20))
	p.wants(1, "200", contentOf("big"))
	p.wants(3, "200", contentOf("big"))
}

// TestConcurrency: so many streams as SETTINGS says are taken, and no more; one that is over
// makes room.
func TestConcurrency(t *testing.T) {
	p := open(t)
	id := uint32(1)
	for range maxStreams {
		p.send(p.requestOf("PUT", id, "/a.txt", false))
		id += 2
	}
	p.send(p.request(id, "/a.txt"))
	if r := p.over(id); r.reset != int(http2.RefusedStream) {
		t.Errorf("reset %d, status %s", r.reset, r.status)
	}
	p.send(frameOf(http2.Data, http2.EndStream, 1, ""))
	p.alive(id + 2)
	p.send(frameOf(http2.Reset, 0, 3, "\x00\x00\x00\x08"))
	p.send(p.requestOf("PUT", id+4, "/a.txt", false), p.request(id+6, "/a.txt"))
	p.wants(id+6, "200", contentOf("a.txt"))
}

// TestUrgent: what is urgent comes first, and what is short does not wait for what is long.
func TestUrgent(t *testing.T) {
	p := open(t, settingWindow, 1<<28)
	p.send(p.request(1, "/large"))
	p.until("the window is used up", func() bool { return len(p.on(1).content) == 65_535 })
	// All of these are for the same window of the connection.
	p.send(p.request(3, "/big", "priority: u=5"), p.request(5, "/big", "priority: u=1"), p.request(7, "/middle"), p.request(9, "/big"), frameOf(http2.PriorityUpdate, 0, 0, "\x00\x00\x00\x09u=0"))
	p.until("all have their head", func() bool {
		return p.on(3).status != "" && p.on(5).status != "" && p.on(7).status != "" && p.on(9).status != ""
	})
	p.order = nil
	p.send(widen(0, 1<<28))
	p.wants(1, "200", contentOf("large"))
	p.wants(3, "200", contentOf("big"))
	last := func(id uint32) int {
		for i := len(p.order) - 1; i >= 0; i-- {
			if p.order[i] == id {
				return i
			}
		}
		return -1
	}
	first := func(id uint32) int { return slices.Index(p.order, id) }
	if !(first(9) == 0 && last(9) < first(5) && last(5) < min(first(1), first(7), first(3)) && last(7) < last(1) && last(1) < first(3)) {
		t.Errorf("the order is %v", slices.Compact(slices.Clone(p.order)))
	}
	p.wants(5, "200", contentOf("big"))
	p.wants(7, "200", contentOf("middle"))
	p.wants(9, "200", contentOf("big"))
}

// TestShare: of two large answers that nobody prefers neither waits for the other's end.
func TestShare(t *testing.T) {
	for _, c := range []struct {
		priority string
		most     int // bytes that one is ahead
	}{{"u=3", 2 * share}, {"u=3, i", 2*smallShare + 4*frameContent}} {
		p := open(t, settingWindow, 1<<28)
		p.send(p.request(1, "/large", "priority: "+c.priority), p.request(3, "/large", "priority: "+c.priority))
		p.until("both have their head", func() bool { return p.on(1).status != "" && p.on(3).status != "" })
		p.send(widen(0, 1<<28))
		p.until("one is over", func() bool {
			if d := len(p.on(1).content) - len(p.on(3).content); d > c.most || -d > c.most {
				t.Fatalf("%s: one is %d bytes ahead", c.priority, d)
			}
			return p.on(1).ended || p.on(3).ended
		})
		p.wants(1, "200", contentOf("large"))
		p.wants(3, "200", contentOf("large"))
	}
}

// TestPatientWindows: whoever opens windows by little takes a whole file, and is not taken for
// somebody who makes trouble.
func TestPatientWindows(t *testing.T) {
	for _, step := range []int{1 << 10, 4 << 10, 16 << 10} {
		p := open(t, settingWindow, uint32(step))
		p.send(p.request(1, "/large"))
		for got := 0; got < peerFiles["large"]; {
			p.until("something comes", func() bool { return len(p.on(1).content) > got || p.closed })
			if p.closed {
				t.Fatalf("by %d: the connection has ended after %d bytes: %v", step, got, p.left)
			}
			n := len(p.on(1).content) - got
			got += n
			if !p.on(1).ended {
				p.send(widen(1, uint32(n)), widen(0, uint32(n)))
			}
		}
		p.wants(1, "200", contentOf("large"))
	}
}

// TestStalledStream: a stream whose window stays shut is ended after Stall, though others go
// on, and what it has held is free for one that waits.
func TestStalledStream(t *testing.T) {
	limits := patient
	limits.Stall = 500 * time.Millisecond
	_, addr, _ := startPeers(t, limits, nil)
	p := greet(t, dial(t, addr), settingWindow, 100_000)
	p.send(widen(0, 1<<28))
	for i := range uint32(maxFiles) {
		p.send(p.request(1+2*i, "/large"))
	}
	const waits = 1 + 2*maxFiles
	p.send(p.request(waits, "/big"), widen(waits, 1<<20))
	id := uint32(waits + 2)
	stalled := func() (n int) {
		for i := range uint32(maxFiles) {
			if p.on(1+2*i).reset == -1 {
				n++
			}
		}
		return n
	}
	for end := time.Now().Add(patience); (!p.on(waits).ended || stalled() > 0) && time.Now().Before(end); id += 2 {
		p.send(p.request(id, "/a.txt"))
		p.wants(id, "200", contentOf("a.txt"))
		p.quiet(50 * time.Millisecond)
	}
	p.wants(waits, "200", contentOf("big"))
	for i := range uint32(maxFiles) {
		if got := p.on(1 + 2*i).reset; got != int(http2.Cancel) {
			t.Errorf("stream %d: reset %d", 1+2*i, got)
		}
	}
	p.alive(id)
}
