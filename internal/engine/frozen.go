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
// site is nil and there is none, the lane may not be asked for this host.
func (c *conn) find(h *message.Head) (*Site, *hot.Entry) {
	site, set, d := c.e.Site, c.e.Hot, c.desk
	if d.key = d.key[:0]; set == nil || site != nil && !c.allowed(h.Host) {
		return site, nil
	}
	d.key = c.appendKey(d.key, h)
	entry := set.Get(d.key)
	if entry != nil && h.Has(entry.Varies) {
		d.key = h.AppendVaried(d.key, entry.Varies)
		entry = set.Get(d.key)
	}
	if entry == nil || entry.Owner == nil {
		return site, nil
	}
	return entry.Owner.(*Site), entry
}

// hot returns the answer to h from the hot set, nil when it is to be planned, and the
// site whose answer it is, nil when it is not the lane's. again says that it has been asked
// for before, so that it is worth keeping.
func (c *conn) hot(h *message.Head, now time.Time) (site *Site, entry *hot.Entry, again bool) {
	site, entry = c.find(h)
	if entry == nil {
		if site = c.siteOf(h); site == nil || len(c.desk.key) == 0 {
			return site, nil, false
		}
		return site, nil, c.e.Hot.Asked(c.desk.key)
	}
	if c.isFresh(entry, site, now) {
		return site, entry, true
	}
	c.e.Hot.Drop(c.desk.key)
	c.desk.key = c.appendKey(c.desk.key[:0], h)
	c.e.Hot.Drop(c.desk.key) // what the answer varies by may have changed, too
	return site, nil, true
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
	if c.e.Site != nil {
		return c.e.Site
	}
	return c.e.Route(h)
}

// appendKey appends the key of h in the hot set. The host is in it where it can route.
func (c *conn) appendKey(b []byte, h *message.Head) []byte {
	if c.e.Site == nil {
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
	if mark := c.e.Hot.Get(d.key); mark != nil {
		marked = mark.Varies
		by |= marked
	}
	if entry.Varies = by; h.Has(by) {
		if by != marked {
			c.e.Hot.Put(d.key, &hot.Entry{Varies: by})
		}
		d.key = h.AppendVaried(d.key, by)
	}
	c.e.Hot.Put(d.key, entry)
	return entry
}

// allowed reports whether host is one that the site answers for, without asking the site
// again on the same connection.
func (c *conn) allowed(host []byte) bool {
	if c.e.Site.Hosts == nil || string(host) == c.host {
		return true
	}
	h := string(host)
	if !c.e.Site.Hosts.Allow(h) {
		return false
	}
	c.host = h
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
