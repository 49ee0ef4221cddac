package engine

import (
	"net/netip"
	"sync"
	"time"

	"github.com/salver-http/salver/internal/hot"
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

// answer sends one answer, which the hot set has or is planned, and says what comes next:
// goOn, last for the last answer, or that the connection is of no use any more or leaves
// the lane, with nothing of the answer written.
func (c *conn) answer(h *message.Head) next {
	now := time.Now()
	c.start(now)
	closing := h.Close || c.e.closes() || c.isRetired()
	h.Secure = c.tls != nil
	x := &c.desk.exchange
	*x = Exchange{Head: h, Major: 1, Began: now}
	site, entry, refusal, again := c.hot(x)
	switch {
	case entry != nil:
		c.sendEntry(x, entry, closing)
	case refusal != nil:
		c.sendPlan(x, refusal, closing)
	case site == nil:
		if !c.flush() {
			return closeNow
		}
		return handOver
	default:
		c.plan(x, site, again, closing)
	}
	c.tell(site, x)
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
