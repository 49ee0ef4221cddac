package engine

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// noFD stands for no descriptor.
	noFD = -1
	// part is how much is written at once where nobody tells of progress, in bytes.
	part = 64 << 10
)

// sender writes to a connection, and gives up when the other side takes nothing for too
// long, or too little altogether. It is for one goroutine.
type sender struct {
	to         *client
	raw        syscall.RawConn           // nil when there is no descriptor
	fd         int                       // the descriptor while it is sure to be open, else noFD
	writeLimit time.Duration             // the write deadline that is set, by the engine's clock
	until      atomic.Pointer[time.Time] // a write deadline of somebody else, nil for none
	began      time.Time                 // of the answer, zero where nobody tells
	sent       int64                     // of it
	gather     gather
	waits      int // how often the system took nothing, so that it was waited for
	queued     int // bytes not confirmed when a wait last timed out, 0 after progress
}

func (s *sender) init(to *client) {
	s.to, s.fd = to, noFD
	switch nc := to.Conn.(type) { // other connections do more than read and write
	case *net.TCPConn:
		s.raw, _ = nc.SyscallConn()
	case *Relayed:
		s.raw, _ = nc.SyscallConn()
		tellQueue(s.raw)
	case *net.UnixConn:
		s.raw, _ = nc.SyscallConn()
	case interface {
		syscall.Conn
		native() (net.Conn, error)
	}:
		s.raw, _ = nc.SyscallConn()
	}
}

// start says that an answer begins.
func (s *sender) start(now time.Time) { s.began, s.sent, s.queued = now, 0, 0 }

// allow sets the write deadline before a wait: half of Stall where what happens in the
// two halves can be compared.
func (s *sender) allow(wait time.Duration) {
	t := time.Now().Add(wait)
	if u := s.until.Load(); u != nil {
		if u.Before(t) {
			t = *u
		}
		s.writeLimit = 0
		s.to.Conn.SetWriteDeadline(t)
		return
	}
	if at := t.Sub(s.to.e.began); at > s.writeLimit {
		later := slack(s.to.e.Limits.Stall)
		s.writeLimit = at + later
		s.to.Conn.SetWriteDeadline(t.Add(later))
	}
}

// wrote says that the system took n bytes.
func (s *sender) wrote(n int) {
	s.sent += int64(n)
	s.queued = 0
}

// gaveUp reports whether err ends the answer: any but a timeout after which the other
// side is seen to take something still. It is when the system wants more that a write
// goes on, and that can be long after the other side has confirmed what it has.
func (s *sender) gaveUp(err error) bool {
	u := s.until.Load()
	if !errors.Is(err, os.ErrDeadlineExceeded) || u != nil && !u.After(time.Now()) {
		return true
	}
	queued, ok := s.unconfirmed()
	if !ok {
		queued = 1 // all that is known is that the system takes nothing
	}
	was := s.queued // 0 in the first half of Stall
	s.queued = queued
	return was != 0 && queued >= was || s.tooSlow(queued)
}

// tooSlow reports whether the other side has taken less than Rate asks for, with so many
// bytes not confirmed.
func (s *sender) tooSlow(queued int) bool {
	elapsed, limits := time.Since(s.began), &s.to.e.Limits
	return !s.began.IsZero() && elapsed > limits.Grace && float64(s.sent-int64(queued)) < float64(limits.Rate)*elapsed.Seconds()
}

var parts = sync.Pool{New: func() any { return new([part]byte) }}

// ReadFrom implements [io.ReaderFrom], by sendfile where both ends have a descriptor.
func (s *sender) ReadFrom(r io.Reader) (n int64, err error) {
	if l, ok := r.(*io.LimitedReader); ok && s.raw != nil {
		if src, ok := l.R.(syscall.Conn); ok {
			if n, handled, err := s.sendfile(l, src); handled {
				return n, err
			}
		}
	}
	buf := parts.Get().(*[part]byte)
	defer parts.Put(buf)
	for {
		m, rerr := r.Read(buf[:])
		if m > 0 {
			k, err := s.Write(buf[:m])
			if n += int64(k); err != nil {
				return n, err
			}
		}
		if rerr == io.EOF {
			return n, nil
		}
		if rerr != nil {
			return n, rerr
		}
	}
}

// writeParts is Write for a connection without a descriptor. What one write has taken in
// the time that is allowed is progress.
func (s *sender) writeParts(b []byte) (n int, err error) {
	for n < len(b) {
		s.allow(s.to.e.Limits.Stall)
		m, err := s.to.Conn.Write(b[n:min(n+part, len(b))])
		n += m
		s.wrote(m)
		if err != nil && (m == 0 || s.gaveUp(err)) {
			return n, err
		}
	}
	return n, nil
}
