package engine

import (
	"errors"
	"sync"
	"time"

	"github.com/salver-http/salver/internal/hot"
	"github.com/salver-http/salver/internal/http2"
	"github.com/salver-http/salver/internal/tree"
	"github.com/salver-http/salver/internal/turns"
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
	looked   time.Time // when it was last looked for streams that have stalled
	progress time.Time // when something was sent last, or the first began to wait

	block       []byte // of fields, that is not whole
	blockFrame  http2.Frame
	blockFrames int

	// others are let pass while much is sent, nil when nothing is.
	others *turns.Turns

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
		s.giveUpStalled()
		if !s.sendRound() {
			break
		}
		if !s.flush() {
			return closeNow
		}
		s.letPass()
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
	s.endTurns()
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

// letPass lets other connections go on after a while: encrypting what the socket takes at
// once can keep a processor for long.
func (s *session) letPass() {
	if s.others == nil {
		s.others = turns.New()
	}
	s.c.pass(s.others)
}

func (s *session) endTurns() {
	s.others.End()
	s.others = nil
}

// end lets go of all streams when the connection has ended.
func (s *session) end() {
	s.endTurns()
	for _, st := range s.streams {
		if st.sending {
			st.x.Err = &tree.WriteError{Err: errGone}
			s.c.tell(st.site, &st.x)
		}
		st.release()
	}
	s.streams = nil
}

var errGone = errors.New("the client has left")
