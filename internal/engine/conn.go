package engine

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"time"

	"github.com/salver-http/salver/internal/http1"
	"github.com/salver-http/salver/internal/http2"
)

// conn is one connection in the lane, used by one goroutine but for its client.
type conn struct {
	client
	sender
	rest *handedListener // where it is handed over
	desk *desk           // nil at rest

	host   string // that asked answers for, as it was last asked; "" for none
	asked  *Site
	peer   netip.Addr // once it was asked for
	remote string     // for the log, once it has asked

	unread  bool // there is a request on the desk that was not looked at
	closing bool // the answer that waits to be written is the last
	aborted bool // what was sent is not to be taken for whole

	readLimit time.Duration // the read deadline that is set, by the engine's clock

	out  []byte      // answers that are still to be written, in buf or wide
	buf  *output     // nil while there are none
	wide *wideOutput // of a session, nil while there are none

	tls     *tls.Conn // nil without TLS
	wire    *wire     // below tls
	session *session  // nil but for HTTP/2
}

func newConn(e *Engine, nc net.Conn, d *door) *conn {
	c := &conn{client: client{Conn: nc, e: e}, rest: d.rest}
	c.init(&c.client)
	c.enter(d)
	return c
}

// serve answers requests until the connection ends or is handed over.
func (c *conn) serve() {
	limit := c.e.Limits.Head
	if !c.began.IsZero() { // it has had an answer
		limit = c.e.Limits.Idle
	}
	c.setReadLimit(time.Now().Add(limit), 0)
	retired := c.isRetired() // before the limit was set, which then has to be set again
	after := closeNow
	defer func() {
		if cause := recover(); cause != nil { // of a hook
			after = closeNow
			c.e.logPanic(c.RemoteAddr(), cause)
			c.abort()
		}
		if c.session != nil {
			c.session.end()
		}
		if after != handOver {
			c.sayGoodbye()
		}
		c.dropOutput()
		c.leaveDesk()
		if after != handOver {
			c.Close()
			c.e.remove(&c.client)
		}
	}()
	if c.tls != nil {
		after = c.secure()
	} else {
		after = c.resume()
	}
	switch {
	case after != goOn:
	case retired:
		after = closeNow
	case c.raw != nil:
		after = c.serveRaw(c.raw)
	default:
		after = c.loop()
	}
	switch after {
	case handOver:
		c.handOver()
	case closeGently:
		c.closeGently()
	}
}

// resume goes on where the accepting of the connection has left off.
func (c *conn) resume() next {
	if len(c.out) > 0 || c.closing {
		if !c.begin() || !c.flush() {
			return closeNow
		}
		if c.closing {
			return closeGently
		}
		return c.restNow()
	}
	if c.unread {
		c.unread = false
		return c.took(0)
	}
	return goOn
}

// took answers what has come after n more bytes did.
func (c *conn) took(n int) next {
	c.desk.end += n
	if c.session != nil {
		return c.session.took()
	}
	if !c.begin() {
		return closeNow
	}
	after := c.answerAll()
	if after == goOn && c.session == nil && !c.desk.buffered() {
		return c.restNow()
	}
	return after
}

// prefersHTTP2 reports whether the client begins with the preface of HTTP/2 (RFC 9113 §3.3).
func (c *conn) prefersHTTP2() bool {
	return c.e.Sites != nil && !c.e.NoCleartextHTTP2 && c.tls == nil && c.began.IsZero() && bytes.HasPrefix(c.desk.bytes(), []byte(http2.Preface[:16]))
}

// restNow lets the connection rest until the next head.
func (c *conn) restNow() next {
	c.setReadLimit(c.began.Add(c.e.Limits.Idle), slack(c.e.Limits.Idle))
	if !c.client.rest(c.began) {
		return closeGently
	}
	return goOn
}

// setReadLimit sets the read deadline, unless the one that is set is early by no more
// than slack.
func (c *conn) setReadLimit(t time.Time, slack time.Duration) {
	at := t.Sub(c.e.began)
	if d := at - c.readLimit; d < 0 || d > slack {
		c.SetReadDeadline(t)
		c.readLimit = at
	}
}

// answerAll answers every whole head that has come.
func (c *conn) answerAll() next {
	h := &c.desk.head
	for {
		n, verdict := http1.Parse(c.desk.bytes(), h)
		switch verdict {
		case http1.Accepted:
			c.desk.headLimit = time.Time{}
			switch after := c.answer(h); after {
			case goOn:
				c.desk.discard(n)
			case last:
				c.desk.discard(n)
				return c.last()
			default:
				return after
			}
			if !c.desk.buffered() {
				if !c.flush() {
					return closeNow
				}
				return goOn
			}
		case http1.Incomplete:
			if !c.flush() {
				return closeNow
			}
			return c.awaitHead()
		case http1.HandOver:
			if c.prefersHTTP2() {
				c.speakHTTP2()
				return c.session.took()
			}
			if !c.flush() {
				return closeNow
			}
			return handOver
		default:
			c.refuse()
			if !c.flush() {
				return closeNow
			}
			return closeGently
		}
	}
}

// last flushes before the connection is closed.
func (c *conn) last() next {
	switch {
	case !c.flush():
		return closeNow
	case c.desk.head.Close && !c.desk.buffered():
		return closeNow // the client sends nothing more, RFC 9112 §9.6
	}
	return closeGently
}

// awaitHead bounds the time for the rest of a head.
func (c *conn) awaitHead() next {
	now, limit := time.Now(), &c.desk.headLimit
	if limit.IsZero() {
		*limit = now.Add(c.e.Limits.Head)
		c.setReadLimit(*limit, 0)
	}
	if now.After(*limit) {
		return closeNow
	}
	return goOn
}

// closeGently closes the connection so that the client gets what was written: closing
// it with input unread would make the system take that back (RFC 9112 §9.6).
func (c *conn) closeGently() {
	c.sayGoodbye()
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		half.CloseWrite()
	}
	c.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
	io.CopyN(io.Discard, c.Conn, 256<<10)
}
