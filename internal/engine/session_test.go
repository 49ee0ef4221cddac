package engine

import (
	"bytes"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2/hpack"

	"github.com/salver-http/salver/internal/http2"
)

// open serves files to one peer.
func open(t *testing.T, settings ...uint32) *caller {
	t.Helper()
	_, addr, _ := startPeers(t, patient, nil)
	return greet(t, dial(t, addr), settings...)
}

// TestGreeting: the server says its settings, acknowledges those of the client, and answers PING.
func TestGreeting(t *testing.T) {
	p := open(t, settingWindow, 1<<20, 0x1234, 5)
	p.send(frameOf(http2.Ping, 0, 0, "12345678"), frameOf(http2.Ping, http2.Ack, 0, "ignored!"), frameOf(http2.GoAway, 0, 0, "\x00\x00\x00\x00\x00\x00\x00\x00"), frameOf(77, 0xff, 9, "unknown"))
	p.send(p.request(1, "/a.txt"), p.request(3, "/none"), p.request(5, "/page"))
	p.wants(1, "200", contentOf("a.txt"))
	p.wants(5, "200", contentOf("page"))
	if p.over(3).status != "404" || p.acks != 1 || !slices.Equal(p.pongs, []string{"12345678"}) {
		t.Errorf("status %s, %d acknowledgements, PINGs %q", p.on(3).status, p.acks, p.pongs)
	}
}

// TestNoPreface: who begins as HTTP/2 does and goes on otherwise is told, and nobody waits.
func TestNoPreface(t *testing.T) {
	e, addr, _ := startPeers(t, patient, nil)
	for i := len("PRI * HTTP/2.0\r\n\r\n"); i < len(http2.Preface); i++ {
		c := dial(t, addr)
		p := newCaller(t, c)
		p.send([]byte(http2.Preface[:i]), []byte("x"))
		p.ends(http2.ProtocolError)
	}
	for i := range len(http2.Preface) + 1 { // or leaves
		c := dial(t, addr)
		c.Write([]byte(http2.Preface[:i]))
		c.CloseWrite()
		closed(t, c)
	}
	none(t, e)
}

// TestCut: it does not matter where what a client sends is cut.
func TestCut(t *testing.T) {
	e, addr, _ := startPeers(t, patient, nil)
	listener := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	go e.Serve(listener)
	var talk []byte
	script := &caller{t: t}
	script.encoder = hpack.NewEncoder(&script.block)
	first := script.request(1, "/a.txt", "user-agent: somebody")
	block := script.fields(":method: GET", ":scheme: http", ":authority: a", ":path: /page", "accept-encoding: gzip")
	talk = append(talk, http2.Preface...)
	talk = append(talk, settingsFrame(settingWindow, 1<<16)...)
	talk = append(talk, first...)
	talk = append(talk, frameOf(http2.Headers, http2.EndStream, 3, string(block[:3]))...)
	talk = append(talk, frameOf(http2.Continuation, 0, 3, "")...)
	talk = append(talk, frameOf(http2.Continuation, http2.EndHeaders, 3, string(block[3:]))...)
	talk = append(talk, frameOf(http2.PriorityUpdate, 0, 0, "\x00\x00\x00\x03u=1")...)
	talk = append(talk, script.requestOf("POST", 5, "/a.txt", false)...)
	talk = append(talk, frameOf(http2.Data, http2.EndStream|8, 5, "\x03abc\x00\x00\x00")...)
	talk = append(talk, frameOf(http2.Ping, 0, 0, "12345678")...)
	check := func(t *testing.T, p *caller) {
		p.wants(1, "200", contentOf("a.txt"))
		p.wants(3, "200", contentOf("page"))
		p.until("PING is answered", func() bool { return len(p.pongs) > 0 })
		if s := p.over(5).status; s != "405" {
			t.Errorf("POST is answered %s", s)
		}
	}
	for i := 1; i < len(talk); i++ {
		p := newCaller(t, pipe(t, listener))
		p.send(talk[:i])
		p.send(talk[i:])
		check(t, p)
		p.c.Close()
		if i%8 == 0 {
			p = newCaller(t, dial(t, addr))
			p.send(talk[:i])
			time.Sleep(2 * time.Millisecond)
			p.send(talk[i:])
			check(t, p)
			p.c.Close()
		}
		if t.Failed() {
			t.Fatalf("cut after %d bytes", i)
		}
	}
	p := newCaller(t, pipe(t, listener))
	for i := range talk {
		p.send(talk[i : i+1])
	}
	check(t, p)
}

// TestContinuations: a block has up to 16 of them (and 32 KiB), and nothing comes between.
func TestContinuations(t *testing.T) {
	_, addr, _ := startPeers(t, patient, nil)
	cut := func(p *caller, n int) (frames []byte) {
		block := p.fields(":method: GET", ":scheme: http", ":authority: a", ":path: /a.txt", "a: "+strings.Repeat("b", 50))
		for i := range n + 1 {
			kind, flags, part := http2.Continuation, http2.Flags(0), block[:1]
			if i == 0 {
				kind, flags = http2.Headers, http2.EndStream
			}
			if i == n {
				flags, part = flags|http2.EndHeaders, block
			}
			frames = append(frames, frameOf(kind, flags, 1, string(part))...)
			block = block[len(part):]
		}
		return frames
	}
	p := greet(t, dial(t, addr))
	p.send(cut(p, 16))
	p.wants(1, "200", contentOf("a.txt"))
	p.alive(3)
	for name, c := range map[string]struct {
		frames []byte
		code   http2.Code
	}{
		"17":                {cut(greet(t, dial(t, addr)), 17), http2.EnhanceYourCalm},
		"DATA between":      {slices.Concat(frameOf(http2.Headers, 0, 1, "\x82"), frameOf(http2.Data, 0, 1, "a")), http2.ProtocolError},
		"unknown between":   {slices.Concat(frameOf(http2.Headers, 0, 1, "\x82"), frameOf(77, 0, 1, "a")), http2.ProtocolError},
		"of another stream": {slices.Concat(frameOf(http2.Headers, 0, 1, "\x82"), frameOf(http2.Continuation, http2.EndHeaders, 3, "\x87")), http2.ProtocolError},
		"of nothing":        {frameOf(http2.Continuation, http2.EndHeaders, 1, "\x82"), http2.ProtocolError},
		"too long":          {slices.Concat(frameOf(http2.Headers, 0, 1, strings.Repeat("\x82", 16<<10)), frameOf(http2.Continuation, 0, 1, strings.Repeat("\x82", 16<<10)), frameOf(http2.Continuation, 0, 1, "\x82")), http2.EnhanceYourCalm},
	} {
		t.Run(name, func(t *testing.T) {
			p := greet(t, dial(t, addr))
			p.send(c.frames)
			p.ends(c.code)
		})
	}
}

// TestEnds: what ends a connection, and with which code.
func TestEnds(t *testing.T) {
	_, addr, _ := startPeers(t, patient, nil)
	p := &caller{t: t}
	p.encoder = hpack.NewEncoder(&p.block)
	p.encoder.SetMaxDynamicTableSize(0)
	p.fields(":path: /")
	first := p.request(1, "/a.txt")
	for name, c := range map[string]struct {
		frames [][]byte
		code   http2.Code
	}{
		"DATA on an idle stream":           {[][]byte{frameOf(http2.Data, 0, 1, "a")}, http2.ProtocolError},
		"DATA on a stream of the server":   {[][]byte{frameOf(http2.Data, 0, 2, "a")}, http2.ProtocolError},
		"HEADERS of an even number":        {[][]byte{p.request(2, "/")}, http2.ProtocolError},
		"a smaller number":                 {[][]byte{p.request(5, "/a.txt"), p.request(3, "/a.txt")}, http2.ProtocolError},
		"the same number":                  {[][]byte{first, first}, http2.StreamClosed},
		"HEADERS after RST_STREAM":         {[][]byte{first, frameOf(http2.Reset, 0, 1, "\x00\x00\x00\x08"), first}, http2.StreamClosed},
		"RST_STREAM on an idle stream":     {[][]byte{frameOf(http2.Reset, 0, 1, "\x00\x00\x00\x08")}, http2.ProtocolError},
		"WINDOW_UPDATE on an idle stream":  {[][]byte{widen(1, 1)}, http2.ProtocolError},
		"WINDOW_UPDATE beyond the largest": {[][]byte{widen(0, http2.MaxWindow)}, http2.FlowControl},
		"WINDOW_UPDATE of nothing":         {[][]byte{widen(0, 0)}, http2.ProtocolError},
		"a window beyond the largest":      {[][]byte{settingsFrame(settingWindow, 1<<31)}, http2.FlowControl},
		"SETTINGS of half a setting":       {[][]byte{frameOf(http2.Settings, 0, 0, "abc")}, http2.FrameSize},
		"PUSH_PROMISE":                     {[][]byte{frameOf(http2.PushPromise, http2.EndHeaders, 1, "\x00\x00\x00\x02")}, http2.ProtocolError},
		"a frame too long":                 {[][]byte{http2.AppendFrameHead(nil, 1<<14+1, http2.Data, 0, 1)}, http2.FrameSize},
		"fields that are none":             {[][]byte{frameOf(http2.Headers, http2.EndHeaders, 1, "\xff\xff\xff\xff\xff\xff")}, http2.Compression},
		"half a field":                     {[][]byte{frameOf(http2.Headers, http2.EndHeaders, 1, "\x40\x05abc")}, http2.Compression},
		"a field that is not in the table": {[][]byte{frameOf(http2.Headers, http2.EndHeaders, 1, "\xfe")}, http2.Compression},
	} {
		t.Run(name, func(t *testing.T) {
			p := greet(t, dial(t, addr))
			p.send(c.frames...)
			p.ends(c.code)
		})
	}
	t.Run("no SETTINGS first", func(t *testing.T) {
		p := newCaller(t, dial(t, addr))
		p.send([]byte(http2.Preface), first)
		p.ends(http2.ProtocolError)
	})
	t.Run("SETTINGS acknowledged first", func(t *testing.T) {
		p := newCaller(t, dial(t, addr))
		p.send([]byte(http2.Preface), http2.AppendSettingsAck(nil))
		p.ends(http2.ProtocolError)
	})
	t.Run("a window of a stream beyond the largest by SETTINGS", func(t *testing.T) {
		p := greet(t, dial(t, addr), settingWindow, 0)
		p.send(p.request(1, "/large"), widen(1, http2.MaxWindow), settingsFrame(settingWindow, 1))
		p.ends(http2.FlowControl)
	})
}

// TestStreamEnds: what ends a stream, and with which code; the connection lives.
func TestStreamEnds(t *testing.T) {
	p := open(t)
	p.send(widen(0, 1<<30))
	id := uint32(1)
	for _, c := range []struct {
		name   string
		frames func(id uint32) [][]byte
		code   http2.Code
	}{
		{"malformed", func(id uint32) [][]byte { return [][]byte{p.request(id, "/a.txt", "A: b")} }, http2.ProtocolError},
		{"malformed, with content", func(id uint32) [][]byte {
			return [][]byte{p.requestOf("PUT", id, "/a.txt", false, "connection: close"), frameOf(http2.Data, http2.EndStream, id, "a")}
		}, http2.ProtocolError},
		{"content shorter than it says", func(id uint32) [][]byte {
			return [][]byte{p.requestOf("GET", id, "/large", false, "content-length: 5"), frameOf(http2.Data, http2.EndStream, id, "abcd")}
		}, http2.ProtocolError},
		{"content longer than it says", func(id uint32) [][]byte {
			return [][]byte{p.requestOf("GET", id, "/large", false, "content-length: 5"), frameOf(http2.Data, 0, id, "abcdef")}
		}, http2.ProtocolError},
		{"no content that says it is some", func(id uint32) [][]byte { return [][]byte{p.request(id, "/large", "content-length: 5")} }, http2.ProtocolError},
		{"content shorter than it says, with trailers", func(id uint32) [][]byte {
			return [][]byte{p.requestOf("GET", id, "/large", false, "content-length: 5"), frameOf(http2.Data, 0, id, "abcd"), http2.AppendHeaders(nil, p.fields("a: b"), id, true)}
		}, http2.ProtocolError},
		{"trailers in the middle", func(id uint32) [][]byte {
			return [][]byte{p.requestOf("GET", id, "/large", false), http2.AppendHeaders(nil, p.fields("a: b"), id, false)}
		}, http2.ProtocolError},
		{"pseudo-header field in trailers", func(id uint32) [][]byte {
			return [][]byte{p.requestOf("GET", id, "/large", false), http2.AppendHeaders(nil, p.fields(":path: /"), id, true)}
		}, http2.ProtocolError},
		{"HEADERS after the end", func(id uint32) [][]byte {
			return [][]byte{p.request(id, "/large"), http2.AppendHeaders(nil, p.fields("a: b"), id, true)}
		}, http2.StreamClosed},
		{"DATA after the end", func(id uint32) [][]byte {
			return [][]byte{p.request(id, "/large"), frameOf(http2.Data, 0, id, "a")}
		}, http2.StreamClosed},
		{"DATA after the answer", func(id uint32) [][]byte {
			return [][]byte{p.request(id, "/a.txt"), frameOf(http2.Data, 0, id, "a")}
		}, http2.StreamClosed},
		{"more DATA than the stream takes", func(id uint32) [][]byte {
			return [][]byte{p.requestOf("PUT", id, "/large", false), bytes.Repeat(frameOf(http2.Data, 0, id, strings.Repeat("a", 16<<10)), 5)}
		}, http2.NoError},
		{"more DATA than the stream takes, before the answer is sent", func(id uint32) [][]byte {
			return [][]byte{p.requestOf("GET", id, "/large", false), bytes.Repeat(frameOf(http2.Data, 0, id, strings.Repeat("a", 16<<10)), 5)}
		}, http2.FlowControl},
		{"more padding than the stream takes", func(id uint32) [][]byte {
			return [][]byte{p.requestOf("GET", id, "/large", false), bytes.Repeat(frameOf(http2.Data, 8, id, "\xff"+strings.Repeat("\x00", 255)), 300)}
		}, http2.FlowControl},
		{"WINDOW_UPDATE of nothing", func(id uint32) [][]byte { return [][]byte{p.request(id, "/large"), widen(id, 0)} }, http2.ProtocolError},
		{"WINDOW_UPDATE beyond the largest", func(id uint32) [][]byte {
			return [][]byte{p.request(id, "/large"), widen(id, http2.MaxWindow)}
		}, http2.FlowControl},
		{"PRIORITY of a wrong length", func(id uint32) [][]byte {
			return [][]byte{p.request(id, "/large"), frameOf(http2.Priority, 0, id, "abc")}
		}, http2.FrameSize},
	} {
		p.t = t
		for range 2 { // what one has left behind is nobody else's
			p.send(c.frames(id)...)
			r := p.on(id)
			p.until(c.name+" ends it", func() bool { return r.reset >= 0 })
			if r.reset != int(c.code) {
				t.Errorf("%s: reset %d after status %s, want %d", c.name, r.reset, r.status, c.code)
			}
			p.send(p.request(id+2, "/a.txt"))
			p.wants(id+2, "200", contentOf("a.txt"))
			id += 4
		}
	}
}
