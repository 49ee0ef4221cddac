//go:build unix

package engine

import (
	"io"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// reader reads a connection. While it waits for the first bytes of a head it holds no
// buffer: it takes one when the descriptor is ready.
type reader struct {
	window
	raw syscall.RawConn
	try func(fd uintptr) bool // r.read, made once
	n   int                   // what try has read
	err error
}

func (r *reader) init(tcp *net.TCPConn) {
	r.raw, r.err = tcp.SyscallConn()
	r.try = r.read
}

// read reads what there is; false means that there is nothing yet.
func (r *reader) read(fd uintptr) bool {
	for {
		r.n, r.err = unix.Read(int(fd), r.free())
		switch r.err {
		case unix.EINTR:
		case unix.EAGAIN:
			if !r.buffered() {
				r.release()
			}
			return false
		default:
			return true
		}
	}
}

// fill waits for more.
func (r *reader) fill() error {
	if r.raw == nil {
		return r.err
	}
	if err := r.raw.Read(r.try); err != nil {
		return err
	}
	if r.err != nil {
		return r.err
	}
	if r.n <= 0 {
		return io.EOF
	}
	r.end += r.n
	return nil
}
