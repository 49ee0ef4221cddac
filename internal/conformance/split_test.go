package conformance

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/salver-http/salver"
)

// startSplit answers each request by the HTTP/1.1 lane whole, byte by byte, and cut in two
// here and there. The connections are doubles: what comes in one read cannot be known of
// others.
func startSplit(t testing.TB, c salver.Config) exchange {
	t.Helper()
	s := &salver.Server{Handler: newHandler(t, c), Memory: -1}
	l := &doubleListener{conns: make(chan net.Conn), done: make(chan struct{})}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	n := 0
	return func(r request) (answer, error) {
		sent := []byte(r.bytes())
		whole, err := l.answer(r.method, sent)
		if err != nil {
			return whole, err
		}
		n++
		cuts := [][][]byte{slices.Collect(slices.Chunk(sent, 1))}
		for i := 1 + n%16; i < len(sent); i += 16 {
			cuts = append(cuts, [][]byte{sent[:i], sent[i:]})
		}
		for _, parts := range cuts {
			first := string(parts[0])
			got, err := l.answer(r.method, parts...)
			if err != nil {
				return got, fmt.Errorf("after %q: %w", first, err)
			}
			if d := diff(whole, got); d != "" && overtaken(whole, got) {
				whole = got
			} else if d != "" {
				return got, fmt.Errorf("after %q: %s", first, d)
			}
		}
		return whole, nil
	}
}

// answer is the one that comes to parts of a request, after which nothing may follow.
func (l *doubleListener) answer(method string, parts ...[]byte) (answer, error) {
	b, err := l.exchange(parts...)
	if err != nil {
		return answer{}, err
	}
	in := bufio.NewReader(bytes.NewReader(b))
	status, fields, content, err := readAnswer(in, method)
	if err != nil {
		return answer{Content: content}, err
	}
	a, err := newAnswer(status, fields, content)
	if more, _ := io.ReadAll(in); err == nil && len(more) > 0 {
		return a, fmt.Errorf("%w: %.100q", errMore, more)
	}
	return a, err
}

// doubleListener accepts doubles.
type doubleListener struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func (l *doubleListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *doubleListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *doubleListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

// exchange sends parts on a connection and returns all that comes before it is closed.
func (l *doubleListener) exchange(parts ...[]byte) ([]byte, error) {
	c := &double{addr: l.Addr(), parts: parts, closed: make(chan struct{})}
	l.conns <- c
	select {
	case <-c.closed:
	case <-time.After(20 * time.Second):
		return nil, fmt.Errorf("the connection is not closed")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.Bytes(), nil
}

// double is a connection whose other end sends parts, one for each read, and no more.
type double struct {
	addr   net.Addr
	mu     sync.Mutex
	parts  [][]byte     // guarded by mu
	out    bytes.Buffer // guarded by mu
	once   sync.Once
	closed chan struct{}
}

func (c *double) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.parts) > 0 && len(c.parts[0]) == 0 {
		c.parts = c.parts[1:]
	}
	if len(c.parts) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.parts[0])
	c.parts[0] = c.parts[0][n:]
	return n, nil
}

func (c *double) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.Write(p)
}

func (c *double) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}

func (c *double) LocalAddr() net.Addr              { return c.addr }
func (c *double) RemoteAddr() net.Addr             { return c.addr }
func (c *double) SetDeadline(time.Time) error      { return nil }
func (c *double) SetReadDeadline(time.Time) error  { return nil }
func (c *double) SetWriteDeadline(time.Time) error { return nil }
