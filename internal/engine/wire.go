package engine

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/salver-http/salver/internal/http1"
	"github.com/salver-http/salver/internal/plan"
)

// wire is what TLS reads from and writes to in the lane. Like the lane itself it reads what
// has come without waiting, and it joins records, so that an answer leaves by one system
// call. When the connection is handed over it passes everything on.
type wire struct {
	c       *conn
	to      *handed // the connection in net/http, nil in the lane
	drained bool    // there is nothing more to read for now
	joins   bool    // records wait for flush
	joined  []byte  // those that do, in buf
	buf     *joinedRecords
}

// joinAt is up to how much of records is joined, in bytes.
const joinAt = 32 << 10

type joinedRecords [joinAt + 18<<10]byte // and one more record

var joinedPool = sync.Pool{New: func() any { return new(joinedRecords) }}

// errLater says that there is nothing to read yet. TLS goes on after it.
var errLater net.Error = later{}

type later struct{}

func (later) Error() string   { return "nothing has come yet" }
func (later) Timeout() bool   { return true }
func (later) Temporary() bool { return true }

// Read implements [net.Conn].
func (w *wire) Read(p []byte) (int, error) {
	switch c := w.c; {
	case w.to != nil:
		return w.to.Read(p)
	case c.fd == noFD:
		if err := w.flush(); err != nil {
			return 0, err
		}
		return c.Conn.Read(p)
	case w.drained:
		return 0, errLater
	default:
		n, drained, err := c.readRaw(p)
		switch {
		case err == errAgain:
			w.drained = true
			return 0, errLater
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		}
		w.drained = drained
		return n, nil
	}
}

// Write implements [net.Conn].
func (w *wire) Write(p []byte) (int, error) {
	switch {
	case w.to != nil:
		return w.to.Write(p)
	case !w.joins:
		return w.c.sender.Write(p)
	}
	if w.buf == nil {
		w.buf = joinedPool.Get().(*joinedRecords)
		w.joined = w.buf[:0]
	}
	if len(w.joined)+len(p) > len(w.buf) {
		if err := w.flush(); err != nil {
			return 0, err
		}
	}
	w.joined = append(w.joined, p...)
	return len(p), nil
}

// flush writes the records that wait.
func (w *wire) flush() error {
	if len(w.joined) == 0 {
		return nil
	}
	_, err := w.c.sender.Write(w.joined)
	w.joined = w.joined[:0]
	return err
}

// drop gives the buffer back.
func (w *wire) drop() {
	if w.buf != nil {
		joinedPool.Put(w.buf)
		w.buf, w.joined = nil, nil
	}
}

// Close implements [net.Conn].
func (w *wire) Close() error {
	if w.to != nil {
		return w.to.Close()
	}
	return w.c.Close()
}

// CloseWrite closes the half that is written to, where there are halves.
func (w *wire) CloseWrite() error {
	if half, ok := w.c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// SetLinger is that of a TCP connection in net/http.
func (w *wire) SetLinger(sec int) error {
	if w.to != nil {
		return w.to.SetLinger(sec)
	}
	return nil
}

// NetConn is how net/http's ConnState finds the connection.
func (w *wire) NetConn() net.Conn { return w.to }

func (w *wire) LocalAddr() net.Addr  { return w.c.LocalAddr() }
func (w *wire) RemoteAddr() net.Addr { return w.c.RemoteAddr() }

// The lane sets deadlines of its own, below TLS.

func (w *wire) SetDeadline(t time.Time) error {
	if w.to != nil {
		return w.to.SetDeadline(t)
	}
	return nil
}

func (w *wire) SetReadDeadline(t time.Time) error {
	if w.to != nil {
		return w.to.SetReadDeadline(t)
	}
	return nil
}

func (w *wire) SetWriteDeadline(t time.Time) error {
	if w.to != nil {
		return w.to.SetWriteDeadline(t)
	}
	return nil
}

// shakeHands brings TLS about, and says in which protocol it goes on. Where that cannot be,
// the connection is of no use any more.
func (c *conn) shakeHands() (protocol string, after next) {
	err := c.tls.Handshake()
	if err == nil {
		c.wire.joins = true
		return c.tls.ConnectionState().NegotiatedProtocol, goOn
	}
	if r, ok := errors.AsType[tls.RecordHeaderError](err); ok && r.Conn != nil && isHTTP(r.RecordHeader) {
		c.e.Logf("http: TLS handshake error from %v: client sent an HTTP request to an HTTPS server", c.RemoteAddr())
		p := plan.NotTLS()
		defer p.Close()
		b := http1.AppendHead(nil, p, dateAt(time.Now()), true)
		c.sender.Write(append(b, p.Pieces[0].Bytes...))
		return "", closeGently
	}
	if !c.isRetired() && !errors.Is(err, io.EOF) {
		c.e.Logf("http: TLS handshake error from %v: %v", c.RemoteAddr(), err)
	}
	return "", closeNow
}

// isHTTP reports whether what came in place of a record is the beginning of a request.
func isHTTP(b [5]byte) bool {
	switch string(b[:]) {
	case "GET /", "HEAD ", "POST ", "PUT /", "OPTIO":
		return true
	}
	return false
}

// readRaw reads what has come, without waiting.
func (c *conn) readRaw(p []byte) (n int, drained bool, err error) {
	for {
		if n, drained, err = c.desk.receiver.read(c.fd, p); !isInterrupted(err) {
			return n, drained, err
		}
	}
}

// sayGoodbye tells the other side that nothing is missing (RFC 8446 §6.1).
func (c *conn) sayGoodbye() {
	if c.tls != nil && !c.aborted && c.wire.flush() == nil {
		c.wire.joins = false
		c.tls.CloseWrite() // fails before the end of the handshake
	}
}

// secured is a connection in net/http that speaks HTTP/1.1 over TLS and from which the lane
// has read. net/http looks for a *tls.Conn to tell its Handler about TLS; see
// tellTLS.
type secured struct {
	*tls.Conn
	read []byte
}

// Read implements [net.Conn].
func (s *secured) Read(p []byte) (int, error) {
	if len(s.read) > 0 {
		n := copy(p, s.read)
		if s.read = s.read[n:]; len(s.read) == 0 {
			s.read = nil
		}
		return n, nil
	}
	return s.Conn.Read(p)
}
