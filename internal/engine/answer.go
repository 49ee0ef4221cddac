package engine

import (
	"slices"
	"sync"
	"time"

	"github.com/salver-http/salver/internal/hot"
	"github.com/salver-http/salver/internal/http2"
	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/tree"
)

// isFresh reports whether an entry is still the answer. One look is enough for all
// requests that have come together.
func (s *session) isFresh(e *hot.Entry, revalidate time.Duration) bool {
	if slices.Contains(s.seen[:], e) {
		return true
	}
	if !e.Fresh(s.now, revalidate) {
		return false
	}
	s.seen[s.next] = e
	s.next = (s.next + 1) % len(s.seen)
	return true
}

// answer begins the answer to r on a stream.
func (s *session) answer(id uint32, r *http2.Request, open bool) error {
	st := s.spare
	if s.spare = nil; st == nil {
		st = new(stream)
	}
	*st = stream{
		id: id, order: r.Order, window: s.peer.Window, open: open, length: r.Length, tooLong: r.TooLong,
		x: Exchange{Head: &r.Head, Major: 2, Began: s.now},
	}
	s.begin(st)
	if st.open || st.sending || st.waiting {
		st.head = r.Head.Clone()
		st.x.Head = &st.head
		s.heads += st.head.Size()
		s.streams = append(s.streams, st)
	} else {
		*st = stream{} // which holds nothing at rest
		s.spare = st
	}
	return nil
}

// begin finds or plans an answer, and sends as much of it as can be sent at once.
func (s *session) begin(st *stream) {
	c := s.c
	h := st.x.Head
	h.Secure = c.tls != nil
	var entry *hot.Entry
	var refusal *plan.Response
	again := false
	if isHotMethod(h.Method) && !st.tooLong {
		if st.site, entry, refusal, again = c.hot(&st.x); entry != nil || refusal != nil {
			s.respond(st, entry, refusal)
			return
		}
	} else {
		st.site = c.e.Sites(h.Host)
	}
	if !s.flush() { // a plan can take its time
		return
	}
	var p *plan.Response
	if st.tooLong {
		p = st.site.TooLong()
	} else {
		var basis *tree.Basis
		if again {
			basis = new(tree.Basis)
		}
		p = c.planOn(&st.x, st.site, basis)
		if again {
			if entry = c.freeze(h, st.site, p, basis, st.x.Began); entry != nil {
				p.Close()
				s.respond(st, entry, nil)
				return
			}
		}
	}
	s.respond(st, nil, p)
}

// isHotMethod reports whether answers to a method are kept.
func isHotMethod(m []byte) bool { return string(m) == "GET" || string(m) == "HEAD" }

// respond sends the head of an answer, an entry or a plan, and its content if that is short.
// Where too much is held already, and it cannot be sent at once, it waits for another plan.
func (s *session) respond(st *stream, e *hot.Entry, p *plan.Response) {
	st.carry(e, p)
	short := st.left <= min(atOnce, s.window, st.window) && (s.sending == 0 || st.order.Urgency <= http2.DefaultOrder.Urgency)
	if file, buffer := st.holds(); !short && (file && s.files >= maxFiles || buffer && s.buffers >= maxBuffers) {
		st.release()
		st.left, st.at = 0, 0
		if !st.waiting {
			st.waiting = true
			s.waiting++
		}
		return
	}
	if st.waiting {
		st.waiting = false
		s.waiting--
	}
	var ok bool
	if e != nil {
		st.x.Status, st.x.Cause = e.Status, e.Cause
		ok = s.sendHead(st, e.Block)
	} else {
		st.x.Status, st.x.Cause = p.Status, p.Cause
		block := blocks.Get().(*[]byte)
		*block = http2.AppendFields((*block)[:0], p)
		ok = s.sendHead(st, *block)
		blocks.Put(block)
	}
	switch {
	case !ok:
		st.release()
		return
	case st.left == 0:
		st.release()
		s.calm.relief(1)
		s.c.tell(st.site, &st.x)
		return
	}
	if s.sending == 0 {
		s.progress = s.now
	}
	st.sending, st.moved = true, s.now
	s.sending++
	if file, buffer := st.holds(); file {
		s.files++
	} else if buffer {
		s.buffers++
	}
	if short {
		s.send(st, atOnce)
	}
}

var blocks = sync.Pool{New: func() any { return new([]byte) }}
