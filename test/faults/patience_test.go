package faults

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/salver-http/salver"
)

// The limits that a Server promises, and by how much it may be late, as it does not set
// a deadline anew for every request.
const (
	headLimit  = 10 * time.Second
	idleLimit  = 60 * time.Second
	stallLimit = 30 * time.Second
	graceLimit = 60 * time.Second
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

func (p *pipes) dial() net.Conn {
	here, there := net.Pipe()
	p.conns <- there
	return here
}

// ending is the end of an answer.
type ending struct {
	at    time.Time
	cause error
}

// timeless serves a small and a large file in both lanes, to a test that has its own time.
func timeless(t *testing.T, test func(t *testing.T, p *pipes, answers <-chan ending, nethttp bool)) {
	for name, nethttp := range map[string]bool{"lane": false, "nethttp": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				answers := make(chan ending, 1000)
				h, err := salver.New(salver.Config{
					FS:        fstest.MapFS{"a.txt": {Data: []byte("hello\n")}, "large": {Data: make([]byte, 8<<20)}},
					AccessLog: func(a salver.Access) { answers <- ending{time.Now(), a.Cause} },
					ErrorLog:  slog.New(slog.DiscardHandler),
				})
				if err != nil {
					t.Fatal(err)
				}
				s := &salver.Server{Handler: h, NetHTTP: nethttp, Memory: -1}
				p := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
				done := make(chan error, 1)
				go func() { done <- s.Serve(p) }()
				defer func() {
					s.Close()
					if err := <-done; !errors.Is(err, http.ErrServerClosed) {
						t.Errorf("Serve returned %v", err)
					}
					time.Sleep(time.Minute) // for who has not noticed yet
				}()
				test(t, p, answers, nethttp)
			})
		})
	}
}

// lasts waits for the end of a connection, and complains when that takes less than least
// or more than most.
func lasts(t *testing.T, what string, c net.Conn, least, most time.Duration) {
	t.Helper()
	began := time.Now()
	c.SetReadDeadline(began.Add(time.Hour))
	n, err := io.Copy(io.Discard, c)
	if took := time.Since(began); took < least || took > most {
		t.Errorf("%s: closed after %v, not between %v and %v", what, took, least, most)
	}
	if n > 0 {
		t.Errorf("%s: %d more bytes came: %v", what, n, err)
	}
}

// get asks on c for a target and reads the whole answer.
func get(t *testing.T, c net.Conn, target string) {
	t.Helper()
	io.WriteString(c, head(target, ""))
	if a, _, err := readAnswer(bufio.NewReader(c)); err != nil || a.status != 200 {
		t.Fatalf("%s is answered %d, %v", target, a.status, err)
	}
}

// TestPatienceForNothing (FA3): a connection on which nothing comes.
func TestPatienceForNothing(t *testing.T) {
	timeless(t, func(t *testing.T, p *pipes, _ <-chan ending, _ bool) {
		lasts(t, "nothing sent", p.dial(), headLimit, headLimit)
	})
}

// TestPatienceForHead (FA2): a byte a second does not put the end off, neither for the first
// head nor for one that follows an answer, or comes with the request before it.
func TestPatienceForHead(t *testing.T) {
	timeless(t, func(t *testing.T, p *pipes, _ <-chan ending, nethttp bool) {
		drip := func(c net.Conn, begin string) {
			io.WriteString(c, begin)
			for {
				time.Sleep(time.Second)
				if _, err := io.WriteString(c, "x"); err != nil {
					return
				}
			}
		}
		const half = "GET /a.txt HTTP/1.1\r\nHost: a\r\nX: "
		c := p.dial()
		go drip(c, half)
		lasts(t, "slow head", c, headLimit, headLimit)

		c = p.dial()
		get(t, c, "/a.txt")
		time.Sleep(20 * time.Second)
		go drip(c, half)
		lasts(t, "slow second head", c, headLimit, headLimit)

		c = p.dial()
		go drip(c, head("/a.txt", "")+half)
		r := bufio.NewReader(c)
		if _, _, err := readAnswer(r); err != nil || r.Buffered() > 0 {
			t.Fatal(err)
		}
		lasts(t, "slow head behind a request", c, headLimit, headLimit)

		// The first byte may take as long as the whole head, in the lane.
		c = p.dial()
		time.Sleep(headLimit / 2)
		go drip(c, half)
		least := headLimit
		if nethttp {
			least = headLimit / 2
		}
		lasts(t, "late and slow head", c, least, least)
	})
}

// TestPatienceForContent (FA2): content that is announced and does not come is not waited
// for longer than a head.
func TestPatienceForContent(t *testing.T) {
	timeless(t, func(t *testing.T, p *pipes, _ <-chan ending, _ bool) {
		c := p.dial()
		io.WriteString(c, "POST /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n")
		if a, last, err := readAnswer(bufio.NewReader(c)); err != nil || a.status != 405 || !last {
			t.Fatal(a.status, last, err)
		}
		lasts(t, "content that does not come", c, 0, headLimit)
	})
}

// TestPatienceAtRest (FA4): a connection between two requests.
func TestPatienceAtRest(t *testing.T) {
	timeless(t, func(t *testing.T, p *pipes, _ <-chan ending, _ bool) {
		c := p.dial()
		get(t, c, "/a.txt")
		lasts(t, "at rest", c, idleLimit, idleLimit)

		c = p.dial()
		for range 100 {
			get(t, c, "/a.txt")
			time.Sleep(2 * time.Second)
		}
		lasts(t, "at rest after many requests", c, idleLimit*11/12-2*time.Second, idleLimit-2*time.Second)

		c = p.dial()
		for range 3 {
			time.Sleep(headLimit - time.Second)
			get(t, c, "/a.txt") // rest is longer than it would be for the first byte
			time.Sleep(idleLimit*11/12 - headLimit)
		}
		c.Close()
	})
}

// TestPatienceForReader (FA5): a client that takes nothing, or too little, of an answer.
func TestPatienceForReader(t *testing.T) {
	timeless(t, func(t *testing.T, p *pipes, answers <-chan ending, nethttp bool) {
		c := p.dial()
		io.WriteString(c, head("/large", ""))
		io.ReadFull(c, make([]byte, 100<<10))
		time.Sleep(stallLimit / 2) // and takes more then, so that it begins anew
		io.ReadFull(c, make([]byte, 100<<10))
		began := time.Now()
		end := <-answers
		// Without a descriptor it is not seen when in that time the last progress was.
		if took := end.at.Sub(began); end.cause == nil || took < stallLimit || took > stallLimit*13/6 {
			t.Errorf("who takes nothing is let go after %v: %v", took, end.cause)
		}
		lasts(t, "nothing read", c, 0, 0)

		// bytes in a second, for as long as that goes.
		read := func(perSecond int) (took time.Duration, end ending) {
			c := p.dial()
			defer c.Close()
			began := time.Now()
			io.WriteString(c, head("/large", ""))
			go func() {
				for b := make([]byte, perSecond); ; time.Sleep(time.Second) {
					if _, err := io.ReadFull(c, b); err != nil {
						return
					}
				}
			}()
			end = <-answers
			return end.at.Sub(began), end
		}
		took, end := read(10 << 10)
		if took < 10*time.Minute || end.cause != nil {
			t.Errorf("a reader of 10 KiB/s has its answer after %v, %v", took, end.cause)
		}
		if nethttp {
			return // which does not tell where an answer begins
		}
		if took, end := read(300); end.cause == nil || took < graceLimit || took > graceLimit+stallLimit*13/12 {
			t.Errorf("a reader of 300 B/s is let go after %v, %v", took, end.cause)
		}
	})
}
