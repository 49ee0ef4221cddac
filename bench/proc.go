package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of times in /proc/PID/stat. The kernel gives it to programs as
// 1/100 s on every architecture that Go runs on (USER_HZ).
const tick = time.Second / 100

// usage is the CPU time of processes.
type usage struct {
	user, system time.Duration
}

func (u usage) plus(v usage) usage  { return usage{u.user + v.user, u.system + v.system} }
func (u usage) minus(v usage) usage { return usage{u.user - v.user, u.system - v.system} }
func (u usage) sum() time.Duration  { return u.user + u.system }

// parseStat reads /proc/PID/stat: the process group, and the CPU time of all
// threads, those that have ended included.
func parseStat(text []byte) (group int, u usage, err error) {
	// The second field is the name in parentheses, which may hold anything.
	i := bytes.LastIndexByte(text, ')')
	if i < 0 {
		return 0, usage{}, errors.New("stat: no name in parentheses")
	}
	fields := strings.Fields(string(text[i+1:])) // begins with the third, the state
	if len(fields) < 13 {
		return 0, usage{}, fmt.Errorf("stat: %d fields after the name", len(fields))
	}
	var n [3]int64
	for j, at := range []int{2, 11, 12} { // pgrp, utime, stime
		if n[j], err = strconv.ParseInt(fields[at], 10, 64); err != nil {
			return 0, usage{}, fmt.Errorf("stat: %w", err)
		}
	}
	return int(n[0]), usage{time.Duration(n[1]) * tick, time.Duration(n[2]) * tick}, nil
}

// parseReady reads from /proc/PID/task/TID/stat whether a thread runs, or would if it had
// a processor or a disk.
func parseReady(text []byte) bool {
	i := bytes.LastIndexByte(text, ')')
	return i >= 0 && len(text) > i+2 && strings.IndexByte("RD", text[i+2]) >= 0
}

// parseBusy reads from /proc/stat for how long a processor has worked for whomever: for
// programs, interrupts, and other machines on the same hardware.
func parseBusy(text string, cpu int) (time.Duration, error) {
	name := fmt.Sprintf("cpu%d", cpu)
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 9 || fields[0] != name {
			continue
		}
		var sum time.Duration
		for _, at := range []int{1, 2, 3, 6, 7, 8} { // user, nice, system, irq, softirq, steal
			n, err := strconv.ParseInt(fields[at], 10, 64)
			if err != nil {
				return 0, fmt.Errorf("stat: %w", err)
			}
			sum += time.Duration(n) * tick
		}
		return sum, nil
	}
	return 0, fmt.Errorf("stat: no %s", name)
}

// parseResident reads the resident memory in KiB from /proc/PID/smaps_rollup. That is
// counted page by page; VmRSS in status can be off by hundreds of KiB.
func parseResident(text string) (int, error) {
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, "Rss:")
		if !ok {
			continue
		}
		digits, unit, _ := strings.Cut(strings.TrimSpace(rest), " ")
		if unit != "kB" {
			return 0, fmt.Errorf("smaps_rollup: %q", line)
		}
		return strconv.Atoi(digits)
	}
	return 0, errors.New("smaps_rollup: no Rss")
}

// parseCPUs reads a list such as 0-3,8.
func parseCPUs(list string) ([]int, error) {
	var cpus []int
	for part := range strings.SplitSeq(strings.TrimSpace(list), ",") {
		from, to, isRange := strings.Cut(part, "-")
		first, err := strconv.Atoi(from)
		if err != nil {
			return nil, fmt.Errorf("list of processors %q: %w", list, err)
		}
		last := first
		if isRange {
			if last, err = strconv.Atoi(to); err != nil {
				return nil, fmt.Errorf("list of processors %q: %w", list, err)
			}
		}
		if last < first || last > 1<<16 {
			return nil, fmt.Errorf("list of processors %q: %s", list, part)
		}
		for c := first; c <= last; c++ {
			cpus = append(cpus, c)
		}
	}
	return cpus, nil
}

// twoCPUs picks the processor of the servers and that of the load: the first, and the
// next that is not a thread of the same core. shared tells that there is no such.
func twoCPUs(allowed, siblings []int) (server, load int, shared bool) {
	server, load, shared = allowed[0], allowed[len(allowed)-1], true
	for _, c := range allowed[1:] {
		if !slices.Contains(siblings, c) {
			return server, c, false
		}
	}
	return server, load, shared
}
