package engine

import (
	"errors"
	"net"
	"net/http"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/salver-http/salver/internal/http1"
	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/tree"
)

const (
	// longestPause is between two tries to accept while the system is out of descriptors.
	longestPause = 100 * time.Millisecond
	// toldAtOnce is how many are told so before the next try.
	toldAtOnce = 16
	// repeatLog is how often the log is told that there are too many connections.
	repeatLog = 10 * time.Second
)

// accept takes connections of l through d.
func (e *Engine) accept(l net.Listener, d *door) error {
	defer e.forget(l, d)
	var raw syscall.RawConn
	if d.lane {
		raw = e.prepare(l)
	}
	spare := reserve()
	defer spare.releaseAll()
	var pause time.Duration
	for {
		nc, err := l.Accept()
		if err != nil {
			switch {
			case e.closing.Load():
				return http.ErrServerClosed
			case tree.IsExhausted(err):
				e.exhausted(l, spare, d, err)
			case !errors.Is(err, syscall.ECONNABORTED):
				return err
			}
			pause = min(max(2*pause, 5*time.Millisecond), longestPause)
			time.Sleep(pause)
			continue
		}
		pause = 0
		if e.closing.Load() {
			nc.Close()
			continue
		}
		e.welcome(nc, d)
		if raw != nil {
			e.acceptMore(raw, l, d)
		}
	}
}

// forget closes a listener that is not accepted from any more.
func (e *Engine) forget(l net.Listener, d *door) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.listeners, d.rest)
	l.Close()
}

// welcome gives a new connection to its lane, or tells it that there is no room.
func (e *Engine) welcome(nc net.Conn, d *door) {
	if d.lane {
		c := newConn(e, nc, d)
		if e.add(&c.client) {
			go c.serve()
		} else {
			e.turnAway(nc, d.plain())
		}
		return
	}
	c := &client{Conn: nc, e: e, away: true}
	if e.add(c) {
		d.rest.give(newHanded(c, nil))
	} else {
		e.turnAway(nc, false)
	}
}

// add takes a connection on, when need be in place of those that have rested longest.
func (e *Engine) add(c *client) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	c.since.Store(int64(now.Sub(e.began)))
	if n := len(e.conns); n >= e.Limits.Conns-e.Limits.Conns/4 {
		e.makeRoom(n, now)
	}
	if e.closing.Load() || len(e.conns) >= e.Limits.Conns {
		return false
	}
	e.conns[c] = struct{}{}
	return true
}

// makeRoom is for when there are n connections, more than three quarters of those that
// there may be: what rests longer than Brief is closed, and with the last place taken,
// what has rested longest. mu is held.
func (e *Engine) makeRoom(n int, now time.Time) {
	pause := e.Limits.Brief / 5
	if n >= e.Limits.Conns {
		// At the bound only when none could go last time, and for so long that looking
		// through them stays a small part of all work.
		pause = 0
		if e.noneRests {
			pause = time.Duration(n) * time.Microsecond
		}
	}
	if now.Sub(e.brief) < pause {
		return // it has just been done
	}
	e.brief, e.noneRests = now, true
	type rested struct {
		c     *client
		since int64
	}
	var idle []rested
	for c := range e.conns {
		if c.state.Load() == atRest {
			idle = append(idle, rested{c, c.since.Load()})
		}
	}
	slices.SortFunc(idle, func(a, b rested) int { return int(min(max(a.since-b.since, -1), 1)) })
	least := 0 // how many have to go
	if n >= e.Limits.Conns {
		least = 1 + e.Limits.Conns/64 // so that this is not done for every connection
	}
	early := int64(now.Add(-e.Limits.Brief).Sub(e.began))
	for i, r := range idle {
		if i >= least && r.since > early {
			break
		}
		if r.c.retireIdle() {
			delete(e.conns, r.c)
			e.noneRests = false
		}
	}
}

// turnAway answers 503 where that can be done without waiting, and closes.
func (e *Engine) turnAway(nc net.Conn, plain bool) {
	if !e.closing.Load() {
		if e.busy.again(repeatLog) {
			e.Logf("http: %d connections, and none at rest: new ones are turned away", e.Limits.Conns)
		}
		if plain {
			sayBusy(nc)
		}
	}
	nc.Close()
}

// sayBusy writes an answer to what may not have been asked yet. A request that comes
// after it makes the system take it back; then it was worth the try.
func sayBusy(nc net.Conn) {
	nc.SetDeadline(time.Now().Add(time.Second))
	nc.Write(busyAnswer()) // the buffer of a new connection has room for it
	nc.SetReadDeadline(time.Now().Add(time.Millisecond))
	nc.Read(make([]byte, http1.MaxHead))
}

func busyAnswer() []byte {
	p := plan.Busy()
	defer p.Close()
	b := http1.AppendHead(nil, p, dateAt(time.Now()), true)
	for _, piece := range p.Pieces {
		b = append(b, piece.Bytes...)
	}
	return b
}

// exhausted takes connections by means of a descriptor that is held back, so that
// their clients are told.
func (e *Engine) exhausted(l net.Listener, spare *spareFiles, d *door, cause error) {
	if e.busy.again(repeatLog) {
		e.Logf("http: a connection cannot be accepted: %v", cause)
	}
	wait, ok := l.(interface{ SetDeadline(time.Time) error })
	for range toldAtOnce {
		if !ok || !spare.release() {
			break
		}
		// Any file that is opened now can take the descriptor for good: there is no
		// waiting for a connection.
		wait.SetDeadline(time.Now().Add(50 * time.Microsecond))
		nc, err := l.Accept()
		if err != nil {
			break
		}
		if d.plain() {
			sayBusy(nc)
		}
		nc.Close()
		spare.renew()
	}
	if ok {
		wait.SetDeadline(time.Time{})
	}
	spare.renew()
}

// spareFiles are descriptors that are held back. There is more than one, as a file that is
// just being opened can take away what is released. They are for one goroutine.
type spareFiles [4]*os.File

func reserve() *spareFiles {
	s := new(spareFiles)
	s.renew()
	return s
}

func (s *spareFiles) renew() {
	for i := range s {
		if s[i] == nil {
			if s[i], _ = os.Open(os.DevNull); s[i] == nil {
				return
			}
		}
	}
}

// release gives one up, and reports whether there was one.
func (s *spareFiles) release() bool {
	for i, f := range s {
		if f != nil {
			f.Close()
			s[i] = nil
			return true
		}
	}
	return false
}

func (s *spareFiles) releaseAll() {
	for s.release() {
	}
}
