package engine

import (
	"time"

	"github.com/salver-http/salver/internal/hot"
	"github.com/salver-http/salver/internal/http1"
	"github.com/salver-http/salver/internal/http2"
	"github.com/salver-http/salver/internal/message"
	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/tree"
)

// find returns what the hot set has for h, if anything, and whose answer it is. Where the
// site is nil and there is none, the lane may not be asked for this host. A refusal is what the
// client is answered instead; a site that not everybody may read has no entry without ask, since a password can
// take its time.
func (c *conn) find(x *Exchange, ask bool) (site *Site, entry *hot.Entry, refusal *plan.Response) {
	h, set, d := x.Head, c.e.Hot, c.desk
	if c.e.Sites != nil {
		site = c.e.Sites(h.Host)
	}
	if d.key = d.key[:0]; set == nil || site != nil && !c.allowed(site, h.Host) {
		return site, nil, nil
	}
	d.key = c.appendKey(d.key, h)
	if entry = set.Get(d.key); entry == nil {
		return site, nil, nil
	}
	owner := entry.Owner.(*Site)
	if owner != site && site != nil || owner.Replaced.Load() {
		set.Drop(d.key)
		return site, nil, nil
	}
	if owner.Admission != nil {
		if !ask {
			return owner, nil, nil
		}
		if refusal = c.refusal(x, owner); refusal != nil {
			return owner, nil, refusal
		}
	}
	if h.Has(entry.Varies) {
		d.key = h.AppendVaried(d.key, entry.Varies)
		entry = set.Get(d.key)
	}
	if entry == nil || entry.Mark || entry.Owner != any(owner) {
		return owner, nil, nil
	}
	return owner, entry, nil
}

// refusal is what a site answers to who may not have an answer that is ready.
func (c *conn) refusal(x *Exchange, site *Site) *plan.Response {
	v := x.Head.Visitor()
	v.Peer = c.peerAddr()
	p := site.Refusal(&v, x.Began)
	c.recognised(x, &v)
	return p
}

// hot returns the answer to x.Head from the hot set, nil when it is to be planned, and the
// site whose answer it is, nil when it is not the lane's. again says that it has been asked
// for before, so that it is worth keeping.
func (c *conn) hot(x *Exchange) (site *Site, entry *hot.Entry, refusal *plan.Response, again bool) {
	h := x.Head
	site, entry, refusal = c.find(x, true)
	switch {
	case refusal != nil:
		return site, nil, refusal, false
	case entry == nil:
		if site = c.siteOf(h); site == nil || len(c.desk.key) == 0 {
			return site, nil, nil, false
		}
		return site, nil, nil, c.e.Hot.Asked(c.desk.key)
	case c.isFresh(entry, site, x.Began):
		return site, entry, nil, true
	}
	c.e.Hot.Drop(c.desk.key)
	c.desk.key = c.appendKey(c.desk.key[:0], h)
	c.e.Hot.Drop(c.desk.key) // what the answer varies by may have changed, too
	return site, nil, nil, true
}

// isFresh reports whether entry is still the answer of site to what was read by the time now.
func (c *conn) isFresh(entry *hot.Entry, site *Site, now time.Time) bool {
	if c.session != nil {
		return c.session.isFresh(entry, site.Revalidate)
	}
	return entry.Fresh(now, site.Revalidate)
}

// siteOf returns the site that answers h, nil when none does.
func (c *conn) siteOf(h *message.Head) *Site {
	if c.e.Sites != nil {
		return c.e.Sites(h.Host)
	}
	return c.e.Route(h)
}

// appendKey appends the key of h in the hot set. The host is in it where it can route.
func (c *conn) appendKey(b []byte, h *message.Head) []byte {
	if c.e.Sites == nil || c.e.ByHost {
		b = append(b, h.Host...)
		b = append(b, '\n')
	}
	return h.AppendKey(b)
}

// freeze keeps p, the answer to h, and returns what it is kept as; nil when it cannot be.
//
// Where answers to the same key vary by different fields, all of them are kept by all of
// these: an answer is then found by more than chose it, never by less, and they do not
// keep taking the mark from each other.
func (c *conn) freeze(h *message.Head, site *Site, p *plan.Response, basis *tree.Basis, now time.Time) *hot.Entry {
	if !hot.Freezable(p, basis) {
		return nil
	}
	entry := hot.Freeze(p, basis, http1.AppendFields(nil, p), http2.AppendFields(nil, p), now)
	if entry == nil {
		return nil
	}
	entry.Owner = site
	d := c.desk
	d.key = c.appendKey(d.key[:0], h)
	by, marked := p.Vary, plan.Vary(0)
	if mark := c.e.Hot.Get(d.key); mark != nil && mark.Owner == any(site) {
		marked = mark.Varies
		by |= marked
	}
	if entry.Varies = by; h.Has(by) {
		if by != marked {
			c.e.Hot.Put(d.key, &hot.Entry{Varies: by, Owner: site, Mark: true})
		}
		d.key = h.AppendVaried(d.key, by)
	}
	c.e.Hot.Put(d.key, entry)
	return entry
}

// allowed reports whether host is one that site answers for, without asking the site again
// on the same connection.
func (c *conn) allowed(site *Site, host []byte) bool {
	if site.Hosts == nil || string(host) == c.host && c.asked == site {
		return true
	}
	h := string(host)
	if !site.Hosts.Allow(h) {
		return false
	}
	c.host, c.asked = h, site
	return true
}

// sendFrozen is send for an entry.
func (c *conn) sendFrozen(e *hot.Entry, now time.Time, closing bool) (sent int64, err error) {
	if err := c.makeRoom(); err != nil {
		return 0, err
	}
	c.out = append(c.out, e.Head...)
	c.out = http1.AppendEnd(c.out, dateAt(now), closing)
	if len(e.Content) == 0 {
		return 0, nil
	}
	return c.sendBytes(e.Content)
}
