package engine

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/salver-http/salver/internal/http1"
	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/tree"
)

// What a connection is doing.
const (
	atRest  int32 = iota // no byte of a head has come
	atWork               // a head is being read or answered
	retired              // to be closed as soon as it is at rest
)

// flushAt is how much of answers is joined before it is written, in bytes.
const flushAt = 32 << 10

type (
	input  [http1.MaxHead]byte
	output [flushAt + 8<<10]byte
)

var (
	inputs  = sync.Pool{New: func() any { return new(input) }}
	outputs = sync.Pool{New: func() any { return new(output) }}
)

// Exchange is what [Engine.Done] is told of an answer. What it points to is not valid
// afterwards.
type Exchange struct {
	Head     *http1.Head // nil when none was recognised
	Remote   net.Addr
	Began    time.Time
	Response *plan.Response
	Sent     int64
	Err      error // why not all of the content was sent
}

// conn is one connection in the lane, used by one goroutine but for retire.
type conn struct {
	e     *Engine
	tcp   *net.TCPConn
	in    reader
	state atomic.Int32

	readLimit, writeLimit time.Time // the deadlines that are set
	out                   []byte    // answers that are still to be written, in buf
	buf                   *output   // nil while there are none
}

func newConn(e *Engine, tcp *net.TCPConn) *conn {
	c := &conn{e: e, tcp: tcp}
	c.in.init(tcp)
	return c
}

// retire closes the connection when it is at rest, else after the answer that it is at.
func (c *conn) retire() {
	if c.state.Swap(retired) == atRest {
		c.tcp.SetReadDeadline(time.Unix(1, 0)) // wakes it
	}
}

// serve answers requests until the connection ends or is handed over.
func (c *conn) serve() {
	defer c.e.remove(c)
	handed := false
	defer func() {
		c.in.release()
		c.dropOutput()
		if !handed {
			c.tcp.Close()
		}
	}()
	for {
		if !c.await() {
			return
		}
		switch c.answerAll() {
		case goOn:
		case handOver:
			handed = true
			c.handOver()
			return
		case closeGently:
			c.closeGently()
			return
		case closeNow:
			return
		}
	}
}

// next is what comes after the requests that have been read.
type next int

const (
	goOn next = iota
	handOver
	closeGently
	closeNow
)

// await waits for the first bytes of a head, without a buffer.
func (c *conn) await() bool {
	if !c.state.CompareAndSwap(atWork, atRest) && c.state.Load() == retired {
		return false
	}
	now := time.Now()
	c.setReadLimit(now.Add(c.e.Limits.Idle), slack(c.e.Limits.Idle))
	if c.state.Load() == retired {
		return false
	}
	if c.in.fill() != nil {
		return false
	}
	return c.state.CompareAndSwap(atRest, atWork)
}

// setReadLimit sets the read deadline, unless the one that is set is early by no more
// than slack.
func (c *conn) setReadLimit(t time.Time, slack time.Duration) {
	if d := t.Sub(c.readLimit); d < 0 || d > slack {
		c.tcp.SetReadDeadline(t)
		c.readLimit = t
	}
}

func (c *conn) setWriteLimit(now time.Time) {
	s := slack(c.e.Limits.Stall)
	if t := now.Add(c.e.Limits.Stall); t.Sub(c.writeLimit) > 0 {
		c.writeLimit = t.Add(s)
		c.tcp.SetWriteDeadline(c.writeLimit)
	}
}

// answerAll answers every whole head that has come, and reads on in a head that is not
// whole.
func (c *conn) answerAll() next {
	var limit time.Time // for the head that has begun
	for {
		var h http1.Head
		n, verdict := http1.Parse(c.in.bytes(), &h)
		switch verdict {
		case http1.Accepted:
			limit = time.Time{}
			closing, ok := c.answer(&h)
			if !ok {
				return closeNow
			}
			c.in.discard(n)
			if closing || c.state.Load() == retired {
				if !c.flush() {
					return closeNow
				}
				return closeGently
			}
			if !c.in.buffered() {
				if !c.flush() {
					return closeNow
				}
				c.in.release()
				return goOn
			}
		case http1.Incomplete:
			if !c.flush() {
				return closeNow
			}
			now := time.Now()
			if limit.IsZero() {
				limit = now.Add(c.e.Limits.Head)
				c.setReadLimit(limit, 0)
			}
			if now.After(limit) {
				return closeNow
			}
			switch c.in.fill() {
			case nil:
			case io.EOF:
				return handOver // which says what is wrong with half a head
			default:
				return closeNow
			}
		case http1.HandOver:
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

// answer plans and sends one answer. ok is false when the connection is of no use any more.
func (c *conn) answer(h *http1.Head) (closing, ok bool) {
	now := time.Now()
	req := h.Request()
	p := c.e.Site.Plan(&req, now)
	defer p.Close()
	closing = h.Close || c.state.Load() == retired
	sent, err := c.send(p, now, closing)
	if c.e.Done != nil {
		c.e.Done(&Exchange{Head: h, Remote: c.tcp.RemoteAddr(), Began: now, Response: p, Sent: sent, Err: err})
	}
	if err != nil {
		c.tcp.SetLinger(0) // so that what was sent of it is not taken for whole
		return true, false
	}
	return closing, true
}

// refuse answers 400 to framing that nobody should send.
func (c *conn) refuse() {
	now := time.Now()
	p := c.e.Site.Refuse()
	defer p.Close()
	sent, err := c.send(p, now, true)
	if c.e.Done != nil {
		c.e.Done(&Exchange{Remote: c.tcp.RemoteAddr(), Began: now, Response: p, Sent: sent, Err: err})
	}
}

// send puts an answer behind those that wait to be written, and writes what is too
// large to wait.
func (c *conn) send(p *plan.Response, now time.Time, closing bool) (sent int64, err error) {
	if len(c.out) > flushAt && !c.flush() {
		return 0, &tree.WriteError{Err: net.ErrClosed}
	}
	if c.buf == nil {
		c.buf = outputs.Get().(*output)
		c.out = c.buf[:0]
	}
	c.out = http1.AppendHead(c.out, p, dateAt(now), closing)
	for _, piece := range p.Pieces {
		if piece.Bytes != nil && len(c.out)+len(piece.Bytes) <= cap(c.out) {
			c.out = append(c.out, piece.Bytes...)
			sent += int64(len(piece.Bytes))
			continue
		}
		n, err := c.sendLarge(p, piece, now)
		if sent += n; err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// sendLarge writes what waits and then a piece that does not fit behind it.
func (c *conn) sendLarge(p *plan.Response, piece plan.Piece, now time.Time) (int64, error) {
	c.setWriteLimit(now)
	if piece.Bytes != nil {
		// One system call for both: the head alone would wake the client.
		both := net.Buffers{c.out, piece.Bytes}
		waiting := int64(len(c.out))
		n, err := both.WriteTo(c.tcp)
		c.out = c.out[:0]
		if err != nil {
			return max(n-waiting, 0), &tree.WriteError{Err: err}
		}
		return n - waiting, nil
	}
	if !c.flush() {
		return 0, &tree.WriteError{Err: net.ErrClosed}
	}
	return p.File.CopyExtent(stallWriter{c}, piece.First, piece.Length)
}

// flush writes what waits, and reports whether it could.
func (c *conn) flush() bool {
	defer c.dropOutput()
	if len(c.out) == 0 {
		return true
	}
	c.setWriteLimit(time.Now())
	_, err := c.tcp.Write(c.out)
	return err == nil
}

func (c *conn) dropOutput() {
	if c.buf != nil {
		outputs.Put(c.buf)
		c.buf, c.out = nil, nil
	}
}

// handOver gives the connection to net/http, as if nothing had been read since the
// last answer.
func (c *conn) handOver() {
	read := append([]byte(nil), c.in.bytes()...)
	c.tcp.SetDeadline(time.Time{})
	c.e.handed.give(&handedConn{TCPConn: c.tcp, read: read})
}

// closeGently closes the connection so that the client gets what was written: closing
// it with input unread would make the system take that back (RFC 9112 §9.6).
func (c *conn) closeGently() {
	c.tcp.CloseWrite()
	c.tcp.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
	io.CopyN(io.Discard, c.tcp, 256<<10)
}

// stallWriter writes to the connection with a new deadline for every part of what may
// take long.
type stallWriter struct{ c *conn }

const stallPart = 1 << 20

// Write implements [io.Writer].
func (w stallWriter) Write(b []byte) (int, error) {
	w.c.setWriteLimit(time.Now())
	return w.c.tcp.Write(b)
}

// ReadFrom implements [io.ReaderFrom], by sendfile where the TCPConn can.
func (w stallWriter) ReadFrom(r io.Reader) (n int64, err error) {
	l, ok := r.(*io.LimitedReader)
	if !ok {
		return io.Copy(w.c.tcp, r)
	}
	for l.N > 0 {
		w.c.setWriteLimit(time.Now())
		part := &io.LimitedReader{R: l.R, N: min(l.N, stallPart)}
		m, err := w.c.tcp.ReadFrom(part)
		n += m
		l.N -= m
		if err != nil || m == 0 {
			return n, err
		}
	}
	return n, nil
}
