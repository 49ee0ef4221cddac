package engine

import (
	"net"
	"sync"
	"time"
)

// handedListener is where net/http accepts the connections that are not the lane's.
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

// handed is a connection in net/http. It begins with what the lane has read of it, is
// written to with the lane's patience, and keeps sendfile.
type handed struct {
	*client
	sender
	read   []byte // by the lane; owned
	closed sync.Once
}

func newHanded(c *client, read []byte) *handed {
	h := &handed{client: c, read: read}
	h.init(c)
	return h
}

// Read implements [net.Conn].
func (h *handed) Read(p []byte) (int, error) {
	if len(h.read) > 0 {
		n := copy(p, h.read)
		if h.read = h.read[n:]; len(h.read) == 0 {
			h.read = nil
		}
		return n, nil
	}
	return h.client.Read(p)
}

// Close implements [net.Conn].
func (h *handed) Close() error {
	err := h.client.Close()
	h.closed.Do(func() { h.e.remove(h.client) })
	return err
}

// SetWriteDeadline implements [net.Conn], beside the sender's own limit.
func (h *handed) SetWriteDeadline(t time.Time) error {
	if t.IsZero() {
		h.until.Store(nil)
		return nil // the sender sets its own before it waits
	}
	h.until.Store(&t)
	return h.Conn.SetWriteDeadline(t)
}

// SetDeadline implements [net.Conn].
func (h *handed) SetDeadline(t time.Time) error {
	h.SetWriteDeadline(t)
	return h.SetReadDeadline(t)
}

// CloseWrite closes the half that is written to, where there are halves.
func (h *handed) CloseWrite() error {
	if half, ok := h.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// SetLinger is that of a TCP connection.
func (h *handed) SetLinger(sec int) error {
	if tcp, ok := h.Conn.(interface{ SetLinger(sec int) error }); ok {
		return tcp.SetLinger(sec)
	}
	return nil
}

// handOver gives the connection to net/http, as if nothing had been read since the
// last answer.
func (c *conn) handOver() {
	var read []byte
	if c.desk != nil {
		read = append(read, c.desk.bytes()...)
	}
	if file, ok := c.Conn.(interface{ native() (net.Conn, error) }); ok {
		nc, err := file.native()
		if err != nil {
			c.e.remove(&c.client)
			return
		}
		c.e.replace(&c.client, nc)
	}
	c.SetDeadline(time.Time{})
	c.away = true
	if c.tls != nil {
		c.handOverTLS(read)
		return
	}
	c.rest.give(newHanded(&c.client, read))
}
