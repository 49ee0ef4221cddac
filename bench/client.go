package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// patience is how long one answer may take.
const patience = 20 * time.Second

// errClosed is what becomes of a connection that was to be kept.
var errClosed = errors.New("it closes connections after an answer")

// bytesFor is the request for a target, as wrk sends it: its fields come first.
func (r request) bytesFor(addr, target string) []byte {
	var b strings.Builder
	b.WriteString("GET " + target + " HTTP/1.1\r\n")
	for _, f := range r.fields {
		b.WriteString(f + "\r\n")
	}
	if r.close {
		b.WriteString("Connection: close\r\n")
	}
	b.WriteString("Host: " + addr + "\r\n\r\n")
	return []byte(b.String())
}

// clientLoad is the program's own load: so many connections ask for the targets, each
// again as soon as it has its answer, until the time is up or ctx is done. Every answer
// that was begun is read to its end.
func clientLoad(ctx context.Context, r request, to dialer, connections int, d time.Duration) tally {
	requests := make([][]byte, len(r.targets))
	for i, t := range r.targets {
		requests[i] = r.bytesFor(to.addr, t)
	}
	began := time.Now()
	tallies := make([]tally, connections)
	var wg sync.WaitGroup
	for i := range tallies {
		c := &client{to: to, close: r.close, tally: &tallies[i], buffer: make([]byte, 128<<10)}
		wg.Go(func() {
			defer c.hangUp()
			// Connections begin at different targets.
			for n := i * len(requests) / connections; ; n++ {
				c.ask(requests[n%len(requests)])
				if c.broken > 0 || time.Since(began) >= d || ctx.Err() != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	sum := tally{elapsed: time.Since(began)}
	for _, t := range tallies {
		sum.requests += t.requests
		sum.bytes += t.bytes
		sum.refused += t.refused
		sum.broken += t.broken
	}
	return sum
}

// client is one connection of a load, and what it has counted.
type client struct {
	to     dialer
	close  bool
	buffer []byte
	conn   net.Conn
	in     *bufio.Reader
	*tally
}

// ask sends a request and reads the answer.
func (c *client) ask(request []byte) {
	if err := c.try(request); err != nil {
		c.broken++
	}
}

func (c *client) try(request []byte) error {
	if c.conn == nil {
		conn, err := c.to.dial()
		if err != nil {
			return err
		}
		c.conn, c.in = conn, bufio.NewReaderSize(counter{conn, &c.bytes}, 16<<10)
	}
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := c.conn.Write(request); err != nil {
		return err
	}
	answer, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return err
	}
	if _, err := io.CopyBuffer(onlyWriter{io.Discard}, answer.Body, c.buffer); err != nil {
		return err
	}
	c.requests++
	if answer.StatusCode >= 400 {
		c.refused++
	}
	if c.close || answer.Close {
		c.hangUp()
	}
	return nil
}

func (c *client) hangUp() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

// counter counts the bytes that are read.
type counter struct {
	io.Reader
	n *int64
}

func (c counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	*c.n += int64(n)
	return n, err
}

// onlyWriter hides what would make io.CopyBuffer use another buffer.
type onlyWriter struct{ io.Writer }
