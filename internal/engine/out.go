package engine

import (
	"sync"
	"time"

	"github.com/salver-http/salver/internal/http1"
	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/tree"
)

// flushAt is how much of answers is joined before it is written, in bytes.
const flushAt = 32 << 10

type output [flushAt + 8<<10]byte

var outputs = sync.Pool{New: func() any { return new(output) }}

// send puts an answer behind those that wait to be written, and writes what is too
// large to wait.
func (c *conn) send(p *plan.Response, now time.Time, closing bool) (sent int64, err error) {
	if err := c.makeRoom(); err != nil {
		return 0, err
	}
	c.out = http1.AppendHead(c.out, p, dateAt(now), closing)
	for _, piece := range p.Pieces {
		var n int64
		if piece.Bytes != nil {
			n, err = c.sendBytes(piece.Bytes)
		} else if err = c.flushError(); err == nil {
			n, err = p.File.CopyExtent(c.writer(), piece.First, piece.Length)
		}
		if sent += n; err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// copied is up to what length content is copied behind its head, in bytes, rather than
// written from where it is.
const copied = 8 << 10

// makeRoom makes sure that a head fits behind what waits.
func (c *conn) makeRoom() error {
	if len(c.out) > flushAt {
		if err := c.flushError(); err != nil {
			return err
		}
	}
	if c.buf == nil {
		c.buf = outputs.Get().(*output)
		c.out = c.buf[:0]
	}
	return nil
}

// sendBytes puts b behind what waits if it fits, and else writes both: the head alone
// would wake the client.
func (c *conn) sendBytes(b []byte) (sent int64, err error) {
	if len(c.out)+len(b) <= cap(c.out) && (len(b) <= copied || c.fd == noFD || c.tls != nil) {
		c.out = append(c.out, b...)
		return int64(len(b)), nil
	}
	waiting := len(c.out)
	n, err := c.writeTwo(c.out, b)
	c.out = c.out[:0]
	if err != nil {
		err = &tree.WriteError{Err: err}
	}
	return int64(max(n-waiting, 0)), err
}

// flush writes what waits, and reports whether it could.
func (c *conn) flush() bool {
	err := c.flushError()
	c.dropOutput()
	return err == nil
}

func (c *conn) flushError() error {
	if len(c.out) == 0 {
		return nil
	}
	_, err := c.writer().Write(c.out)
	c.out = c.out[:0]
	if err != nil {
		c.abort()
		return &tree.WriteError{Err: err}
	}
	return nil
}

func (c *conn) dropOutput() {
	if c.buf != nil {
		outputs.Put(c.buf)
		c.buf, c.out = nil, nil
	}
	if c.wide != nil {
		wideOutputs.Put(c.wide)
		c.wide, c.out = nil, nil
	}
	if c.wire != nil {
		c.wire.drop()
	}
}

// abort makes sure that what was sent of an answer is not taken for whole: the client
// gets a reset.
func (c *conn) abort() {
	c.aborted = true
	if tcp, ok := c.Conn.(interface{ SetLinger(sec int) error }); ok {
		tcp.SetLinger(0)
	}
}
