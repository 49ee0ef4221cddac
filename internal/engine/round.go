package engine

import (
	"github.com/salver-http/salver/internal/http2"
)

// sendHead appends HEADERS.
func (s *session) sendHead(st *stream, block []byte) bool {
	const date = 64 // more than Date takes
	if !s.room(http2.FrameHead + 1 + date + len(block)) {
		return false
	}
	d := dateOf(st.x.Began)
	b := s.c.out
	if s.said && len(block)+date < http2.MaxPayload && cap(b)-len(b) > http2.FrameHead+date+len(block) {
		flags := http2.EndHeaders
		if st.left == 0 {
			flags |= http2.EndStream
		}
		b = http2.AppendFrameHead(b, len(block)+len(d.block), http2.Headers, flags, st.id)
		b = append(b, block...)
		s.c.out = append(b, d.block...)
		return true
	}
	whole := make([]byte, 0, 1+len(block)+len(d.block))
	if !s.said {
		whole = append(whole, http2.NoTable)
		s.said = true
	}
	whole = append(append(whole, block...), d.block...)
	s.c.out = http2.AppendHeaders(b, whole, st.id, st.left == 0)
	return true
}

// send appends up to most bytes of the content of st, as far as the windows let it.
func (s *session) send(st *stream, most int64) {
	for st.sending && most > 0 {
		n := min(most, st.left, st.window, s.window, frameContent)
		if n <= 0 {
			return
		}
		if !s.room(http2.FrameHead + int(n)) {
			return
		}
		at := len(s.c.out)
		flags := http2.Flags(0)
		if n == st.left {
			flags = http2.EndStream
		}
		b := http2.AppendFrameHead(s.c.out, int(n), http2.Data, flags, st.id)
		b, err := st.take(b, int(n))
		if err != nil {
			s.c.out = s.c.out[:at]
			st.x.Err, st.open = err, false
			s.finish(st)
			s.abandon(st.id, http2.InternalError)
			return
		}
		s.c.out = b
		st.window -= n
		s.window -= n
		st.x.Sent += n
		most -= n
		s.progress, st.moved = s.now, s.now
		s.calm.relief(int(n / relieving))
		if st.left == 0 {
			s.finish(st)
			if !st.open {
				s.forget(st)
			} else if st.received > drained {
				s.abandon(st.id, http2.NoError)
			}
		}
	}
}

// sendRound sends what comes first, and reports whether there may be more.
func (s *session) sendRound() bool {
	for sent := int64(0); sent < round; {
		s.planWaiting()
		var first *stream
		for _, st := range s.streams {
			if st.sending && st.window > 0 && s.window > 0 && (first == nil || st.before(first)) {
				first = st
			}
		}
		if first == nil {
			return false
		}
		was := first.x.Sent
		if s.send(first, 4*frameContent); first.x.Sent == was {
			return first.x.Err != nil
		}
		sent += first.x.Sent - was
	}
	return true
}

// planWaiting plans for streams that had to wait, while there is room.
func (s *session) planWaiting() {
	for s.waiting > 0 && s.files < maxFiles && s.buffers < maxBuffers {
		var first *stream
		for _, st := range s.streams {
			if st.waiting && (first == nil || st.before(first)) {
				first = st
			}
		}
		s.begin(first)
		if first.waiting {
			return
		}
		if !first.sending && !first.open {
			s.forget(first)
		}
	}
}
