package engine

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	"golang.org/x/net/http2/hpack"

	"github.com/salver-http/salver/internal/http2"
)

// TestIdleSession: a connection at rest is told before it is closed; so is one without a first
// request, and one whose content does not come.
func TestIdleSession(t *testing.T) {
	const brief = 100 * time.Millisecond
	for name, c := range map[string]struct {
		limits Limits
		send   func(p *caller)
	}{
		"at rest":      {Limits{Head: time.Hour, Idle: brief, Stall: time.Hour}, func(p *caller) { p.alive(1) }},
		"no request":   {Limits{Head: time.Hour, Idle: brief, Stall: time.Hour}, func(p *caller) {}},
		"half a frame": {Limits{Head: brief, Idle: time.Hour, Stall: time.Hour}, func(p *caller) { p.send(p.request(1, "/a.txt")[:12]) }},
		"half a block": {Limits{Head: brief, Idle: time.Hour, Stall: time.Hour}, func(p *caller) { p.send(frameOf(http2.Headers, 0, 1, "\x82")) }},
		"half a content": {Limits{Head: brief, Idle: time.Hour, Stall: time.Hour}, func(p *caller) {
			p.send(p.requestOf("GET", 1, "/a.txt", false), frameOf(http2.Data, 0, 1, "a"))
			p.wants(1, "200", contentOf("a.txt"))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			e, addr, _ := startPeers(t, c.limits, nil)
			p := greet(t, dial(t, addr))
			c.send(p)
			p.ends(http2.NoError)
			none(t, e)
		})
	}
	t.Run("half a preface", func(t *testing.T) {
		e, addr, _ := startPeers(t, Limits{Head: brief, Idle: time.Hour, Stall: time.Hour}, nil)
		c := dial(t, addr)
		c.Write([]byte(http2.Preface[:20]))
		closed(t, c)
		none(t, e)
	})
}

// TestStalledWindow: who opens no window is let go after the limit, with all that it holds.
func TestStalledWindow(t *testing.T) {
	failed := make(chan Exchange, 200)
	e, addr, _ := startPeers(t, Limits{Head: time.Hour, Idle: time.Hour, Stall: 200 * time.Millisecond}, func(x Exchange) { failed <- x })
	p := greet(t, dial(t, addr))
	p.send(p.request(1, "/large"), p.request(3, "/big"))
	p.until("it has ended", func() bool { return p.closed })
	none(t, e)
	for range 2 {
		select {
		case x := <-failed:
			if x.Err == nil || x.Status != 200 {
				t.Errorf("%d is told, %v", x.Status, x.Err)
			}
		case <-time.After(patience):
			t.Fatal("what was not sent is not told")
		}
	}
}

// TestShutdownOfSessions: a download goes on to its end, no new stream is taken, and nothing that is sent on
// one ends the connection.
func TestShutdownOfSessions(t *testing.T) {
	e, addr, _ := startPeers(t, patient, nil)
	busy := greet(t, dial(t, addr), settingWindow, 1<<28)
	busy.send(busy.request(1, "/large"))
	busy.until("the window is used up", func() bool { return len(busy.on(1).content) == 65_535 })
	idle := greet(t, dial(t, addr))
	idle.alive(1)
	time.Sleep(10 * time.Millisecond)
	done := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		done <- e.Shutdown(ctx)
	}()
	idle.ends(http2.NoError)
	busy.send(frameOf(http2.Ping, 0, 0, "12345678"))
	busy.until("it is told", func() bool { return len(busy.left) > 0 })
	if busy.left[0] != http2.NoError || busy.last != 1 {
		t.Errorf("GOAWAY 0x%x after stream %d", busy.left[0], busy.last)
	}
	// These were under way when it came.
	busy.send(busy.requestOf("GET", 3, "/a.txt", false), frameOf(http2.Data, 0, 3, "abc"), widen(3, 5), busy.request(5, "/a.txt"), frameOf(http2.Reset, 0, 5, "\x00\x00\x00\x08"),
		frameOf(http2.Data, 0, 3, "abc"), http2.AppendHeaders(nil, busy.fields("a: b"), 3, true), frameOf(http2.PriorityUpdate, 0, 0, "\x00\x00\x00\x05u=0"))
	busy.send(widen(0, 1<<28))
	busy.wants(1, "200", contentOf("large"))
	busy.ends(http2.NoError)
	if busy.on(3).status != "" || busy.on(5).status != "" {
		t.Error("a stream is answered after GOAWAY")
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestShutdownWhileSending: who takes all that there is, and asks for more meanwhile, is told all the same.
func TestShutdownWhileSending(t *testing.T) {
	e, addr, _ := startPeers(t, patient, nil)
	c := dial(t, addr)
	c.SetReadBuffer(32 << 10)
	b := append([]byte(http2.Preface), settingsFrame(settingWindow, 1<<30)...)
	b = append(b, widen(0, 1<<30)...)
	script := &caller{t: t}
	script.encoder = hpack.NewEncoder(&script.block)
	for id := uint32(1); id < 20; id += 2 {
		b = append(b, script.request(id, "/large")...)
	}
	c.Write(b)
	for end := time.Now().Add(patience); e.AtWork() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it is not at work")
		}
	}
	time.Sleep(50 * time.Millisecond)
	done := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		done <- e.Shutdown(ctx)
	}()
	for end := time.Now().Add(patience); !e.closing.Load() && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(10 * time.Millisecond)
	c.Write(script.request(101, "/large"))
	p := newCaller(t, net.Conn(c))
	for id := uint32(1); id < 20; id += 2 {
		p.wants(id, "200", contentOf("large"))
	}
	p.ends(http2.NoError)
	if p.last != 19 || p.on(101).status != "" {
		t.Errorf("GOAWAY after stream %d, and 101 is answered %q", p.last, p.on(101).status)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestNoKeepAlives: a connection takes one batch of requests.
func TestNoKeepAlives(t *testing.T) {
	e, addr, _ := startPeers(t, patient, nil)
	e.init()
	e.SetKeepAlives(false)
	p := greet(t, dial(t, addr))
	p.send(p.request(1, "/a.txt"))
	p.wants(1, "200", contentOf("a.txt"))
	p.ends(http2.NoError)
}

// TestRest: a session at rest holds nothing of what was answered.
func TestRest(t *testing.T) {
	e := hotEngine(t)
	e.Rest = new(http.Server)
	e.init()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := greet(t, dial(t, l.Addr().String()))
	nc, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c := newConn(e, nc, &door{rest: newHandedListener(l.Addr())})
	if !e.add(&c.client) {
		t.Fatal("there is no room for it")
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		c.serveRaw(c.raw)
	}()
	p.send(widen(0, 1<<20))
	for id := uint32(1); id < 40; id += 4 {
		p.send(p.request(id, "/a.txt"), p.request(id+2, "/list/"))
		p.over(id)
		p.over(id + 2)
	}
	for end := time.Now().Add(patience); e.AtWork() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the connection does not come to rest")
		}
	}
	c.retire()
	<-served
	s := c.session
	if c.desk != nil || len(s.streams) > 0 || s.sending+s.files+s.buffers+s.waiting != 0 {
		t.Error("a connection at rest holds a buffer, or a stream")
	}
	if s.spare != nil && (s.spare.x.Head != nil || s.spare.piece[0].Bytes != nil || s.spare.p != nil) {
		t.Error("a stream that is to be used again holds what it was used for")
	}
	for _, e := range s.seen {
		if e != nil {
			t.Error("a connection at rest holds an answer")
		}
	}
}
