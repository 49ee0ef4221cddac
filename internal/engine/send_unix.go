//go:build unix

package engine

import "golang.org/x/sys/unix"

// Write implements [io.Writer].
func (s *sender) Write(b []byte) (n int, err error) {
	if s.fd != noFD { // at once, without a lock
		n, err = write(s.fd, b)
		if s.wrote(n); n == len(b) {
			return n, nil
		}
		if err != nil && err != unix.EAGAIN && err != unix.EINTR {
			return n, err
		}
	}
	if s.raw == nil {
		return s.writeParts(b)
	}
	for n < len(b) {
		m, err := s.writeWaiting(b[n:])
		if n += m; err != nil && s.gaveUp(err) {
			return n, err
		}
	}
	return n, nil
}

// writeWaiting writes what can be written, and waits while that is nothing.
func (s *sender) writeWaiting(b []byte) (n int, err error) {
	s.allow(s.to.e.Limits.Stall / 2)
	werr := s.raw.Write(func(fd uintptr) bool {
		for {
			n, err = write(int(fd), b)
			switch {
			case err == unix.EINTR:
				continue
			case err == unix.EAGAIN:
				s.waits++
				return false
			}
			return true
		}
	})
	if n > 0 {
		s.wrote(n)
	}
	if werr != nil {
		return n, werr
	}
	return n, err
}
