package tree

import (
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// stream reads a descriptor from its position. It is a [syscall.Conn], by which
// net finds out that it can use sendfile.
type stream struct{ fd int }

func (s *stream) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		n, err := unix.Read(s.fd, p)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

// SyscallConn implements [syscall.Conn].
func (s *stream) SyscallConn() (syscall.RawConn, error) { return (*rawStream)(s), nil }

// Control implements [syscall.RawConn].
func (s *rawStream) Control(f func(fd uintptr)) error {
	f(uintptr(s.fd))
	return nil
}

// Read implements [syscall.RawConn]. A regular file is always ready.
func (s *rawStream) Read(f func(fd uintptr) bool) error {
	for !f(uintptr(s.fd)) {
	}
	return nil
}

// Write implements [syscall.RawConn]: the file was opened for reading.
func (s *rawStream) Write(func(fd uintptr) bool) error { return os.ErrInvalid }

// rawStream is the stream as a [syscall.RawConn], whose Read is another.
type rawStream struct{ fd int }
