//go:build !unix

package engine

import "net"

// reader reads a connection into a buffer.
type reader struct {
	tcp        *net.TCPConn
	buf        *input
	begin, end int // what has come and is not discarded
}

func (r *reader) init(tcp *net.TCPConn) { r.tcp = tcp }

// fill waits for more.
func (r *reader) fill() error {
	if r.buf == nil {
		r.buf = inputs.Get().(*input)
	}
	if r.begin > 0 {
		r.end = copy(r.buf[:], r.buf[r.begin:r.end])
		r.begin = 0
	}
	n, err := r.tcp.Read(r.buf[r.end:])
	r.end += n
	if n > 0 {
		return nil
	}
	return err
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
