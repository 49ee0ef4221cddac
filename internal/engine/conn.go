package engine

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/salver-http/salver/internal/hot"
	"github.com/salver-http/salver/internal/http1"
	"github.com/salver-http/salver/internal/http2"
	"github.com/salver-http/salver/internal/message"
	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/semantics"
	"github.com/salver-http/salver/internal/tree"
)

// Exchange is what a site is told of an answer. What it points to is not valid afterwards.
type Exchange struct {
	Head   *message.Head // nil when none was recognised
	Major  int           // of the version of HTTP
	Remote string        // address and port of the peer
	Began  time.Time
	Status int
	Sent   int64
	Client netip.Addr // where a trusted proxy has told; not valid otherwise
	Cause  error      // why the answer is an error
	Err    error      // why not all of the content was sent
}

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

// answer sends one answer, which the hot set has or is planned, and says what comes next:
// goOn, last for the last answer, or that the connection is of no use any more or leaves
// the lane, with nothing of the answer written.
func (c *conn) answer(h *message.Head) next {
	now := time.Now()
	c.start(now)
	closing := h.Close || c.e.closes() || c.isRetired()
	h.Secure = c.tls != nil
	x := Exchange{Head: h, Major: 1, Began: now}
	site, entry, refusal, again := c.hot(&x)
	switch {
	case entry != nil:
		c.sendEntry(&x, entry, closing)
	case refusal != nil:
		c.sendPlan(&x, refusal, closing)
	case site == nil:
		if !c.flush() {
			return closeNow
		}
		return handOver
	default:
		c.plan(&x, site, again, closing)
	}
	c.tell(site, &x)
	switch {
	case x.Err != nil:
		c.abort()
		return closeNow
	case closing:
		return last
	}
	return goOn
}

// plan plans the answer to x.Head and sends it, and keeps it if it is asked for again.
func (c *conn) plan(x *Exchange, site *Site, again, closing bool) {
	var basis *tree.Basis
	if again {
		basis = new(tree.Basis)
	}
	p := c.planOn(x, site, basis)
	if again {
		if entry := c.freeze(x.Head, site, p, basis, x.Began); entry != nil {
			p.Close()
			c.sendEntry(x, entry, closing)
			return
		}
	}
	c.sendPlan(x, p, closing)
}

// planOn plans the answer to x.Head.
func (c *conn) planOn(x *Exchange, site *Site, basis *tree.Basis) *plan.Response {
	req := requests.Get().(*semantics.Request)
	x.Head.Fill(req)
	req.Malformed = len(x.Head.Path) == 0 || x.Head.Path[0] != '/'
	if site.Admission != nil {
		req.Peer = c.peerAddr()
	}
	p := site.PlanOn(req, x.Began, basis)
	c.recognised(x, req)
	*req = semantics.Request{}
	requests.Put(req)
	return p
}

// requests are not on the stack, of which every connection keeps what it once needed.
var requests = sync.Pool{New: func() any { return new(semantics.Request) }}

// recognised keeps what the site has found out about who asks.
func (c *conn) recognised(x *Exchange, r *semantics.Request) {
	x.Head.Secure = r.Secure
	if r.Client != r.Peer && r.Client.IsValid() {
		x.Client = r.Client
	}
}

// peerAddr is the address of the other end, as admission knows it.
func (c *conn) peerAddr() netip.Addr {
	if !c.peer.IsValid() {
		if p, err := netip.ParseAddrPort(c.RemoteAddr().String()); err == nil {
			c.peer = p.Addr().Unmap()
		}
	}
	return c.peer
}

// sendPlan sends an answer that was planned, and closes it.
func (c *conn) sendPlan(x *Exchange, p *plan.Response, closing bool) {
	defer p.Close()
	x.Status, x.Cause = p.Status, p.Cause
	x.Sent, x.Err = c.send(p, x.Began, closing)
}

// sendEntry sends what is hot.
func (c *conn) sendEntry(x *Exchange, entry *hot.Entry, closing bool) {
	x.Status, x.Cause = entry.Status, entry.Cause
	x.Sent, x.Err = c.sendFrozen(entry, x.Began, closing)
}

// refuse answers 400 to framing that nobody should send.
func (c *conn) refuse() {
	now := time.Now()
	c.start(now)
	site := nobody
	if c.e.Sites != nil {
		site = c.e.Sites(nil)
	}
	p := site.Refuse()
	defer p.Close()
	sent, err := c.send(p, now, true)
	c.tell(site, &Exchange{Major: 1, Began: now, Status: p.Status, Sent: sent, Cause: p.Cause, Err: err})
}

// nobody is the site of what nobody can be asked for.
var nobody = &Site{Site: new(plan.Site)}

// tell tells the site of an answer.
func (c *conn) tell(site *Site, x *Exchange) {
	if site.Done != nil && (site.All || x.Err != nil || x.Cause != nil) {
		if c.remote == "" {
			c.remote = c.RemoteAddr().String()
		}
		x.Remote = c.remote
		site.Done(*x)
	}
}

// send puts an answer behind those that wait to be written, and writes what is too
// large to wait.
func (c *conn) send(p *plan.Response, now time.Time, closing bool) (sent int64, err error) {
	if err := c.makeRoom(); err != nil {
		return 0, err
	}
	c.out = http1.AppendHead(c.out, p, dateAt(now), closing)
	for _, piece := range p.Pieces {
		var n int64
		if piece.Bytes != nil {
			n, err = c.sendBytes(piece.Bytes)
		} else if err = c.flushError(); err == nil {
			n, err = p.File.CopyExtent(c.writer(), piece.First, piece.Length)
		}
		if sent += n; err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// copied is up to what length content is copied behind its head, in bytes, rather than
// written from where it is.
const copied = 8 << 10

// makeRoom makes sure that a head fits behind what waits.
func (c *conn) makeRoom() error {
	if len(c.out) > flushAt {
		if err := c.flushError(); err != nil {
			return err
		}
	}
	if c.buf == nil {
		c.buf = outputs.Get().(*output)
		c.out = c.buf[:0]
	}
	return nil
}

// sendBytes puts b behind what waits if it fits, and else writes both: the head alone
// would wake the client.
func (c *conn) sendBytes(b []byte) (sent int64, err error) {
	if len(c.out)+len(b) <= cap(c.out) && (len(b) <= copied || c.fd == noFD || c.tls != nil) {
		c.out = append(c.out, b...)
		return int64(len(b)), nil
	}
	waiting := len(c.out)
	n, err := c.writeTwo(c.out, b)
	c.out = c.out[:0]
	if err != nil {
		err = &tree.WriteError{Err: err}
	}
	return int64(max(n-waiting, 0)), err
}

// flush writes what waits, and reports whether it could.
func (c *conn) flush() bool {
	err := c.flushError()
	c.dropOutput()
	return err == nil
}

func (c *conn) flushError() error {
	if len(c.out) == 0 {
		return nil
	}
	_, err := c.writer().Write(c.out)
	c.out = c.out[:0]
	if err != nil {
		c.abort()
		return &tree.WriteError{Err: err}
	}
	return nil
}

func (c *conn) dropOutput() {
	if c.buf != nil {
		outputs.Put(c.buf)
		c.buf, c.out = nil, nil
	}
	if c.wide != nil {
		wideOutputs.Put(c.wide)
		c.wide, c.out = nil, nil
	}
	if c.wire != nil {
		c.wire.drop()
	}
}

// abort makes sure that what was sent of an answer is not taken for whole: the client
// gets a reset.
func (c *conn) abort() {
	c.aborted = true
	if tcp, ok := c.Conn.(interface{ SetLinger(sec int) error }); ok {
		tcp.SetLinger(0)
	}
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
