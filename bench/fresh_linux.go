package main

import (
	"context"
	"errors"
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
	if _, err := check(s, p.addr, r.site); err != nil {
		return 0, err
	}
	if s.kind == toAccept {
		return float64(p.accepted) / float64(time.Millisecond), nil
	}
	return restingMemory(p, s.load, r.idle, r.rest)
}

// restingMemory opens n connections, asks once on each, leaves them alone for rest, and
// returns by how many KiB for each the server has grown.
func restingMemory(p *process, q request, n int, rest time.Duration) (float64, error) {
	before, err := p.resident()
	if err != nil {
		return 0, err
	}
	ask, buffer := q.bytesFor(p.addr, q.targets[0]), make([]byte, 128<<10)
	clients := make([]*client, n)
	for i := range clients {
		clients[i] = &client{addr: p.addr, tally: new(tally), buffer: buffer}
		defer clients[i].hangUp()
		if err := clients[i].try(ask); err != nil {
			return 0, err
		}
	}
	time.Sleep(rest)
	after, err := p.resident()
	if err != nil {
		return 0, err
	}
	// What was closed takes no memory.
	for _, c := range []*client{clients[0], clients[n-1]} {
		if c.conn == nil {
			return 0, errors.New("it closes connections after an answer")
		}
		if err := c.try(ask); err != nil {
			return 0, fmt.Errorf("it has closed connections at rest: %w", err)
		}
	}
	return float64(after-before) / float64(n), nil
}
