package engine

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"

	"github.com/salver-http/salver/internal/turns"
)

// door is what the connections of a listener come through.
type door struct {
	rest *handedListener // where those go that are not the lane's
	lane bool            // the lane may have them
	tls  *tls.Config     // that the lane speaks TLS by, nil without
}

// plain reports whether a client can be told something before it has asked.
func (d *door) plain() bool { return d.lane && d.tls == nil }

// enter makes c speak TLS where its listener does.
func (c *conn) enter(d *door) {
	if d.tls != nil {
		c.wire = &wire{c: c}
		c.tls = tls.Server(c.wire, d.tls)
	}
}

// secure brings TLS about, and chooses the protocol.
func (c *conn) secure() next {
	protocol, after := c.shakeHands()
	switch {
	case after != goOn:
		return after
	case protocol != "h2":
	case c.e.Sites != nil:
		c.speakHTTP2()
	default:
		return handOver
	}
	return goOn
}

// reader is where requests are read from, and writer where answers are written to.

func (c *conn) reader() io.Reader {
	if c.tls != nil {
		return c.tls
	}
	return c.Conn
}

func (c *conn) writer() io.Writer {
	if c.tls != nil {
		return (*overTLS)(c)
	}
	return &c.sender
}

// receive reads what has come, without waiting: the error is errAgain when that is nothing.
// drained says that no more has.
func (c *conn) receive(fd int, p []byte) (n int, drained bool, err error) {
	if c.tls == nil {
		return c.desk.receiver.read(fd, p)
	}
	switch n, err = c.tls.Read(p); {
	case n > 0:
		return n, false, nil
	case err == errLater:
		return 0, true, errAgain
	case err == io.EOF:
		return 0, false, nil
	}
	return 0, false, err
}

// writeTwo writes a and then b, at once if the connection takes it.
func (c *conn) writeTwo(a, b []byte) (n int, err error) {
	if c.tls == nil {
		return c.writeBoth(a, b)
	}
	if n, err = c.tls.Write(a); err == nil {
		var m int
		m, err = c.writer().Write(b)
		n += m
	}
	return n, err
}

// overTLS is a conn as what answers are written to over TLS.
type overTLS conn

// Write implements [io.Writer].
func (c *overTLS) Write(b []byte) (n int, err error) {
	if n, err = c.tls.Write(b); err == nil {
		err = c.wire.flush()
	}
	return n, err
}

// ReadFrom implements [io.ReaderFrom].
func (c *overTLS) ReadFrom(r io.Reader) (n int64, err error) {
	buf := parts.Get().(*[part]byte)
	defer parts.Put(buf)
	others := turns.New() // encrypting what the socket takes at once can keep a processor for long
	defer others.End()
	for {
		m, rerr := io.ReadFull(r, buf[:])
		if m > 0 {
			k, err := c.Write(buf[:m])
			if n += int64(k); err != nil {
				return n, err
			}
			(*conn)(c).pass(others)
		}
		if rerr == io.EOF || rerr == io.ErrUnexpectedEOF {
			return n, nil
		}
		if rerr != nil {
			return n, rerr
		}
	}
}

// pass lets others go on, unless they just could.
func (c *conn) pass(others *turns.Turns) {
	if c.waits > 0 {
		c.waits = 0
		others.Rested()
		return
	}
	others.Pause()
}

// handOverTLS gives a connection over TLS to net/http: HTTP/2 as a *tls.Conn, which it looks
// for, and HTTP/1.1 with what was read of it.
func (c *conn) handOverTLS(read []byte) {
	if c.wire.flush() != nil {
		c.Close()
		c.e.remove(&c.client)
		return
	}
	c.wire.drop()
	c.wire.joins = false
	c.wire.to = newHanded(&c.client, nil)
	if c.tls.ConnectionState().NegotiatedProtocol == "h2" {
		c.rest.give(c.tls)
		return
	}
	c.rest.give(&secured{c.tls, read})
}

// stateKey is where the context of a connection has what is to be told of TLS.
type stateKey struct{}

// tellTLS tells the Handler of net/http about TLS, which it does itself only of a *tls.Conn.
func (e *Engine) tellTLS() {
	more := e.Rest.ConnContext
	e.Rest.ConnContext = func(ctx context.Context, nc net.Conn) context.Context {
		if s, ok := nc.(*secured); ok {
			state := s.ConnectionState()
			ctx = context.WithValue(ctx, stateKey{}, &state)
		}
		if more != nil {
			ctx = more(ctx, nc)
		}
		return ctx
	}
	h := e.Rest.Handler
	if h == nil {
		h = http.DefaultServeMux
	}
	e.Rest.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if state, ok := r.Context().Value(stateKey{}).(*tls.ConnectionState); ok {
			r.TLS = state
		}
		h.ServeHTTP(w, r)
	})
}
