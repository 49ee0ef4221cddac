//go:build unix && !linux

package engine

import "golang.org/x/sys/unix"

type receiver struct{}

// read reads from a socket that never blocks. It is not known whether more has come.
func (*receiver) read(fd int, p []byte) (n int, drained bool, err error) {
	n, err = unix.Read(fd, p)
	return max(n, 0), false, err
}

func write(fd int, p []byte) (int, error) {
	n, err := unix.Write(fd, p)
	return max(n, 0), err
}

var errAgain error = unix.EAGAIN

func isInterrupted(err error) bool { return err == unix.EINTR }

// gather is of no use here.
type gather struct{}
