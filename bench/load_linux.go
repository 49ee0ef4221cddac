package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// loader asks a server for what a scenario asks for, on so many connections.
type loader func(ctx context.Context, s *scenario, to dialer, d time.Duration) (tally, error)

// wrkLoader loads with wrk on a processor.
func wrkLoader(wrk, work string, cpu int) loader {
	return func(ctx context.Context, s *scenario, to dialer, d time.Duration) (tally, error) {
		// wrk counts requests that end, and 1 GiB takes too long. In TLS it cannot be told
		// what to offer.
		if s.kind == perGiB || s.proto.encrypted() {
			return ownLoader(ctx, s, to, d)
		}
		script := filepath.Join(work, "targets.lua")
		if len(s.load.targets) > 1 {
			if err := os.WriteFile(script, []byte(wrkScript(s.load.targets)), 0o644); err != nil {
				return tally{}, err
			}
		}
		seconds := max(int(d/time.Second), 1)
		argv := append([]string{wrk}, wrkArguments(s.load, to.addr, s.connections(), seconds, script)...)
		text, err := runPinned(ctx, cpu, d+wrkTimeout+patience, argv...)
		if err != nil {
			return tally{}, fmt.Errorf("wrk: %w: %s", err, lastLine(text))
		}
		return parseWrk(text)
	}
}

// ownLoader loads with this program, on the processor that it runs on.
func ownLoader(ctx context.Context, s *scenario, to dialer, d time.Duration) (tally, error) {
	return clientLoad(ctx, s.load, to, s.connections(), d), nil
}

// h2loader loads with h2load on a processor. It is told how many requests to make rather
// than for how long: at the end of a time it drops what is still under way, which the
// server has worked for.
type h2loader struct {
	program, work, site string
	cpu                 int
	rates               map[string]float64 // answers per second, of an address for a scenario
}

// probe is about how many requests tell how many fit the time.
const probe = 512

func (l *h2loader) load(ctx context.Context, s *scenario, to dialer, d time.Duration) (tally, error) {
	key := s.name + " " + to.addr
	var sum tally
	if l.rates[key] == 0 {
		var err error
		if sum, err = l.run(ctx, s, to, fitting(time.Second, probe, len(s.load.targets)), patience); err != nil {
			return tally{}, err
		}
		l.rates[key] = float64(sum.requests) / sum.elapsed.Seconds()
	}
	t, err := l.run(ctx, s, to, fitting(d, l.rates[key], len(s.load.targets)), 10*d+patience)
	if err != nil {
		return tally{}, err
	}
	l.rates[key] = float64(t.requests) / t.elapsed.Seconds()
	sum.requests += t.requests
	sum.bytes += t.bytes
	sum.elapsed += t.elapsed
	return sum, nil
}

// run makes n requests, all of which must be answered in full.
func (l *h2loader) run(ctx context.Context, s *scenario, to dialer, n int, limit time.Duration) (tally, error) {
	content, err := contentOf(l.site, s.load.targets, n)
	if err != nil {
		return tally{}, err
	}
	list := filepath.Join(l.work, "targets.txt")
	if len(s.load.targets) > 1 {
		if err := os.WriteFile(list, []byte(h2loadList(s.load.targets, to.addr)), 0o644); err != nil {
			return tally{}, err
		}
	}
	argv := append([]string{l.program}, h2loadArguments(s.load, s.proto, to.addr, n, list)...)
	text, err := runPinned(ctx, l.cpu, limit, argv...)
	if err != nil {
		return tally{}, fmt.Errorf("h2load: %w: %s", err, lastLine(text))
	}
	counted, err := parseH2load(text)
	if err != nil {
		return tally{}, err
	}
	if why := counted.doubt(s.proto, n, content); why != "" {
		return tally{}, errors.New(why)
	}
	return tally{requests: n, bytes: counted.bytes, elapsed: counted.elapsed}, nil
}

// loads are the programs that load.
type loads struct {
	wrk, h2load               string // "" is not installed
	wrkVersion, h2loadVersion string
}

func findLoads(ctx context.Context) loads {
	var l loads
	if name, err := exec.LookPath("wrk"); err == nil {
		text, _ := exec.CommandContext(ctx, name, "-v").CombinedOutput() // it exits with 1
		l.wrk = name
		l.wrkVersion, _, _ = strings.Cut(string(text), " Copyright")
	}
	if name, err := exec.LookPath("h2load"); err == nil {
		text, _ := exec.CommandContext(ctx, name, "--version").CombinedOutput()
		l.h2load, l.h2loadVersion = name, lastLine(string(text))
	}
	return l
}

// able returns those of the chosen scenarios for which there is a load.
func (l loads) able(chosen []scenario) (kept []scenario, out []omission) {
	for _, s := range chosen {
		if l.h2load == "" && s.byH2load() {
			out = append(out, omission{Scenario: s.name, Reason: missing{"h2load", "nghttp2-client"}.Error()})
			continue
		}
		kept = append(kept, s)
	}
	return kept, out
}

// loader picks for each scenario who loads it.
func (l loads) loader(work, site string, cpu int) loader {
	other, h2 := ownLoader, &h2loader{program: l.h2load, work: work, site: site, cpu: cpu, rates: map[string]float64{}}
	if l.wrk != "" {
		other = wrkLoader(l.wrk, work, cpu)
	}
	return func(ctx context.Context, s *scenario, to dialer, d time.Duration) (tally, error) {
		if s.byH2load() {
			return h2.load(ctx, s, to, d)
		}
		return other(ctx, s, to, d)
	}
}
