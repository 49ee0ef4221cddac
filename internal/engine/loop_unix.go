//go:build unix

package engine

import (
	"io"
	"syscall"

	"golang.org/x/sys/unix"
)

// serveRaw is loop for a connection with a descriptor. It waits for bytes without a desk,
// and without asking first whether there are any: what a read has not filled the desk with
// is not there yet, and its coming will be told.
func (c *conn) serveRaw(raw syscall.RawConn) next {
	after := goOn
	// All in one Read: between two of them, a notice of new bytes would be lost.
	if err := raw.Read(func(fd uintptr) bool {
		c.fd = int(fd)
		after = c.turn(c.fd)
		c.fd = noFD
		return after != goOn
	}); err != nil && after == goOn {
		return c.ended(err) // the read limit, or it is retired
	}
	return after
}

// turn reads and answers all that has come.
func (c *conn) turn(fd int) next {
	if c.wire != nil {
		c.wire.drained = false
	}
	for {
		d := c.takeDesk()
		n, drained, err := c.receive(fd, d.free())
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			drained = true
		case n == 0 && err == nil:
			return c.ended(io.EOF)
		case err != nil:
			return closeNow
		default:
			if after := c.took(n); after != goOn {
				return after
			}
		}
		if drained {
			// What is said before it is asked for, by HTTP/2 or by TLS.
			if c.session != nil && !c.session.flush() || c.wire != nil && c.wire.flush() != nil {
				return closeNow
			}
			if c.dropOutput(); !d.buffered() {
				c.leaveDesk()
			}
			return goOn
		}
	}
}
