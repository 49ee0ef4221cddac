package engine

import (
	"time"

	"github.com/salver-http/salver/internal/hot"
	"github.com/salver-http/salver/internal/http1"
	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/tree"
)

// hot returns the answer to h from the hot set, nil when it is to be planned. again says
// that it has been asked for before, so that it is worth keeping then.
func (c *conn) hot(h *http1.Head, now time.Time) (entry *hot.Entry, again bool) {
	set := c.e.Hot
	if set == nil || !c.allowed(h.Host) {
		return nil, false
	}
	d := c.desk
	d.key = h.AppendKey(d.key[:0])
	entry = set.Get(d.key)
	if entry != nil && entry.Varies {
		d.key = h.AppendAccept(d.key)
		entry = set.Get(d.key)
	}
	switch {
	case entry == nil:
		return nil, set.Asked(d.key)
	case entry.Fresh(now, c.e.Revalidate):
		return entry, true
	}
	set.Drop(d.key)
	return nil, true
}

// freeze keeps p, the answer to h, and returns what it is kept as; nil when it cannot be.
func (c *conn) freeze(h *http1.Head, p *plan.Response, basis *tree.Basis, now time.Time) *hot.Entry {
	if !hot.Freezable(p, basis) {
		return nil
	}
	entry := hot.Freeze(p, basis, http1.AppendFields(nil, p), now)
	if entry == nil {
		return nil
	}
	d := c.desk
	if p.Get("Vary") != "" {
		d.key = h.AppendKey(d.key[:0])
		c.e.Hot.Put(d.key, &hot.Entry{Varies: true})
		d.key = h.AppendAccept(d.key)
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
