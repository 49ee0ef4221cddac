package faults

import (
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2/hpack"

	"github.com/salver-http/salver"
	"github.com/salver-http/salver/internal/http2"
)

// flood is what a client sends without end.
type flood struct {
	name   string
	window uint32                                 // of a stream
	begin  func(s *speaker) []byte                // is sent once
	again  func(s *speaker, stream uint32) []byte // is sent again and again, with a new number each time
	frames int                                    // that again has
	lives  bool                                   // it is only answered, and not worth the end of a connection
	each   time.Duration                          // of a processor, for a frame that takes longer than a hot request; 0 for none
}

func pair(a, b []byte) []byte { return append(a, b...) }

func frameOf(k http2.Kind, flags http2.Flags, stream uint32, payload string) []byte {
	return append(http2.AppendFrameHead(nil, len(payload), k, flags, stream), payload...)
}

var manyTimes = hpack.HeaderField{Name: "a", Value: strings.Repeat("b", 4000)}

var floods = []flood{
	{name: "rapid reset", frames: 2, window: 1 << 16, again: func(s *speaker, id uint32) []byte { // CVE-2023-44487
		return pair(s.get(id, "/large"), http2.AppendReset(nil, id, http2.Cancel))
	}},
	{name: "rapid reset of what is hot", frames: 2, window: 1 << 16, again: func(s *speaker, id uint32) []byte {
		return pair(s.get(id, "/a.txt"), http2.AppendReset(nil, id, http2.Cancel))
	}},
	{name: "rapid reset without a window", frames: 2, again: func(s *speaker, id uint32) []byte {
		return pair(s.get(id, "/large"), http2.AppendReset(nil, id, http2.Cancel))
	}},
	{name: "MadeYouReset by WINDOW_UPDATE of nothing", frames: 2, again: func(s *speaker, id uint32) []byte { // CVE-2025-8671
		return pair(s.get(id, "/large"), http2.AppendWindowUpdate(nil, id, 0))
	}},
	{name: "MadeYouReset by too large a window", frames: 2, again: func(s *speaker, id uint32) []byte {
		return pair(s.get(id, "/large"), pair(http2.AppendWindowUpdate(nil, id, http2.MaxWindow), http2.AppendWindowUpdate(nil, id, http2.MaxWindow)))
	}},
	{name: "MadeYouReset by DATA after the end", frames: 2, again: func(s *speaker, id uint32) []byte {
		return pair(s.get(id, "/large"), frameOf(http2.Data, 0, id, "a"))
	}},
	{name: "MadeYouReset by HEADERS after the end", frames: 2, again: func(s *speaker, id uint32) []byte {
		return pair(s.get(id, "/large"), frameOf(http2.Headers, http2.EndHeaders|http2.EndStream, id, "\x00\x01a\x01b"))
	}},
	{name: "MadeYouReset by PRIORITY of a wrong length", frames: 2, again: func(s *speaker, id uint32) []byte {
		return pair(s.get(id, "/large"), frameOf(http2.Priority, 0, id, "abc"))
	}},
	{name: "malformed requests", frames: 1, again: func(s *speaker, id uint32) []byte {
		return s.get(id, "/a.txt", hpack.HeaderField{Name: "A", Value: "b"})
	}},
	{name: "CONTINUATION without end", frames: 1, begin: func(*speaker) []byte { return frameOf(http2.Headers, 0, 1, "\x82") }, again: func(_ *speaker, _ uint32) []byte {
		return frameOf(http2.Continuation, 0, 1, "\x00\x01a\x01b")
	}},
	{name: "empty CONTINUATION without end", frames: 1, begin: func(*speaker) []byte { return frameOf(http2.Headers, 0, 1, "") }, again: func(_ *speaker, _ uint32) []byte {
		return frameOf(http2.Continuation, 0, 1, "")
	}},
	// Each byte of these says 4 KB, which are not looked at beyond the limit.
	{name: "HPACK bomb", frames: 1, window: 1 << 16, lives: true, each: 2 * time.Millisecond, begin: func(s *speaker) []byte { return s.get(1, "/a.txt", manyTimes) }, again: func(s *speaker, id uint32) []byte {
		return frameOf(http2.Headers, http2.EndHeaders|http2.EndStream, id, strings.Repeat("\xbe", 16<<10))
	}},
	{name: "SETTINGS", frames: 1, again: func(*speaker, uint32) []byte { return frameOf(http2.Settings, 0, 0, "") }},
	{name: "windows to and fro", frames: 2, window: 100, begin: func(s *speaker) []byte { return s.get(1, "/large") }, again: func(*speaker, uint32) []byte {
		return pair(frameOf(http2.Settings, 0, 0, "\x00\x04\x00\x00\x00\x00"), frameOf(http2.Settings, 0, 0, "\x00\x04\x00\x00\x00\x64"))
	}},
	{name: "long SETTINGS", frames: 1, each: time.Millisecond, again: func(*speaker, uint32) []byte {
		return frameOf(http2.Settings, 0, 0, strings.Repeat("\x00\x03\x00\x00\x00\x64", 2000))
	}},
	{name: "SETTINGS acknowledged", frames: 1, again: func(*speaker, uint32) []byte { return frameOf(http2.Settings, http2.Ack, 0, "") }},
	{name: "PING", frames: 1, again: func(*speaker, uint32) []byte { return frameOf(http2.Ping, 0, 0, "12345678") }},
	{name: "empty DATA", frames: 1, begin: func(s *speaker) []byte { return http2.AppendHeaders(nil, s.fields("/large"), 1, false) }, again: func(*speaker, uint32) []byte {
		return frameOf(http2.Data, 0, 1, "")
	}},
	{name: "DATA of nothing but padding", frames: 1, begin: func(s *speaker) []byte { return http2.AppendHeaders(nil, s.fields("/large"), 1, false) }, again: func(*speaker, uint32) []byte {
		return frameOf(http2.Data, 8, 1, "\xff"+strings.Repeat("\x00", 255))
	}},
	{name: "empty DATA that ends", frames: 2, window: 1 << 16, again: func(s *speaker, id uint32) []byte {
		return pair(http2.AppendHeaders(nil, s.fields("/a.txt"), id, false), frameOf(http2.Data, http2.EndStream, id, ""))
	}, lives: true},
	{name: "a window of one byte", frames: 2, window: 1, begin: func(s *speaker) []byte { return s.get(1, "/large") }, again: func(*speaker, uint32) []byte {
		return pair(http2.AppendWindowUpdate(nil, 1, 1), http2.AppendWindowUpdate(nil, 0, 1))
	}},
	{name: "WINDOW_UPDATE of a stream that is over", frames: 1, window: 1 << 16, begin: func(s *speaker) []byte { return s.get(1, "/a.txt") }, again: func(*speaker, uint32) []byte {
		return http2.AppendWindowUpdate(nil, 1, 1)
	}},
	{name: "PRIORITY", frames: 1, again: func(_ *speaker, id uint32) []byte { return frameOf(http2.Priority, 0, id, "\x00\x00\x00\x02\x10") }},
	{name: "PRIORITY_UPDATE", frames: 2, begin: func(s *speaker) []byte { return pair(s.get(1, "/large"), s.get(3, "/large")) }, again: func(*speaker, uint32) []byte {
		return pair(frameOf(http2.PriorityUpdate, 0, 0, "\x00\x00\x00\x01u=0"), frameOf(http2.PriorityUpdate, 0, 0, "\x00\x00\x00\x03u=7, i"))
	}},
	{name: "frames that nobody knows", frames: 1, again: func(_ *speaker, id uint32) []byte { return frameOf(0x77, 0xff, id, "unknown") }},
	{name: "GOAWAY", frames: 1, again: func(*speaker, uint32) []byte { return frameOf(http2.GoAway, 0, 0, "\x00\x00\x00\x00\x00\x00\x00\x00") }},
}

// pour sends a flood on a connection of its own until it is closed, or so many frames are
// sent, with a pause after every write. It returns how many were.
func (f *flood) pour(t *testing.T, addr string, most int, pause time.Duration, stop *atomic.Bool) (sent, code int, closed bool) {
	s := speak(t, addr, f.window)
	defer s.c.Close()
	if f.begin != nil {
		s.send(f.begin(s))
	}
	together := 20
	if f.each > 0 {
		together, most = 1, most/5 // which are long
	}
	for id := uint32(5); sent < most && !stop.Load(); {
		var b []byte
		for range together {
			b = append(b, f.again(s, id)...)
			id += 2
			sent += f.frames
		}
		if f.lives {
			b = append(b, http2.AppendWindowUpdate(nil, 0, 1<<16)...)
		}
		if !s.send(b) {
			break
		}
		time.Sleep(pause)
		if f.lives { // whoever is answered waits for the answers
			eventually(t, "answers", func() bool { n, _, closed := s.over(); return closed || n >= int(id-5)/2 })
		}
		if _, code, closed := s.over(); closed || code >= 0 {
			break
		}
	}
	if !f.lives && !stop.Load() {
		select { // what is sent is not yet read
		case <-s.ended:
		case <-time.After(patience):
		}
	}
	_, code, closed = s.over()
	if n := s.status("431"); f.name == "HPACK bomb" && n == 0 {
		t.Errorf("%s: no answer is 431: %v", f.name, s.statuses)
	}
	return sent, code, closed
}

// quickest is how long a hot request takes of a processor.
func quickest(t *testing.T, p *process) time.Duration {
	s := speak(t, p.addr, 1<<16)
	defer s.c.Close()
	s.volley(t, "/a.txt", 1, 1000)
	const count = 40_000
	before := p.processor()
	s.volley(t, "/a.txt", 10_001, count)
	return max((p.processor()-before)/count, 2*time.Microsecond)
}

// TestFloods sends what attackers send, from two connections at a time. The connection is
// closed with ENHANCE_YOUR_CALM, a frame takes no more of a processor than some hot requests,
// the memory does not grow, and somebody else is answered as before.
func TestFloods(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.txt"), "content")
	write(t, filepath.Join(dir, "large"), strings.Repeat("x", 8<<20))
	time.Sleep(rest)
	p := run(t, options{}, "--log-format", "none", dir)
	hot := quickest(t, p)
	for i := range floods { // what the first of all takes for buffers is kept
		floods[i].pour(t, p.addr, 2500, 0, new(atomic.Bool))
	}
	t.Logf("a hot request takes %v of a processor", hot)
	memory, descriptors := p.figure("VmRSS:"), p.descriptors()
	for i := range floods {
		f := &floods[i]
		t.Run(f.name, func(t *testing.T) {
			each, _ := f.storm(t, p, 0)
			if most := max(f.each, 5*hot); each > most {
				t.Errorf("a frame takes %v of a processor, want up to %v", each, most)
			}
			// Those who storm without a pause take the processors from whoever measures.
			const tries = 8
			for try := 1; !t.Failed(); try++ {
				alone := undisturbed(t, p)
				_, beside := f.storm(t, p, 2*time.Millisecond)
				t.Logf("%v of a processor for each frame; somebody else waits %v, and %v at p99; alone %v and %v", each, beside.at(0.5), beside.at(0.99), alone.at(0.5), alone.at(0.99))
				if beside.at(0.99) <= 2*alone.at(0.99)+20*time.Millisecond {
					break
				}
				if try == tries {
					t.Errorf("somebody else waits %v at p99, and %v alone", beside.at(0.99), alone.at(0.99))
				}
			}
		})
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("there were %d descriptors, and now there are %q", descriptors, p.open())
		}
	})
	eventually(t, "the descriptors to be given back", func() bool { return p.descriptors() <= descriptors+2 })
	if grown := p.figure("VmRSS:") - memory; grown > 32<<10 {
		t.Errorf("the memory has grown by %d KiB", grown)
	}
}

const moment = 200 * time.Millisecond

// undisturbed is somebody else alone, for a moment.
func undisturbed(t *testing.T, p *process) times {
	done := make(chan struct{})
	time.AfterFunc(moment, func() { close(done) })
	return ordinary(t, p.addr, "/a.txt", "content", done)
}

// storm pours a flood for a moment, beside somebody else.
func (f *flood) storm(t *testing.T, p *process, pause time.Duration) (each time.Duration, beside times) {
	var sent, connections atomic.Int64
	var all sync.WaitGroup
	stop, done := new(atomic.Bool), make(chan struct{})
	others := make(chan times, 1)
	go func() { others <- ordinary(t, p.addr, "/a.txt", "content", done) }()
	before := p.processor()
	for range 2 {
		all.Go(func() {
			for !stop.Load() {
				const most = 20_000
				n, code, closed := f.pour(t, p.addr, most, pause, stop)
				sent.Add(int64(n))
				connections.Add(1)
				switch {
				case f.lives && closed && code >= 0:
					t.Errorf("a connection that only asks ends with 0x%x", code)
					return
				case !f.lives && !closed && !stop.Load():
					t.Errorf("%d frames, and the connection is open", n)
					return
				case !f.lives && closed && code >= 0 && code != int(http2.EnhanceYourCalm) && code != int(http2.FlowControl) && code != int(http2.StreamClosed):
					t.Errorf("the connection ends with 0x%x", code)
					return
				}
			}
		})
	}
	time.Sleep(moment)
	stop.Store(true)
	all.Wait()
	used := p.processor() - before
	close(done)
	beside = <-others
	t.Logf("%d frames on %d connections", sent.Load(), connections.Load())
	// Connections have a price of their own, and so has somebody else.
	used -= time.Duration(connections.Load())*500*time.Microsecond + time.Duration(len(beside))*50*time.Microsecond
	return max(used, 0) / time.Duration(max(sent.Load(), 1)), beside
}

// TestFloodsLeaveNothing pours each flood into a server of this process, where nothing is
// left of it.
func TestFloodsLeaveNothing(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.txt"), "content")
	write(t, filepath.Join(dir, "large"), strings.Repeat("x", 1<<20))
	s := serve(t, salver.Config{Root: dir}, &salver.Server{})
	s.get("/a.txt")
	s.client.CloseIdleConnections()
	time.Sleep(50 * time.Millisecond)
	routines, descriptors := runtime.NumGoroutine(), ownDescriptors(t)
	for i := range floods {
		f := &floods[i]
		sent, code, closed := f.pour(t, s.addr, 2500, 0, new(atomic.Bool))
		if closed == f.lives {
			t.Errorf("%s: after %d frames closed %t, with %x", f.name, sent, closed, code)
		}
	}
	eventually(t, "all to be as it was", func() bool {
		return runtime.NumGoroutine() <= routines+2 && ownDescriptors(t) <= descriptors+2
	})
	if n := s.log.lines(); n > 0 {
		t.Errorf("%d lines were logged: %.1000s", n, s.log)
	}
}
