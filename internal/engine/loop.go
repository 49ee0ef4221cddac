package engine

import (
	"errors"
	"io"
	"os"
)

// next is what comes after the requests that have been read.
type next int

const (
	goOn next = iota
	last      // of answer alone
	handOver
	closeGently
	closeNow
)

// loop reads and answers until the connection ends or leaves the lane. It is for what
// has no descriptor: while it waits it holds a desk.
func (c *conn) loop() next {
	for {
		n, err := c.reader().Read(c.takeDesk().free())
		if n == 0 && err != nil {
			return c.ended(err)
		}
		if after := c.took(n); after != goOn {
			return after
		}
	}
}

// ended says what comes after a read has failed.
func (c *conn) ended(err error) next {
	if c.session != nil {
		if err != io.EOF && isTimeout(err) {
			return c.session.expired()
		}
		return closeNow
	}
	if err == io.EOF && c.desk != nil && c.desk.buffered() && !c.isRetired() {
		return handOver // which says what is wrong with half a head
	}
	return closeNow
}

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
