package engine

import (
	"bytes"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/salver-http/salver/internal/hot"
	"github.com/salver-http/salver/internal/http2"
	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/tree"
)

const (
	// maxStreams is how many streams of a connection may be open.
	maxStreams = 100
	// maxFiles and maxBuffers are how many of them hold an open file, and content that was
	// read and cannot be sent yet. Others are planned when there is room.
	maxFiles, maxBuffers = 16, 2
	// maxHeads is from how many bytes of the heads of open streams on no other is opened.
	maxHeads = 64 << 10
	// drained is how much content of a request is read, in bytes; then the client is asked
	// to stop.
	drained = 32 << 10
	// credit is from how many bytes on it is given back to the client that they were read.
	credit = 16 << 10
	// maxContinuations is how many CONTINUATION frames a block of fields may have.
	maxContinuations = 16
	// round is how much is sent before it is looked for what the client has sent meanwhile,
	// in bytes.
	round = 128 << 10
	// frameContent is how much content is in a frame, in bytes: with its head it fills a
	// record of TLS.
	frameContent = 16<<10 - http2.FrameHead
	// atOnce is up to what length content is sent with its head, before it is asked who is
	// next, in bytes.
	atOnce = frameContent
)

// session is what a connection keeps that speaks HTTP/2 (RFC 9113).
type session struct {
	c      *conn
	fields *http2.Fields
	peer   http2.Peer
	calm   calm

	window  int64 // what the client takes on the connection
	allowed int64 // what it may still send
	read    int   // of what it has sent, not yet given back

	greeted bool // its preface has come
	settled bool // its first SETTINGS have
	said    bool // a block of fields was sent
	leaving bool // GOAWAY was sent
	broken  bool // nothing can be written any more

	last     uint32    // the last stream that it has opened
	ignored  uint32    // the last one that it has opened after GOAWAY
	skipped  [2]uint32 // between these numbers it has left some out, of late
	streams  []*stream // by number
	heads    int       // how many bytes their heads have
	sending  int       // how many have content left
	files    int       // how many of them hold a file
	buffers  int       // how many hold content that was read
	waiting  int       // how many have no plan yet
	spare    *stream   // to be used again
	reset    [32]uint32
	resets   int       // the next place in reset
	progress time.Time // when something was sent last, or the first began to wait

	block       []byte // of fields, that is not whole
	blockFrame  http2.Frame
	blockFrames int

	now  time.Time     // when what is dealt with was read
	seen [8]*hot.Entry // that were looked at since
	next int           // the next place in seen
}

// wideOutput is where frames wait to be written.
type wideOutput [2*(16<<10) + 8<<10]byte

var wideOutputs = sync.Pool{New: func() any { return new(wideOutput) }}

// speakHTTP2 makes c speak HTTP/2, and begins by what the server has to say first.
func (c *conn) speakHTTP2() *session {
	s := &session{
		c: c, fields: http2.NewFields(), peer: http2.Peer{Window: http2.FirstWindow},
		window: http2.FirstWindow, allowed: http2.FirstWindow,
	}
	c.session = s
	s.calm.at = c.e.clock(time.Now())
	c.dropOutput()
	s.append(func(b []byte) []byte { return http2.AppendSettings(b, maxStreams, http2.MaxFields) })
	return s
}

// append appends something short to what waits to be written.
func (s *session) append(f func([]byte) []byte) bool {
	if !s.room(256) {
		return false
	}
	s.c.out = f(s.c.out)
	return true
}

// room makes sure that n bytes fit behind what waits.
func (s *session) room(n int) bool {
	c := s.c
	if c.wide == nil {
		c.wide = wideOutputs.Get().(*wideOutput)
		c.out = c.wide[:0]
	}
	return cap(c.out)-len(c.out) >= n || s.flush()
}

// flush writes what waits, and reports whether it could.
func (s *session) flush() bool {
	if s.broken || s.c.flushError() != nil {
		s.broken = true
		return false
	}
	return true
}

// took answers all frames that have come.
func (s *session) took() next {
	c := s.c
	for {
		if !c.begin() && !s.leave(http2.NoError, "") {
			return closeNow
		}
		s.now = time.Now()
		s.seen, s.next = [8]*hot.Entry{}, 0
		if s.sending+s.waiting == 0 {
			c.start(s.now)
		}
		if after := s.readAll(); after != goOn {
			return after
		}
		if !s.sendRound() {
			break
		}
		if !s.flush() {
			return closeNow
		}
		if after := s.poll(); after != goOn {
			return after
		}
	}
	if c.e.closes() && s.last > 0 && !s.leave(http2.NoError, "") || !s.flush() {
		return closeNow
	}
	c.dropOutput()
	s.seen = [8]*hot.Entry{}
	return s.wait()
}

// poll reads what has come meanwhile, without waiting.
func (s *session) poll() next {
	c := s.c
	if c.fd == noFD {
		return goOn
	}
	if c.wire != nil {
		c.wire.drained = false
	}
	n, _, err := c.receive(c.fd, c.desk.free())
	if err != nil && err != errAgain || n == 0 && err == nil {
		return closeNow
	}
	c.desk.end += max(n, 0)
	return goOn
}

// wait says how long the connection may be silent.
func (s *session) wait() next {
	c, limits := s.c, &s.c.e.Limits
	d := c.desk
	partial := d.buffered() || s.blockFrames > 0 || !s.settled
	switch {
	case s.leaving && len(s.streams) == 0:
		return closeGently
	case s.sending+s.waiting > 0:
		if !s.progress.IsZero() && c.tooSlow(0) {
			return closeNow
		}
		c.setReadLimit(s.progress.Add(limits.Stall), slack(limits.Stall))
		return goOn
	case partial:
		if d.headLimit.IsZero() {
			d.headLimit = s.now.Add(limits.Head)
			c.setReadLimit(d.headLimit, 0)
		} else if s.now.After(d.headLimit) {
			return closeNow
		}
		return goOn
	}
	d.headLimit = time.Time{}
	if len(s.streams) > 0 {
		c.setReadLimit(s.now.Add(limits.Head), slack(limits.Head))
		return goOn
	}
	c.setReadLimit(s.now.Add(limits.Idle), slack(limits.Idle))
	if !c.client.rest(s.now) {
		s.leave(http2.NoError, "")
		s.flush()
		return closeGently
	}
	return goOn
}

// expired is what comes when the connection was silent for too long, or is retired.
func (s *session) expired() next {
	if s.sending+s.waiting > 0 {
		return closeNow
	}
	if s.leave(http2.NoError, "") && s.flush() {
		return closeGently
	}
	return closeNow
}

// leave says that no more streams are taken (RFC 9113 §6.8).
func (s *session) leave(code http2.Code, why string) bool {
	if s.leaving {
		return true
	}
	s.leaving = true
	return s.append(func(b []byte) []byte { return http2.AppendGoAway(b, s.last, code, why) })
}

// end lets go of all streams when the connection has ended.
func (s *session) end() {
	for _, st := range s.streams {
		if st.sending {
			st.x.Err = &tree.WriteError{Err: errGone}
			s.c.tell(s.c.e.Site, &st.x)
		}
		st.release()
	}
	s.streams = nil
}

var errGone = errors.New("the client has left")

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
	s.calm.relief(1)
	s.c.tell(s.c.e.Site, &st.x)
}

// forget takes a stream that is over out of the list.
func (s *session) forget(st *stream) {
	if i := slices.Index(s.streams, st); i >= 0 {
		s.streams = slices.Delete(s.streams, i, i+1)
		s.heads -= st.head.Size()
	}
}

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
	site, h := c.e.Site, st.x.Head
	var entry *hot.Entry
	again := false
	if isHotMethod(h.Method) && !st.tooLong {
		if _, entry, again = c.hot(h, s.now); entry != nil {
			s.respond(st, entry, nil)
			return
		}
	}
	if !s.flush() { // a plan can take its time
		return
	}
	var p *plan.Response
	if st.tooLong {
		p = site.TooLong()
	} else {
		var basis *tree.Basis
		if again {
			basis = new(tree.Basis)
		}
		req := h.Request()
		req.Malformed = len(h.Path) == 0 || h.Path[0] != '/'
		p = site.PlanOn(&req, st.x.Began, basis)
		if again {
			if entry = c.freeze(h, site, p, basis, st.x.Began); entry != nil {
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
		s.c.tell(s.c.e.Site, &st.x)
		return
	}
	if s.sending == 0 {
		s.progress = s.now
	}
	st.sending = true
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
		s.progress = s.now
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
