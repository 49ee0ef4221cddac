//go:build !unix

package engine

import "net"

// reader reads a connection.
type reader struct {
	window
	tcp *net.TCPConn
}

func (r *reader) init(tcp *net.TCPConn) { r.tcp = tcp }

// fill waits for more.
func (r *reader) fill() error {
	n, err := r.tcp.Read(r.free())
	r.end += n
	if n > 0 {
		return nil
	}
	return err
}
