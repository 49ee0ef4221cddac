package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"time"
)

const (
	// A server is taken for done when it is seen at rest so many times in a row, with so
	// long between.
	looks     = 10
	lookAfter = 30 * time.Millisecond
	// calmLimit is how long that may take to come.
	calmLimit = 10 * time.Minute
	// sameRounds is after how many rounds that change nothing it is taken for done
	// for good: salver improves what is asked for, some of it after each round.
	sameRounds = 2
)

// compareSizes prints how many bytes nginx and salver send for packages of text.
func compareSizes(ctx context.Context, o options, out io.Writer) error {
	work, err := os.MkdirTemp("", "salver-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if err := os.Chmod(work, 0o755); err != nil { // some servers give up root's rights
		return err
	}
	r := &runner{site: filepath.Join(work, "site"), work: work}
	if r.serverCPU, _, _, err = findCPUs(); err != nil {
		return err
	}
	packs, err := collect(o.sizes, r.site)
	if err != nil {
		return err
	}
	s, err := choose(scenarios(), "gzip")
	if err != nil {
		return err
	}
	b := &builder{work: work, salver: o.salver}
	var leftOut []omission
	if r.contestants, leftOut, err = b.assemble(ctx, s, []string{"nginx", "salver"}); err != nil {
		return err
	}
	if len(leftOut) > 0 {
		return errors.New(leftOut[0].String())
	}
	for _, c := range r.contestants {
		fmt.Fprintf(out, "%-7s %s\n", c.name, c.version)
	}
	time.Sleep(settle)
	of, err := r.weigh(ctx, &s[0], packs)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(out, "\n", sizesTable(packs, of))
	return err
}

// weigh has all files sent by nginx once, and by salver, started anew for each that is
// accepted, until they get no smaller.
func (r *runner) weigh(ctx context.Context, s *scenario, packs []pack) (map[string]sizes, error) {
	var files []string
	for _, p := range packs {
		files = append(files, p.files...)
	}
	of := map[string]sizes{}
	for _, f := range files {
		info, err := os.Stat(filepath.Join(r.site, f))
		if err != nil {
			return nil, err
		}
		of[f] = sizes{identity: info.Size()}
	}
	for i := range r.contestants {
		c := &r.contestants[i]
		for _, accept := range accepted {
			if c.name == "nginx" && accept != "gzip" {
				continue
			}
			first, hot, err := r.weighOne(ctx, s, c, accept, files)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			for _, f := range files {
				w := of[f]
				if c.name == "nginx" {
					w.nginx = hot[f]
				} else {
					w.first, w.hot = append(w.first, first[f]), append(w.hot, hot[f])
				}
				of[f] = w
			}
		}
	}
	return of, nil
}

// weighOne starts a server, and returns what it sends for each file first and in the end.
func (r *runner) weighOne(ctx context.Context, s *scenario, c *contestant, accept string, files []string) (first, hot map[string]int64, err error) {
	p, err := r.start(s, c)
	if err != nil {
		return nil, nil, err
	}
	defer p.stop()
	ask := func() (map[string]int64, error) {
		w, err := newWeigher(p.addr, r.site, accept)
		if err != nil {
			return nil, err
		}
		defer w.close()
		return w.weighAll(files)
	}
	if first, err = ask(); err != nil {
		return nil, nil, err
	}
	hot = first
	for same := 0; same < sameRounds; {
		if err := p.awaitCalm(ctx); err != nil {
			return nil, nil, err
		}
		next, err := ask()
		if err != nil {
			return nil, nil, err
		}
		if same++; !maps.Equal(hot, next) {
			same = 0
		}
		hot = next
	}
	return first, hot, nil
}

// awaitCalm waits until a server does nothing any more, nor would if it had a processor.
func (p *process) awaitCalm(ctx context.Context) error {
	began := time.Now()
	before, err := p.used()
	for seen := 0; err == nil && seen < looks; seen++ {
		if time.Since(began) > calmLimit {
			return fmt.Errorf("it has not come to rest within %v", calmLimit)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lookAfter):
		}
		var ready bool
		if ready, err = p.ready(); err != nil {
			break
		}
		var now usage
		if now, err = p.used(); now != before || ready {
			before, seen = now, -1
		}
	}
	return err
}
