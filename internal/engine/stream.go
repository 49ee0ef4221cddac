package engine

import (
	"io"
	"slices"
	"time"

	"github.com/salver-http/salver/internal/hot"
	"github.com/salver-http/salver/internal/http2"
	"github.com/salver-http/salver/internal/message"
	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/tree"
)

// stream is one that is not over: its answer is not sent, or its client has not ended what
// it sends (RFC 9113 §5.1).
type stream struct {
	id     uint32
	order  http2.Order
	window int64 // what its client takes

	open     bool  // the client can send content
	length   int64 // of that content by Content-Length, -1 where nothing is said
	received int64
	counted  int64 // with padding, which counts in its window
	tooLong  bool  // its head was, and was not read to the end

	// What is to be sent: waiting is for the plan, sending for the content.
	waiting, sending bool
	p                *plan.Response // nil where all is in memory
	pieces           []plan.Piece   // what is left, the first of them from at on
	piece            [1]plan.Piece  // backs pieces
	at               int64
	left             int64
	moved            time.Time // when something of it was sent last
	site             *Site     // that answers
	x                Exchange
	head             message.Head // a copy; x.Head is it
}

// holds is what a plan keeps while it is sent.
func (st *stream) holds() (file, buffer bool) {
	if st.p == nil {
		return false, false
	}
	return st.p.File != nil, st.p.File == nil && len(st.pieces) > 0
}

// carry makes the content of an entry, or of a plan, what is to be sent.
func (st *stream) carry(e *hot.Entry, p *plan.Response) {
	if e != nil {
		st.left = int64(len(e.Content))
		st.piece[0] = plan.Piece{Bytes: e.Content, Length: st.left}
		st.pieces = st.piece[:]
		return
	}
	st.p, st.pieces = p, p.Pieces
	for _, piece := range st.pieces {
		st.left += piece.Length
	}
}

// take appends the next n bytes of the content. Of a file nothing that was read last is
// appended before it has proved to be the one that was planned.
func (st *stream) take(b []byte, n int) ([]byte, error) {
	st.left -= int64(n)
	for n > 0 {
		piece := &st.pieces[0]
		m := int(min(int64(n), piece.Length-st.at))
		if piece.Bytes != nil {
			b = append(b, piece.Bytes[st.at:st.at+int64(m)]...)
		} else {
			at := len(b)
			b = b[:at+m]
			if err := readFull(st.p.File, b[at:], piece.First+st.at); err != nil {
				return b[:at], err
			}
		}
		n -= m
		if st.at += int64(m); st.at < piece.Length {
			continue
		}
		if piece.Bytes == nil {
			if err := st.p.File.Intact(); err != nil {
				return b, err
			}
		}
		st.pieces, st.at = st.pieces[1:], 0
	}
	return b, nil
}

// release lets go of what the answer holds.
func (st *stream) release() {
	if st.p != nil {
		st.p.Close()
		st.p = nil
	}
	st.pieces = nil
}

// before reports whether st is to be sent before other: by urgency, then so that what is
// useful in parts shares and the rest comes one after the other, but for long content, which
// lets others pass (RFC 9218 §10).
func (st *stream) before(other *stream) bool {
	if st.order.Urgency != other.order.Urgency {
		return st.order.Urgency < other.order.Urgency
	}
	if a, b := st.turns(), other.turns(); a != b {
		return a < b
	}
	return st.id < other.id
}

// share is how much of an answer is sent before one that has had less comes first, in bytes.
const (
	share      = 256 << 10
	smallShare = 16 << 10 // of one that is useful in parts
)

func (st *stream) turns() int64 {
	if st.order.Incremental {
		return st.x.Sent / smallShare
	}
	return st.x.Sent / share
}

func readFull(r io.ReaderAt, b []byte, off int64) error {
	n, err := r.ReadAt(b, off)
	if n == len(b) {
		return nil
	}
	return tree.ReadError(err)
}

// clock is t by the engine's clock.
func (e *Engine) clock(t time.Time) time.Duration { return t.Sub(e.began) }

// find returns an open stream, nil when it is not.
func (s *session) find(id uint32) *stream {
	for _, st := range s.streams {
		if st.id == id {
			return st
		}
	}
	return nil
}

// isIdle reports whether a stream was never opened (RFC 9113 §5.1.1).
func (s *session) isIdle(id uint32) bool { return id > max(s.last, s.ignored) || id%2 == 0 }

// abandon ends a stream by RST_STREAM.
func (s *session) abandon(id uint32, code http2.Code) bool {
	s.reset[s.resets] = id
	s.resets = (s.resets + 1) % len(s.reset)
	if st := s.find(id); st != nil {
		s.drop(st, &tree.WriteError{Err: errGone})
	}
	return s.append(func(b []byte) []byte { return http2.AppendReset(b, id, code) })
}

// wasReset reports whether the server has ended a stream of late, or not taken it, so that
// its client may still have sent something on it (RFC 9113 §5.1, §6.8).
func (s *session) wasReset(id uint32) bool { return id > s.last || slices.Contains(s.reset[:], id) }

// wasSkipped reports whether a stream was closed only by the opening of one with a larger
// number (RFC 9113 §5.1.1).
func (s *session) wasSkipped(id uint32) bool { return s.skipped[0] < id && id < s.skipped[1] }

// drop ends a stream whose answer was not sent for a reason.
func (s *session) drop(st *stream, err error) {
	if st.sending {
		st.x.Err = err
		s.finish(st)
	}
	if st.waiting {
		st.waiting = false
		s.waiting--
	}
	s.forget(st)
}

// finish is when all of an answer is sent, or no more of it will be.
func (s *session) finish(st *stream) {
	if st.p != nil && st.p.File != nil {
		s.files--
	} else if st.p != nil {
		s.buffers--
	}
	st.sending = false
	s.sending--
	st.release()
	if st.x.Err == nil {
		s.calm.relief(1)
	}
	s.c.tell(st.site, &st.x)
}

// giveUpStalled ends the streams whose windows their client has kept shut for too long, while
// it goes on with others: they may hold what others wait for.
func (s *session) giveUpStalled() {
	stall := s.c.e.Limits.Stall
	if s.sending == 0 || s.now.Sub(s.looked) < slack(stall) {
		return
	}
	s.looked = s.now
	for i := len(s.streams) - 1; i >= 0; i-- {
		if st := s.streams[i]; st.sending && st.window <= 0 && s.now.Sub(st.moved) > stall {
			s.abandon(st.id, http2.Cancel)
		}
	}
}

// forget takes a stream that is over out of the list.
func (s *session) forget(st *stream) {
	if i := slices.Index(s.streams, st); i >= 0 {
		s.streams = slices.Delete(s.streams, i, i+1)
		s.heads -= st.head.Size()
	}
}
