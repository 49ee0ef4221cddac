package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// entrant is a contestant in one scenario.
type entrant struct {
	contestant
	p       *process
	to      dialer // to it
	length  int64  // of one answer on the wire, 0 where they differ
	answers int    // how many were asked of it in all
	row     row
}

// loadAll measures CPU time under load. The servers run all the time; one at a time has
// something to do.
func (r *runner) loadAll(ctx context.Context, s *scenario, entrants []*entrant) error {
	defer func() {
		for _, e := range entrants {
			if e.p != nil {
				e.p.stop()
			}
		}
	}()
	for _, e := range entrants {
		if err := r.enter(ctx, s, e); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			r.leaveOut(s, e.name, err.Error())
		}
	}
	for round := 1; round <= r.rounds; round++ {
		for _, e := range entrants {
			if e.p == nil {
				continue
			}
			v, err := r.visitOnce(ctx, s, e)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				e.row.Notes = append(e.row.Notes, fmt.Sprintf("round %d does not count: %v", round, err))
				continue
			}
			v.Round = round
			e.row.Rounds = append(e.row.Rounds, v)
		}
	}
	for _, e := range entrants {
		if e.p == nil {
			continue
		}
		if s.logs && e.name == "salver" {
			e.p.stop() // it writes the last lines then
			if err := e.countLog(); err != nil {
				return err
			}
		}
		if len(e.row.Rounds) == 0 {
			r.leaveOut(s, e.name, strings.Join(e.row.Notes, "; "))
		}
	}
	return nil
}

// enter starts a server, checks its answer and warms it up.
func (r *runner) enter(ctx context.Context, s *scenario, e *entrant) error {
	var err error
	if e.p, err = r.start(s, &e.contestant); err != nil {
		return err
	}
	e.to = newDialer(e.p.addr, s.proto, r.identity.roots)
	if _, err = check(s, e.to, r.site); err == nil {
		var t tally
		t, err = r.load(ctx, s, e.to, r.warm)
		e.answers += 1 + t.requests
	}
	if err == nil { // and what it sends from now on: salver compresses better meanwhile
		e.length, err = check(s, e.to, r.site)
		e.answers++
	}
	if err != nil {
		e.p.stop()
		e.p = nil
		return err
	}
	if len(s.load.targets) > 1 {
		e.length = 0
	}
	e.row.Length = e.length
	return nil
}

// visitOnce loads a server once.
func (r *runner) visitOnce(ctx context.Context, s *scenario, e *entrant) (sample, error) {
	all, err := readAccount(r.serverCPU, r.loadCPU)
	if err != nil {
		return sample{}, err
	}
	before, err := e.p.used()
	if err != nil {
		return sample{}, err
	}
	t, err := r.load(ctx, s, e.to, r.visit)
	if err != nil {
		return sample{}, err
	}
	after, err := e.p.used()
	if err != nil {
		return sample{}, err
	}
	e.answers += t.requests
	if err := r.meter.add(all, after.minus(before).sum()); err != nil {
		return sample{}, err
	}
	if why := t.doubt(s.want.status, e.length, s.connections()); why != "" {
		return sample{}, errors.New(why)
	}
	return costs(s.kind, after.minus(before), t), nil
}

// costs puts what a load has cost in the unit of a kind.
func costs(k kind, u usage, t tally) sample {
	unit := float64(time.Microsecond)
	if k == perGiB { // a request is for 1 GiB
		unit = float64(time.Millisecond)
	}
	n := float64(t.requests) * unit
	return sample{
		Value: float64(u.sum()) / n, User: float64(u.user) / n, System: float64(u.system) / n,
		PerSecond: float64(t.requests) / t.elapsed.Seconds(),
	}
}

// connections is how many ask at the same time.
func (s *scenario) connections() int {
	switch {
	case s.kind == perGiB:
		return 1
	case s.proto.encrypted():
		return tlsConnections
	}
	return connections
}

// countLog compares the log with what was asked: a server that drops lines is not to
// be taken for one that logs.
func (e *entrant) countLog() error {
	text, err := os.ReadFile(e.p.said)
	if err != nil {
		return err
	}
	lines := bytes.Count(text, []byte("\" 200 "))
	if lines < e.answers {
		e.row.Notes = append(e.row.Notes, fmt.Sprintf("its log has %s of %s answers", thousands(lines), thousands(e.answers)))
	}
	return nil
}
