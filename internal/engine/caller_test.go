package engine

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2/hpack"

	"github.com/salver-http/salver/internal/http2"
	"github.com/salver-http/salver/internal/media"
	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/tree"
)

// The files that are served to a peer, by their length.
var peerFiles = map[string]int{"a.txt": 6, "page": 15_000, "middle": 60_000, "big": 200_000, "large": 2 << 20}

// contentOf is the content of a file.
func contentOf(name string) string { return contents()[name] }

// contents are those of all files, in which no two places look the same.
var contents = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for name := range peerFiles {
		all[name] = makeContent(name)
	}
	return all
})

func makeContent(name string) string {
	b := make([]byte, 0, peerFiles[name]+8)
	for n := uint64(len(name)) << 56; len(b) < peerFiles[name]; n++ {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return string(b[:peerFiles[name]])
}

// startPeers serves a directory of peerFiles, and one with a long listing.
func startPeers(t testing.TB, limits Limits, done func(Exchange)) (e *Engine, addr, dir string) {
	t.Helper()
	dir = t.TempDir()
	for name := range peerFiles {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(contentOf(name)), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	os.Mkdir(filepath.Join(dir, "list"), 0o777)
	for i := range 300 {
		if err := os.WriteFile(filepath.Join(dir, "list", fmt.Sprintf("entry%d", i)), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	types, err := media.New(nil, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := tree.New(dir, tree.Options{Index: []string{"index.html"}})
	if err != nil {
		t.Fatal(err)
	}
	e, addr = startEngine(t, &Engine{Sites: one(&Site{Site: &plan.Site{Tree: tr, Types: types}, Done: done, All: true}), Limits: limits})
	e.init() // which a test may look at before the server has begun
	return e, addr, dir
}

// pipe is a connection to p without a network.
func pipe(t testing.TB, p *pipes) net.Conn {
	c, s := net.Pipe()
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	p.conns <- s
	return c
}

// received is what has come on a stream.
type received struct {
	status  string
	fields  []hpack.HeaderField
	content []byte
	ended   bool
	reset   int // the code of RST_STREAM, -1 without
	frames  int // of DATA
}

// caller is a client of HTTP/2 that reads all the time, and otherwise does as it is told.
type caller struct {
	t       testing.TB
	c       net.Conn
	frames  chan http2.Frame // closed with the connection
	encoder *hpack.Encoder
	block   bytes.Buffer
	decoder *hpack.Decoder

	streams map[uint32]*received
	order   []uint32 // the streams of DATA frames, as they came
	acks    int      // of SETTINGS
	pongs   []string
	given   map[uint32]int // by WINDOW_UPDATE
	left    []http2.Code   // the codes of GOAWAY
	last    uint32         // the last stream of GOAWAY
	closed  bool
}

// newCaller speaks to c, whose server has not heard anything yet.
func newCaller(t testing.TB, c net.Conn) *caller {
	p := &caller{t: t, c: c, frames: make(chan http2.Frame, 1<<16), decoder: hpack.NewDecoder(4096, nil), streams: map[uint32]*received{}, given: map[uint32]int{}}
	p.encoder = hpack.NewEncoder(&p.block)
	go func() {
		defer close(p.frames)
		defer c.Close()
		r := bufio.NewReaderSize(c, 64<<10)
		for {
			head, err := r.Peek(http2.FrameHead)
			if err != nil {
				return
			}
			b := make([]byte, http2.FrameHead+int(head[0])<<16+int(head[1])<<8+int(head[2]))
			if _, err := io.ReadFull(r, b); err != nil {
				return
			}
			var f http2.Frame
			if _, err := http2.ReadFrame(b, &f); err != nil {
				t.Errorf("the server sends %x: %v", b[:http2.FrameHead], err)
				return
			}
			p.frames <- f
		}
	}()
	return p
}

// greet begins to speak HTTP/2.
func greet(t testing.TB, c net.Conn, settings ...uint32) *caller {
	p := newCaller(t, c)
	p.send([]byte(http2.Preface), settingsFrame(settings...))
	return p
}

const (
	settingWindow = 4
)

// settingsFrame is SETTINGS of numbers and values.
func settingsFrame(settings ...uint32) []byte {
	b := http2.AppendFrameHead(nil, len(settings)*3, http2.Settings, 0, 0)
	for i := 0; i < len(settings); i += 2 {
		b = binary.BigEndian.AppendUint16(b, uint16(settings[i]))
		b = binary.BigEndian.AppendUint32(b, settings[i+1])
	}
	return b
}

// send sends all in one write. That the server has closed the connection is seen by reading.
func (p *caller) send(parts ...[]byte) { p.c.Write(bytes.Join(parts, nil)) }

func frameOf(k http2.Kind, flags http2.Flags, stream uint32, payload string) []byte {
	return append(http2.AppendFrameHead(nil, len(payload), k, flags, stream), payload...)
}

// fields is a block of "name: value".
func (p *caller) fields(lines ...string) []byte {
	p.block.Reset()
	for _, line := range lines {
		i := strings.Index(line[1:], ": ") + 1
		p.encoder.WriteField(hpack.HeaderField{Name: line[:i], Value: line[i+2:]})
	}
	return bytes.Clone(p.block.Bytes())
}

// request is HEADERS for a path.
func (p *caller) request(stream uint32, path string, more ...string) []byte {
	return p.requestOf("GET", stream, path, true, more...)
}

func (p *caller) requestOf(method string, stream uint32, path string, end bool, more ...string) []byte {
	block := p.fields(append([]string{":method: " + method, ":scheme: http", ":authority: a", ":path: " + path}, more...)...)
	return http2.AppendHeaders(nil, block, stream, end)
}

func (p *caller) on(stream uint32) *received {
	r := p.streams[stream]
	if r == nil {
		r = &received{reset: -1}
		p.streams[stream] = r
	}
	return r
}

// until reads frames until something is so, or the connection has ended.
func (p *caller) until(what string, is func() bool) {
	p.t.Helper()
	late := time.After(patience)
	for !is() {
		select {
		case f, ok := <-p.frames:
			if !ok {
				if p.closed = true; !is() {
					p.t.Fatalf("the connection has ended, and before it %s: %v", what, p.left)
				}
				return
			}
			p.take(&f)
		case <-late:
			p.t.Fatalf("waited in vain until %s", what)
		}
	}
}

// quiet reads frames until none has come for a while.
func (p *caller) quiet(while time.Duration) {
	p.t.Helper()
	for {
		select {
		case f, ok := <-p.frames:
			if !ok {
				p.closed = true
				return
			}
			p.take(&f)
		case <-time.After(while):
			return
		}
	}
}

func (p *caller) take(f *http2.Frame) {
	switch r := p.on(f.Stream); f.Kind {
	case http2.Headers:
		if r.status != "" || !f.Flags.Has(http2.EndHeaders) {
			p.t.Errorf("HEADERS on stream %d after %s, flags %x", f.Stream, r.status, f.Flags)
		}
		fields, err := p.decoder.DecodeFull(f.Payload)
		if err != nil {
			p.t.Errorf("stream %d: %v", f.Stream, err)
			return
		}
		r.status, r.fields, r.ended = fields[0].Value, fields[1:], f.Flags.Has(http2.EndStream)
	case http2.Data:
		if r.status == "" || r.ended {
			p.t.Errorf("DATA on stream %d: status %q, ended %t", f.Stream, r.status, r.ended)
		}
		r.content, r.ended = append(r.content, f.Payload...), f.Flags.Has(http2.EndStream)
		r.frames++
		p.order = append(p.order, f.Stream)
	case http2.Reset:
		r.reset = int(binary.BigEndian.Uint32(f.Payload))
	case http2.Settings:
		if f.Flags.Has(http2.Ack) {
			p.acks++
		}
	case http2.Ping:
		p.pongs = append(p.pongs, string(f.Payload))
	case http2.GoAway:
		p.last = binary.BigEndian.Uint32(f.Payload)
		p.left = append(p.left, http2.Code(binary.BigEndian.Uint32(f.Payload[4:])))
	case http2.WindowUpdate:
		p.given[f.Stream] += int(f.Number())
	}
}

// over waits for the end of a stream.
func (p *caller) over(stream uint32) *received {
	p.t.Helper()
	r := p.on(stream)
	p.until(fmt.Sprintf("stream %d is over", stream), func() bool { return r.ended || r.reset >= 0 })
	return r
}

// wants waits for a whole answer.
func (p *caller) wants(stream uint32, status, content string) {
	p.t.Helper()
	if r := p.over(stream); r.status != status || r.reset >= 0 && !r.ended || string(r.content) != content {
		p.t.Errorf("stream %d: status %s, %d bytes, reset %d, want %s and %d bytes", stream, r.status, len(r.content), r.reset, status, len(content))
	}
}

// ends waits for the end of the connection, which has to give a code.
func (p *caller) ends(code http2.Code) {
	p.t.Helper()
	p.until("it has ended", func() bool { return p.closed })
	if len(p.left) == 0 || p.left[len(p.left)-1] != code {
		p.t.Errorf("the connection has ended with %v, want 0x%x", p.left, uint32(code))
	}
}

// alive makes sure that the connection is of use.
func (p *caller) alive(stream uint32) {
	p.t.Helper()
	p.send(p.request(stream, "/a.txt"))
	p.wants(stream, "200", contentOf("a.txt"))
}

// widen is WINDOW_UPDATE.
func widen(stream, n uint32) []byte { return http2.AppendWindowUpdate(nil, stream, n) }

// none waits until the engine has no connection.
func none(t *testing.T, e *Engine) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		e.mu.Lock()
		n := len(e.conns)
		e.mu.Unlock()
		if n == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("there are still %d connections", n)
		}
	}
}
