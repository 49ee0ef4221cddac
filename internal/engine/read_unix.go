//go:build unix

package engine

import (
	"io"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// reader reads a connection into a buffer that it has only while there is something in
// it: a connection at rest holds none.
type reader struct {
	raw        syscall.RawConn
	try        func(fd uintptr) bool // c.read, made once
	buf        *input
	begin, end int // what has come and is not discarded
	n          int // what try has read
	err        error
}

func (r *reader) init(tcp *net.TCPConn) {
	r.raw, r.err = tcp.SyscallConn()
	r.try = r.read
}

// read reads what there is, once the descriptor has something.
func (r *reader) read(fd uintptr) bool {
	if r.buf == nil {
		r.buf = inputs.Get().(*input)
		r.begin, r.end = 0, 0
	}
	for {
		r.n, r.err = unix.Read(int(fd), r.buf[r.end:])
		switch r.err {
		case unix.EINTR:
		case unix.EAGAIN:
			if r.begin == r.end {
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
	if r.begin > 0 && r.buf != nil {
		r.end = copy(r.buf[:], r.buf[r.begin:r.end])
		r.begin = 0
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

func (r *reader) buffered() bool { return r.begin < r.end }

func (r *reader) bytes() []byte {
	if r.buf == nil {
		return nil
	}
	return r.buf[r.begin:r.end]
}

func (r *reader) discard(n int) { r.begin += n }

// release gives the buffer back.
func (r *reader) release() {
	if r.buf != nil {
		inputs.Put(r.buf)
		r.buf = nil
	}
	r.begin, r.end = 0, 0
}
