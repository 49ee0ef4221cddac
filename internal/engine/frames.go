package engine

import (
	"bytes"
	"time"

	"github.com/salver-http/salver/internal/http2"
	"github.com/salver-http/salver/internal/tree"
)

// readAll deals with all frames that have come whole.
func (s *session) readAll() next {
	d := s.c.desk
	if !s.greeted {
		switch b := d.bytes(); {
		case len(b) < len(http2.Preface) && bytes.HasPrefix([]byte(http2.Preface), b):
			return goOn
		case !bytes.HasPrefix(b, []byte(http2.Preface)):
			return s.fail(&http2.Error{Code: http2.ProtocolError, Why: "no preface"})
		}
		d.discard(len(http2.Preface))
		s.greeted = true
	}
	var f http2.Frame
	for d.buffered() {
		n, err := http2.ReadFrame(d.bytes(), &f)
		if err == nil && n == 0 {
			return goOn
		}
		if err == nil || n > 0 && isOfStream(err) {
			err = s.deal(&f, err)
		}
		if err != nil {
			if after := s.fail(err); after != goOn {
				return after
			}
		}
		d.discard(n)
	}
	d.headLimit = time.Time{}
	return goOn
}

func isOfStream(err error) bool {
	e, ok := err.(*http2.Error)
	return ok && e.Stream != 0
}

// fail tells the client of an error: by RST_STREAM, or by GOAWAY, after which the connection
// is closed.
func (s *session) fail(err error) next {
	e, ok := err.(*http2.Error)
	switch {
	case !ok:
		return closeNow
	case e.Stream != 0 && s.isIdle(e.Stream): // which there is no RST_STREAM for (RFC 9113 §6.4)
		e = &http2.Error{Code: e.Code, Why: e.Why}
	case e.Stream != 0:
		if s.abandon(e.Stream, e.Code) {
			if s.trouble(2) == nil {
				return goOn
			}
			e = tooMuch
		} else {
			return closeNow
		}
	}
	s.leaving = false // it may have said so with another code
	if s.leave(e.Code, e.Why) && s.flush() {
		return closeGently
	}
	return closeNow
}

var tooMuch = &http2.Error{Code: http2.EnhanceYourCalm, Why: "too much trouble"}

// trouble counts n troubles; the error is that there are too many.
func (s *session) trouble(n int) error {
	if s.calm.trouble(n, s.c.e.clock(s.now)) {
		return tooMuch
	}
	return nil
}

// deal deals with a frame. wrong is what is the matter with it alone, if anything.
func (s *session) deal(f *http2.Frame, wrong error) error {
	if s.blockFrames > 0 {
		if f.Kind != http2.Continuation || f.Stream != s.blockFrame.Stream {
			return &http2.Error{Code: http2.ProtocolError, Why: "frame between HEADERS and CONTINUATION"}
		}
		return s.goOnBlock(f)
	}
	if !s.settled {
		if f.Kind != http2.Settings || f.Flags.Has(http2.Ack) {
			return &http2.Error{Code: http2.ProtocolError, Why: "no SETTINGS first"}
		}
		s.settled = true
	}
	switch f.Kind {
	case http2.Headers:
		return s.beginBlock(f, wrong)
	case http2.Data:
		return s.content(f)
	case http2.WindowUpdate:
		return s.widen(f, wrong)
	case http2.Reset:
		return s.cancelled(f)
	case http2.Settings:
		return s.apply(f)
	case http2.Ping:
		if err := s.trouble(1); err != nil || f.Flags.Has(http2.Ack) {
			return err
		}
		s.append(func(b []byte) []byte { return http2.AppendPong(b, f.Payload) })
		return nil
	case http2.Continuation:
		return &http2.Error{Code: http2.ProtocolError, Why: "CONTINUATION of nothing"}
	case http2.PriorityUpdate:
		if st := s.find(f.Number()); st != nil {
			st.order = http2.ParseOrder(string(f.Payload[4:]))
		}
	case http2.Priority:
		if wrong != nil {
			return wrong
		}
	}
	return s.trouble(1) // nothing that a server of files does anything about
}

// beginBlock takes HEADERS on (RFC 9113 §6.2).
func (s *session) beginBlock(f *http2.Frame, wrong error) error {
	if f.Stream%2 == 0 {
		return &http2.Error{Code: http2.ProtocolError, Why: "stream of an even number"}
	}
	if f.Flags.Has(http2.EndHeaders) {
		return s.headers(f, f.Payload, wrong)
	}
	s.blockFrame, s.blockFrames = *f, 1
	s.blockFrame.Payload = nil
	s.block = append(s.block[:0], f.Payload...)
	return nil
}

// goOnBlock takes CONTINUATION on (RFC 9113 §6.10).
func (s *session) goOnBlock(f *http2.Frame) error {
	if s.blockFrames++; s.blockFrames > 1+maxContinuations || len(s.block)+len(f.Payload) > http2.MaxBlock {
		return &http2.Error{Code: http2.EnhanceYourCalm, Why: "fields without end"}
	}
	s.block = append(s.block, f.Payload...)
	if !f.Flags.Has(http2.EndHeaders) {
		return nil
	}
	frame, block := s.blockFrame, s.block
	s.block, s.blockFrames = nil, 0
	return s.headers(&frame, block, nil)
}

// headers deals with a block of fields: of a request, or of trailers.
func (s *session) headers(f *http2.Frame, block []byte, wrong error) error {
	ends := f.Flags.Has(http2.EndStream)
	if !s.isIdle(f.Stream) {
		return s.trailers(f.Stream, block, ends)
	}
	r := &s.c.desk.request
	if s.leaving { // it is not answered, and its client knows (RFC 9113 §6.8)
		if err := s.fields.Skip(block, f.Stream); err != nil && !isOfStream(err) {
			return err
		}
		s.ignored = f.Stream
		return s.trouble(1)
	}
	if f.Stream > s.last+2 {
		s.skipped = [2]uint32{s.last, f.Stream}
	}
	s.last = f.Stream
	err := s.fields.Read(block, f.Stream, r)
	switch {
	case err != nil:
		return err
	case wrong != nil:
		return wrong
	case len(s.streams) >= maxStreams || s.heads >= maxHeads:
		return &http2.Error{Code: http2.RefusedStream, Stream: f.Stream, Why: "too many streams"}
	case ends && r.Length > 0:
		return &http2.Error{Code: http2.ProtocolError, Stream: f.Stream, Why: "content shorter than it says"}
	}
	return s.answer(f.Stream, r, !ends)
}

// trailers ends the content of a request (RFC 9113 §8.1).
func (s *session) trailers(id uint32, block []byte, ends bool) error {
	err := s.fields.Skip(block, id)
	if err != nil && !isOfStream(err) {
		return err
	}
	st := s.find(id)
	switch {
	case st == nil && s.wasReset(id):
		return s.trouble(1)
	case st == nil && s.wasSkipped(id):
		return &http2.Error{Code: http2.ProtocolError, Why: "stream of a smaller number"}
	case st == nil:
		return &http2.Error{Code: http2.StreamClosed, Why: "HEADERS on a closed stream"}
	case !st.open:
		return &http2.Error{Code: http2.StreamClosed, Stream: id, Why: "HEADERS after the end"}
	case err != nil:
		return err
	case !ends:
		return &http2.Error{Code: http2.ProtocolError, Stream: id, Why: "HEADERS in the middle"}
	}
	return s.closeRemote(st)
}

// closeRemote is when the client has sent all (RFC 9113 §8.1.1).
func (s *session) closeRemote(st *stream) error {
	if st.length >= 0 && st.length != st.received {
		return &http2.Error{Code: http2.ProtocolError, Stream: st.id, Why: "content not as long as it says"}
	}
	if st.open = false; !st.sending && !st.waiting {
		s.forget(st)
	}
	return nil
}

// content throws away what a client sends: no file has a use for it (RFC 9113 §6.1).
func (s *session) content(f *http2.Frame) error {
	if s.isIdle(f.Stream) {
		return &http2.Error{Code: http2.ProtocolError, Why: "DATA on an idle stream"}
	}
	if s.allowed -= int64(f.Length); s.allowed < 0 {
		return &http2.Error{Code: http2.FlowControl, Why: "more DATA than the connection takes"}
	}
	if s.read += f.Length; s.read >= credit {
		n := s.read
		s.append(func(b []byte) []byte { return http2.AppendWindowUpdate(b, 0, uint32(n)) })
		s.allowed += int64(n)
		s.read = 0
	}
	ends := f.Flags.Has(http2.EndStream)
	if f.Length < 256 && !ends {
		if err := s.trouble(1); err != nil {
			return err
		}
	}
	st := s.find(f.Stream)
	switch {
	case st == nil && s.wasReset(f.Stream):
		return s.trouble(1)
	case st == nil || !st.open:
		return &http2.Error{Code: http2.StreamClosed, Stream: f.Stream, Why: "DATA on a closed stream"}
	}
	st.received += int64(len(f.Payload))
	st.counted += int64(f.Length)
	switch {
	case st.counted > http2.FirstWindow:
		return &http2.Error{Code: http2.FlowControl, Stream: st.id, Why: "more DATA than the stream takes"}
	case st.length >= 0 && st.received > st.length:
		return &http2.Error{Code: http2.ProtocolError, Stream: st.id, Why: "content longer than it says"}
	case ends:
		return s.closeRemote(st)
	case st.received > drained && !st.sending && !st.waiting:
		s.abandon(st.id, http2.NoError)
	}
	return nil
}

// widen takes WINDOW_UPDATE on (RFC 9113 §6.9).
func (s *session) widen(f *http2.Frame, wrong error) error {
	if f.Stream != 0 && s.isIdle(f.Stream) {
		return &http2.Error{Code: http2.ProtocolError, Why: "WINDOW_UPDATE on an idle stream"}
	}
	if wrong != nil {
		return wrong
	}
	if err := s.trouble(1); err != nil {
		return err
	}
	n := int64(f.Number())
	if f.Stream == 0 {
		if s.window += n; s.window > http2.MaxWindow {
			return &http2.Error{Code: http2.FlowControl, Why: "window too large"}
		}
		return nil
	}
	if st := s.find(f.Stream); st != nil {
		if st.window += n; st.window > http2.MaxWindow {
			return &http2.Error{Code: http2.FlowControl, Stream: st.id, Why: "window too large"}
		}
	}
	return nil
}

// cancelled takes RST_STREAM on (RFC 9113 §6.4).
func (s *session) cancelled(f *http2.Frame) error {
	if s.isIdle(f.Stream) {
		return &http2.Error{Code: http2.ProtocolError, Why: "RST_STREAM on an idle stream"}
	}
	if st := s.find(f.Stream); st != nil {
		s.drop(st, &tree.WriteError{Err: errGone})
	}
	return s.trouble(2)
}

// apply takes SETTINGS on (RFC 9113 §6.5).
func (s *session) apply(f *http2.Frame) error {
	if f.Flags.Has(http2.Ack) {
		return s.trouble(1)
	}
	was := s.peer.Window
	if err := s.peer.Apply(f.Payload); err != nil {
		return err
	}
	for _, st := range s.streams {
		if st.window += s.peer.Window - was; st.window > http2.MaxWindow {
			return &http2.Error{Code: http2.FlowControl, Why: "window too large"}
		}
	}
	s.append(http2.AppendSettingsAck)
	return s.trouble(2 + len(f.Payload)/60)
}
