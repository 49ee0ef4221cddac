package engine

import (
	"net"
	"sync"
)

// handedListener is where net/http accepts the connections that leave the lane.
type handedListener struct {
	addr  net.Addr
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func newHandedListener(addr net.Addr) *handedListener {
	return &handedListener{addr: addr, conns: make(chan net.Conn), done: make(chan struct{})}
}

// Accept implements [net.Listener].
func (l *handedListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener].
func (l *handedListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

// Addr implements [net.Listener].
func (l *handedListener) Addr() net.Addr { return l.addr }

// give hands c over, or closes it when nobody takes it any more.
func (l *handedListener) give(c net.Conn) {
	select {
	case l.conns <- c:
	case <-l.done:
		c.Close()
	}
}

// handedConn is a connection that begins with what the lane has read of it. It is a
// TCPConn in all else, so that sendfile stays possible.
type handedConn struct {
	*net.TCPConn
	read []byte // by the lane; owned
}

// Read implements [net.Conn].
func (c *handedConn) Read(p []byte) (int, error) {
	if len(c.read) > 0 {
		n := copy(p, c.read)
		if c.read = c.read[n:]; len(c.read) == 0 {
			c.read = nil
		}
		return n, nil
	}
	return c.TCPConn.Read(p)
}
