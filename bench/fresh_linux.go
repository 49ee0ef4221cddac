package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

const (
	// idleConnections is how many connections rest, where the limit of open files
	// leaves room for them.
	idleConnections = 4000
	idleRest        = time.Second
)

// startAll measures what is measured of a server that was just started.
func (r *runner) startAll(ctx context.Context, s *scenario, entrants []*entrant) error {
	for round := 1; round <= r.rounds; round++ {
		for _, e := range entrants {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			v, err := r.startOnce(s, &e.contestant)
			if err != nil {
				e.row.Notes = append(e.row.Notes, fmt.Sprintf("round %d does not count: %v", round, err))
				continue
			}
			e.row.Rounds = append(e.row.Rounds, sample{Round: round, Value: v})
		}
	}
	for _, e := range entrants {
		if len(e.row.Rounds) == 0 {
			r.leaveOut(s, e.name, strings.Join(e.row.Notes, "; "))
		}
	}
	return nil
}

func (r *runner) startOnce(s *scenario, c *contestant) (float64, error) {
	p, err := r.start(s, c)
	if err != nil {
		return 0, err
	}
	defer p.stop()
	to := newDialer(p.addr, s.proto, r.identity.roots)
	if _, err := check(s, to, r.site); err != nil {
		return 0, err
	}
	if s.kind == toAccept {
		return float64(p.accepted) / float64(time.Millisecond), nil
	}
	return restingMemory(p, s.load, to, r.idle, r.rest)
}

// restingMemory opens n connections, asks once on each, leaves them alone for rest, and
// returns by how many KiB for each the server has grown.
func restingMemory(p *process, q request, to dialer, n int, rest time.Duration) (float64, error) {
	before, err := p.resident()
	if err != nil {
		return 0, err
	}
	buffer := make([]byte, 128<<10)
	callers := make([]caller, n)
	for i := range callers {
		if callers[i], err = newCaller(q, to, buffer); err != nil {
			return 0, err
		}
		defer callers[i].hangUp()
		if err := callers[i].call(); err != nil {
			return 0, err
		}
	}
	time.Sleep(rest)
	after, err := p.resident()
	if err != nil {
		return 0, err
	}
	// What was closed takes no memory.
	for _, c := range []caller{callers[0], callers[n-1]} {
		if err := c.call(); err != nil {
			return 0, fmt.Errorf("it has closed connections at rest: %w", err)
		}
	}
	return float64(after-before) / float64(n), nil
}

// caller is one connection, to ask for the same again and again.
type caller interface {
	call() error // errClosed if that was the last answer
	hangUp()
}

func newCaller(q request, to dialer, buffer []byte) (caller, error) {
	if to.proto == http2 {
		return to.open(q)
	}
	c := &client{to: to, tally: new(tally), buffer: buffer}
	return &repeater{c, q.bytesFor(to.addr, q.targets[0])}, nil
}

// repeater is a caller in HTTP/1.1.
type repeater struct {
	*client
	ask []byte
}

func (r *repeater) call() error {
	if err := r.try(r.ask); err != nil {
		return err
	}
	if r.conn == nil {
		return errClosed
	}
	return nil
}
