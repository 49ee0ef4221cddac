package engine

import (
	"io"
	"syscall"

	"golang.org/x/sys/unix"
)

// writeBoth writes a and then b, in one system call if the connection takes it.
func (s *sender) writeBoth(a, b []byte) (n int, err error) {
	if s.fd != noFD && len(a) > 0 {
		n, err = s.gather.write(s.fd, a, b)
		s.wrote(n)
		if err != nil && err != unix.EAGAIN && err != unix.EINTR {
			return n, err
		}
	}
	for _, rest := range [2][]byte{a[min(n, len(a)):], b[max(n-len(a), 0):]} {
		if len(rest) == 0 {
			continue
		}
		m, err := s.Write(rest)
		if n += m; err != nil {
			return n, err
		}
	}
	return n, nil
}

// sendfile sends what l has of src. It is not handled where src cannot be sent that way.
func (s *sender) sendfile(l *io.LimitedReader, src syscall.Conn) (sent int64, handled bool, err error) {
	from, err := src.SyscallConn()
	if err != nil {
		return 0, false, nil
	}
	handled = true
	rerr := from.Read(func(in uintptr) bool {
		for l.N > 0 {
			var n int
			n, err = s.sendWaiting(int(in), l.N)
			sent += int64(n)
			l.N -= int64(n)
			if err != nil && sent == 0 && (err == unix.EINVAL || err == unix.ENOSYS) {
				handled, err = false, nil
				return true
			}
			if err != nil && s.gaveUp(err) {
				return true
			}
			if err == nil && n == 0 { // the end of the file
				return true
			}
			err = nil
		}
		return true
	})
	if rerr != nil && err == nil {
		err = rerr
	}
	return sent, handled, err
}

// extent is how much of a file is given to the system at once, in bytes. With more, each
// call takes so long that the scheduler gives its processor to another thread.
const extent = 256 << 10

// sendWaiting sends what can be sent of a file, and waits while that is nothing.
func (s *sender) sendWaiting(in int, length int64) (n int, err error) {
	s.allow(s.to.e.Limits.Stall / 2)
	werr := s.raw.Write(func(out uintptr) bool {
		for {
			n, err = unix.Sendfile(int(out), in, nil, int(min(length, extent)))
			switch {
			case err == unix.EINTR:
				continue
			case err == unix.EAGAIN:
				return false
			}
			return true
		}
	})
	if n = max(n, 0); n > 0 {
		s.wrote(n)
	}
	if werr != nil {
		return n, werr
	}
	return n, err
}

// unconfirmed is how many bytes the other side has not confirmed yet.
func (s *sender) unconfirmed() (n int, ok bool) {
	if s.raw == nil {
		return 0, false
	}
	err := s.raw.Control(func(fd uintptr) {
		n, ok = outputQueue(int(fd))
	})
	return n, ok && err == nil
}

func outputQueue(fd int) (n int, ok bool) {
	n, err := unix.IoctlGetInt(fd, unix.SIOCOUTQ)
	return n, err == nil
}
