package faults

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2/hpack"

	"github.com/salver-http/salver/internal/http2"
)

// speaker is a client of HTTP/2 without manners. It reads all that comes, all the time.
type speaker struct {
	c       net.Conn
	encoder *hpack.Encoder
	block   bytes.Buffer
	ended   chan struct{} // closed with the connection

	mu       sync.Mutex
	statuses map[string]int
	ends     int // streams that have ended, or were reset
	content  int // bytes of DATA
	code     int // of GOAWAY, -1 without
}

// speak connects to addr, and says nothing but SETTINGS with the window of a stream.
func speak(t testing.TB, addr string, window uint32) *speaker {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	s := &speaker{c: c, ended: make(chan struct{}), statuses: map[string]int{}, code: -1}
	s.encoder = hpack.NewEncoder(&s.block)
	c.SetDeadline(time.Now().Add(4 * patience))
	b := http2.AppendFrameHead([]byte(http2.Preface), 6, http2.Settings, 0, 0)
	b = append(b, 0, 4) // SETTINGS_INITIAL_WINDOW_SIZE
	s.send(binary.BigEndian.AppendUint32(b, window))
	go s.listen()
	return s
}

func (s *speaker) listen() {
	defer close(s.ended)
	r := bufio.NewReaderSize(s.c, 64<<10)
	d := hpack.NewDecoder(4096, nil)
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
			return
		}
		s.heard(d, &f)
	}
}

func (s *speaker) heard(d *hpack.Decoder, f *http2.Frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch f.Kind {
	case http2.Headers:
		if fields, err := d.DecodeFull(f.Payload); err == nil {
			s.statuses[fields[0].Value]++
		}
	case http2.Data:
		s.content += len(f.Payload)
	case http2.GoAway:
		s.code = int(binary.BigEndian.Uint32(f.Payload[4:]))
	}
	if f.Kind == http2.Reset || (f.Kind == http2.Headers || f.Kind == http2.Data) && f.Flags.Has(http2.EndStream) {
		s.ends++
	}
}

// send reports whether the connection took all.
func (s *speaker) send(b []byte) bool {
	_, err := s.c.Write(b)
	return err == nil
}

// get is HEADERS of a GET.
func (s *speaker) get(stream uint32, target string, more ...hpack.HeaderField) []byte {
	return http2.AppendHeaders(nil, s.fields(target, more...), stream, true)
}

func (s *speaker) fields(target string, more ...hpack.HeaderField) []byte {
	s.block.Reset()
	for _, f := range append([]hpack.HeaderField{
		{Name: ":method", Value: "GET"},
		{Name: ":scheme", Value: "http"},
		{Name: ":authority", Value: "localhost"},
		{Name: ":path", Value: target},
	}, more...) {
		s.encoder.WriteField(f)
	}
	return bytes.Clone(s.block.Bytes())
}

// over reports how many streams have ended, and with which code the connection has, if it has.
func (s *speaker) over() (streams, code int, closed bool) {
	select {
	case <-s.ended:
		closed = true
	default:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ends, s.code, closed
}

func (s *speaker) status(status string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.statuses[status]
}

// volley asks for a target so many times, a hundred at once.
func (s *speaker) volley(t testing.TB, target string, from uint32, count int) {
	t.Helper()
	const together = 100
	for done := 0; done < count; done += together {
		b := http2.AppendWindowUpdate(nil, 0, 1<<20)
		for i := range uint32(together) {
			b = append(b, s.get(from+2*i, target)...)
		}
		from += 2 * together
		before, _, _ := s.over()
		if !s.send(b) {
			t.Fatal("the connection has ended")
		}
		eventually(t, "all answers", func() bool { n, _, _ := s.over(); return n >= before+together })
	}
}

// times are how long requests take, sorted.
type times []time.Duration

func (t times) at(part float64) time.Duration { return t[min(int(part*float64(len(t))), len(t)-1)] }

func (t times) median() time.Duration {
	slices.Sort(t)
	return t.at(0.5)
}

// ordinary is somebody else, who asks for a target now and then until done is closed, on a
// connection that is kept.
func ordinary(t testing.TB, addr, target, content string, done <-chan struct{}) times {
	w := &wire{addr: addr}
	defer w.close()
	var took times
	for {
		began := time.Now()
		if a, err := w.ask(target, ""); err != nil || a.status != 200 || a.content != content {
			t.Errorf("somebody else is answered %d, %v", a.status, err)
			return times{0}
		}
		took = append(took, time.Since(began))
		select {
		case <-done:
			slices.Sort(took)
			return took
		case <-time.After(time.Millisecond):
		}
	}
}

// ownDescriptors is how many this process has.
func ownDescriptors(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
