package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// loader asks a server for what a scenario asks for, on so many connections.
type loader func(ctx context.Context, s *scenario, addr string, d time.Duration) (tally, error)

// wrkLoader loads with wrk on a processor.
func wrkLoader(wrk, work string, cpu int) loader {
	return func(ctx context.Context, s *scenario, addr string, d time.Duration) (tally, error) {
		if s.kind == perGiB { // wrk counts requests that end, and these take too long
			return clientLoad(ctx, s.load, addr, s.connections(), d), nil
		}
		script := filepath.Join(work, "targets.lua")
		if len(s.load.targets) > 1 {
			if err := os.WriteFile(script, []byte(wrkScript(s.load.targets)), 0o644); err != nil {
				return tally{}, err
			}
		}
		seconds := max(int(d/time.Second), 1)
		argv := append([]string{wrk}, wrkArguments(s.load, addr, s.connections(), seconds, script)...)
		text, err := runPinned(ctx, cpu, d+wrkTimeout+patience, argv...)
		if err != nil {
			return tally{}, fmt.Errorf("wrk: %w: %s", err, lastLine(text))
		}
		return parseWrk(text)
	}
}

// ownLoader loads with this program, on the processor that it runs on.
func ownLoader(ctx context.Context, s *scenario, addr string, d time.Duration) (tally, error) {
	return clientLoad(ctx, s.load, addr, s.connections(), d), nil
}
