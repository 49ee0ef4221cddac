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
	nc         net.Conn
	raw        syscall.RawConn // nil when there is no descriptor
	fd         int             // the descriptor while it is sure to be open, else noFD
	limits     *Limits
	writeLimit time.Time                 // the write deadline that is set
	until      atomic.Pointer[time.Time] // a write deadline of somebody else, nil for none
	began      time.Time                 // of the answer, zero where nobody tells
	sent       int64                     // of it
	queued     int                       // bytes not confirmed when a wait last timed out, 0 after progress
}

func (s *sender) init(nc net.Conn, limits *Limits) {
	s.nc, s.fd, s.limits = nc, noFD, limits
	switch nc := nc.(type) { // other connections do more than read and write
	case *net.TCPConn:
		s.raw, _ = nc.SyscallConn()
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
		s.writeLimit = time.Time{}
		s.nc.SetWriteDeadline(t)
		return
	}
	if d := t.Sub(s.writeLimit); d > 0 {
		s.writeLimit = t.Add(slack(s.limits.Stall))
		s.nc.SetWriteDeadline(s.writeLimit)
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
	elapsed := time.Since(s.began)
	return !s.began.IsZero() && elapsed > s.limits.Grace && float64(s.sent-int64(queued)) < float64(s.limits.Rate)*elapsed.Seconds()
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
		s.allow(s.limits.Stall)
		m, err := s.nc.Write(b[n:min(n+part, len(b))])
		n += m
		s.wrote(m)
		if err != nil && (m == 0 || s.gaveUp(err)) {
			return n, err
		}
	}
	return n, nil
}
