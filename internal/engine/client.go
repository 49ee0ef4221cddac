package engine

import (
	"net"
	"sync/atomic"
	"time"
)

// What a connection is doing.
const (
	atRest  int32 = iota // no byte of a head has come
	atWork               // a head is being read or answered
	retired              // to be closed as soon as it is at rest
)

// Relayed is a TCP connection that a proxy has made for a client.
type Relayed struct {
	*net.TCPConn
	Client net.Addr
}

// RemoteAddr is the address of the client.
func (r *Relayed) RemoteAddr() net.Addr { return r.Client }

// client is a connection of either lane, as the engine keeps account of it.
type client struct {
	net.Conn
	e     *Engine
	state atomic.Int32
	since atomic.Int64 // when it came to rest, by the engine's clock
	// away says that it is in net/http, which has read deadlines of its own.
	away bool
	// finishing says that it was retired at work.
	finishing atomic.Bool
}

// begin says that a head is coming. It is false when the connection is to be closed instead.
func (c *client) begin() bool {
	return c.state.CompareAndSwap(atRest, atWork) || c.state.Load() == atWork
}

// rest says that all is answered, at the time now. It is false when the connection is to
// be closed.
func (c *client) rest(now time.Time) bool {
	c.since.Store(int64(now.Sub(c.e.began)))
	return c.state.CompareAndSwap(atWork, atRest) || c.state.Load() == atRest
}

// isRetired reports whether the connection is to be closed after the answer that it is at.
func (c *client) isRetired() bool { return c.state.Load() == retired }

// retire closes the connection when it is at rest, else after the answer that it is at,
// and reports which.
func (c *client) retire() (rested bool) {
	switch c.state.Swap(retired) {
	case atRest:
		c.wake()
		return true
	case atWork:
		c.finishing.Store(true)
	}
	return false
}

// retireIdle is retire for a connection that is at rest, and does nothing to another.
func (c *client) retireIdle() bool {
	if !c.state.CompareAndSwap(atRest, retired) {
		return false
	}
	c.wake()
	return true
}

// wake ends the wait of a connection at rest.
func (c *client) wake() {
	if c.away {
		c.Conn.Close()
	} else {
		c.SetReadDeadline(longAgo)
	}
}

var longAgo = time.Unix(1, 0)

// atWork reports whether an answer is in flight; one of a connection that is to be closed
// after it counts, too.
func (c *client) atWork() bool { return c.state.Load() == atWork || c.finishing.Load() }
