package engine

import (
	"bufio"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/salver-http/salver/internal/media"
	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/tree"
)

// pipes is a listener of connections without a descriptor, which live in a test's time.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// crowded serves up to eight connections to a test that has its own time.
func crowded(t *testing.T, test func(t *testing.T, dial func() *visitor, logged *strings.Builder)) {
	for name, lane := range map[string]bool{"lane": true, "nethttp": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				types, err := media.New(nil, "", nil)
				if err != nil {
					t.Fatal(err)
				}
				var logged strings.Builder
				e := &Engine{
					Limits: Limits{Head: time.Hour, Idle: time.Hour, Brief: 5 * time.Second, Stall: time.Hour, Conns: 8},
					Rest: &http.Server{ErrorLog: log.New(&logged, "", 0), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						io.WriteString(w, "hello\n")
					})},
				}
				if lane {
					fsys := fstest.MapFS{"a.txt": {Data: []byte("hello\n")}}
					e.Sites = one(&Site{Site: &plan.Site{Tree: tree.NewFS(fsys, tree.Options{}), Types: types}})
				}
				p := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
				done := make(chan error, 1)
				go func() { done <- e.Serve(p) }()
				var all []*visitor
				defer func() {
					for _, v := range all {
						v.c.Close()
					}
					e.Close()
					if err := <-done; !errors.Is(err, http.ErrServerClosed) {
						t.Errorf("Serve returned %v", err)
					}
					time.Sleep(time.Minute)
				}()
				test(t, func() *visitor {
					here, there := net.Pipe()
					p.conns <- there
					v := &visitor{t: t, c: here, r: bufio.NewReader(here)}
					all = append(all, v)
					synctest.Wait()
					return v
				}, &logged)
			})
		})
	}
}

// visitor is a client's end of a connection.
type visitor struct {
	t *testing.T
	c net.Conn
	r *bufio.Reader
}

// ask sends a request and reads the answer.
func (v *visitor) ask() {
	v.t.Helper()
	v.begin()
	v.end()
}

// begin sends a request, whose answer waits to be read.
func (v *visitor) begin() {
	v.c.SetDeadline(time.Now().Add(time.Minute))
	io.WriteString(v.c, get)
	synctest.Wait()
}

func (v *visitor) end() {
	v.t.Helper()
	v.c.SetDeadline(time.Now().Add(time.Minute))
	resp, err := http.ReadResponse(v.r, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	if b, err := io.ReadAll(resp.Body); string(b) != "hello\n" || err != nil {
		v.t.Fatalf("%q, %v", b, err)
	}
	synctest.Wait()
}

// isOpen reports whether the server has left the connection open.
func (v *visitor) isOpen() bool {
	v.t.Helper()
	v.c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	_, err := v.r.ReadByte()
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}

// TestBrief: with more than three quarters of the connections that there may be, those
// that have rested for longer than Brief are closed, and the others are not.
func TestBrief(t *testing.T) {
	crowded(t, func(t *testing.T, dial func() *visitor, _ *strings.Builder) {
		var old []*visitor
		for range 4 {
			v := dial()
			v.ask()
			old = append(old, v)
		}
		time.Sleep(10 * time.Second)
		young := dial()
		young.ask()
		for _, v := range old {
			if !v.isOpen() {
				t.Error("closed early, with few others")
			}
		}
		time.Sleep(2 * time.Second)
		dial().ask()
		dial().ask() // the seventh
		for _, v := range old {
			if v.isOpen() {
				t.Error("still open, after 12 s of rest among many")
			}
		}
		if !young.isOpen() {
			t.Error("closed after 2 s of rest")
		}
	})
}

// TestOldestGoes: with all connections in use, the one that has rested longest gives way,
// and none that is at work.
func TestOldestGoes(t *testing.T) {
	crowded(t, func(t *testing.T, dial func() *visitor, logged *strings.Builder) {
		var all []*visitor
		for range 8 {
			v := dial()
			v.ask()
			all = append(all, v)
			time.Sleep(100 * time.Millisecond)
		}
		all[0].ask() // so that the second has rested longest
		all[2].begin()
		for i, first := range []int{1, 3, 4} {
			dial().ask()
			for j := first; j < len(all); j++ {
				if j == 2 {
					continue // its answer waits
				}
				if open := all[j].isOpen(); open != (j != first) {
					t.Errorf("after %d more, connection %d is open: %t", i+1, j, open)
				}
			}
		}
		if !all[0].isOpen() {
			t.Error("closed, and was asked just before")
		}
		all[2].end()
		if logged.Len() > 0 {
			t.Errorf("nobody was turned away, and the log has %q", logged)
		}
	})
}

// TestTurnedAway: with all connections at work, the next is told to come later, in the
// lane, and is closed; the log has one line of it in ten seconds.
func TestTurnedAway(t *testing.T) {
	crowded(t, func(t *testing.T, dial func() *visitor, logged *strings.Builder) {
		var all []*visitor
		for range 8 {
			v := dial()
			v.ask()
			v.begin()
			all = append(all, v)
		}
		for range 20 {
			v := dial()
			v.c.SetDeadline(time.Now().Add(time.Minute))
			if resp, err := http.ReadResponse(v.r, nil); err == nil {
				if resp.StatusCode != 503 || !resp.Close || resp.Header.Get("Retry-After") == "" {
					t.Errorf("turned away with %v", resp)
				}
				io.Copy(io.Discard, resp.Body)
			} else if !errors.Is(err, io.ErrUnexpectedEOF) || strings.HasSuffix(t.Name(), "/lane") {
				t.Errorf("turned away with %v", err)
			}
			if v.isOpen() {
				t.Error("open, and not taken on")
			}
			time.Sleep(time.Second)
		}
		if n := strings.Count(logged.String(), "\n"); n < 1 || n > 3 {
			t.Errorf("in 20 s the log has %d lines: %q", n, logged)
		}
		all[3].end()
		dial().ask() // in its place, as it rests
	})
}
