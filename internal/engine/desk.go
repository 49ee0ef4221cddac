package engine

import (
	"sync"
	"time"

	"github.com/salver-http/salver/internal/http1"
	"github.com/salver-http/salver/internal/http2"
	"github.com/salver-http/salver/internal/message"
)

// desk is what a connection needs while a head is being read and answered, and does not
// hold at rest.
type desk struct {
	buf        [deskBytes]byte
	begin, end int // what has come and is not yet discarded, in buf
	receiver   receiver
	head       message.Head
	exchange   Exchange      // of head
	request    http2.Request // in place of head, in HTTP/2
	key        []byte        // of the request in the hot set
	headLimit  time.Time     // for the head that has begun, zero when none has
}

// deskBytes is what a head of HTTP/1.1, or a frame, has room in.
const deskBytes = max(http1.MaxHead, http2.FrameHead+http2.MaxPayload)

var desks = sync.Pool{New: func() any { return new(desk) }}

func (d *desk) buffered() bool { return d.begin < d.end }

func (d *desk) bytes() []byte { return d.buf[d.begin:d.end] }

func (d *desk) discard(n int) { d.begin += n }

// free returns where more can be put, after moving what there is to the front.
func (d *desk) free() []byte {
	if d.begin > 0 {
		d.end = copy(d.buf[:], d.buf[d.begin:d.end])
		d.begin = 0
	}
	return d.buf[d.end:]
}

// takeDesk makes sure that c has a desk.
func (c *conn) takeDesk() *desk {
	if c.desk == nil {
		c.desk = desks.Get().(*desk)
		c.desk.begin, c.desk.end, c.desk.headLimit = 0, 0, time.Time{}
	}
	return c.desk
}

func (c *conn) leaveDesk() {
	if c.desk != nil {
		c.desk.exchange = Exchange{} // whose errors are not to be kept
		desks.Put(c.desk)
		c.desk = nil
	}
}
