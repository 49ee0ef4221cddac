//go:build !linux

package engine

import (
	"io"
	"net"
	"syscall"
)

// writeBoth writes a and then b, in one system call where net can.
func (s *sender) writeBoth(a, b []byte) (n int, err error) {
	if len(a)+len(b) > part {
		for _, p := range [2][]byte{a, b} {
			m, err := s.Write(p)
			if n += m; err != nil {
				return n, err
			}
		}
		return n, nil
	}
	s.allow(s.to.e.Limits.Stall)
	both := net.Buffers{a, b}
	m, err := both.WriteTo(s.to.Conn)
	s.wrote(int(m))
	return int(m), err
}

// sendfile leaves it to net, part by part, to see that there is progress.
func (s *sender) sendfile(l *io.LimitedReader, _ syscall.Conn) (sent int64, handled bool, err error) {
	to, ok := s.to.Conn.(io.ReaderFrom)
	if !ok {
		return 0, false, nil
	}
	for l.N > 0 {
		s.allow(s.to.e.Limits.Stall)
		n, err := to.ReadFrom(&io.LimitedReader{R: l.R, N: min(l.N, 4*part)})
		sent += n
		l.N -= n
		s.wrote(int(n))
		if err != nil || n == 0 {
			return sent, true, err
		}
	}
	return sent, true, nil
}

func (s *sender) unconfirmed() (int, bool) { return 0, false }
