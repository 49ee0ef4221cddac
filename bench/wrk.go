package main

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// tally is what a load has counted.
type tally struct {
	requests int
	bytes    int64 // all that was read, heads included; wrk tells three digits
	refused  int   // answers with a status of 4xx or 5xx
	broken   int   // connections that failed or answers that did not come
	elapsed  time.Duration
}

// wrkTimeout is how long wrk waits for an answer before it counts it as missing.
const wrkTimeout = 10 * time.Second

// wrkArguments returns the command line of wrk. script is the name of a file with
// wrkScript in it, needed for more than one target.
func wrkArguments(r request, addr string, connections, seconds int, script string) []string {
	args := []string{
		"-t", "1", "-c", strconv.Itoa(connections), "-d", strconv.Itoa(seconds) + "s",
		"--timeout", strconv.Itoa(int(wrkTimeout/time.Second)) + "s",
	}
	for _, f := range r.fields {
		args = append(args, "-H", f)
	}
	if r.close {
		args = append(args, "-H", "Connection: close")
	}
	if len(r.targets) > 1 {
		return append(args, "-s", script, "http://"+addr+"/")
	}
	return append(args, "http://"+addr+r.targets[0])
}

// wrkScript asks for the targets in turn.
func wrkScript(targets []string) string {
	var b strings.Builder
	b.WriteString("local targets = {\n")
	for _, t := range targets {
		fmt.Fprintf(&b, "%q,\n", t)
	}
	b.WriteString(`}
local requests, n = {}, 0
init = function()
  for i, target in ipairs(targets) do requests[i] = wrk.format("GET", target) end
end
request = function()
  n = n % #requests + 1
  return requests[n]
end
`)
	return b.String()
}

var (
	wrkTotal   = regexp.MustCompile(`(?m)^\s*(\d+) requests in ([\d.]+)(us|ms|s|m|h), ([\d.]+)([KMGTP]?)B read$`)
	wrkErrors  = regexp.MustCompile(`(?m)^\s*Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)$`)
	wrkRefused = regexp.MustCompile(`(?m)^\s*Non-2xx or 3xx responses: (\d+)$`)
)

// parseWrk reads what wrk prints at its end.
func parseWrk(text string) (tally, error) {
	m := wrkTotal.FindStringSubmatch(text)
	if m == nil {
		return tally{}, errors.New("wrk has not counted its requests: " + lastLine(text))
	}
	var t tally
	var err error
	if t.requests, err = strconv.Atoi(m[1]); err != nil {
		return tally{}, fmt.Errorf("requests counted by wrk: %w", err)
	}
	if t.elapsed, err = time.ParseDuration(m[2] + m[3]); err != nil {
		return tally{}, fmt.Errorf("time taken by wrk: %w", err)
	}
	read, err := strconv.ParseFloat(m[4], 64)
	if err != nil {
		return tally{}, fmt.Errorf("bytes counted by wrk: %w", err)
	}
	if m[5] != "" {
		read *= float64(int64(1024) << (10 * strings.Index("KMGTP", m[5])))
	}
	t.bytes = int64(read)
	if m := wrkRefused.FindStringSubmatch(text); m != nil {
		if t.refused, err = strconv.Atoi(m[1]); err != nil {
			return tally{}, fmt.Errorf("refusals counted by wrk: %w", err)
		}
	}
	if m := wrkErrors.FindStringSubmatch(text); m != nil {
		for _, digits := range m[1:] {
			n, err := strconv.Atoi(digits)
			if err != nil {
				return tally{}, fmt.Errorf("errors counted by wrk: %w", err)
			}
			t.broken += n
		}
	}
	return t, nil
}

// doubt says why a tally is not to be believed, "" if nothing speaks against it.
// answer is the length of one answer on the wire, 0 where answers differ.
func (t tally) doubt(status int, answer int64, connections int) string {
	n := int64(t.requests)
	switch {
	case n == 0:
		return "no request was answered"
	case t.broken > 0:
		return fmt.Sprintf("%d connections failed", t.broken)
	case status < 400 && t.refused > 0:
		return fmt.Sprintf("%d of %d answers were 4xx or 5xx", t.refused, n)
	case status >= 400 && t.refused != t.requests:
		return fmt.Sprintf("%d of %d answers were not 4xx or 5xx", t.requests-t.refused, n)
	case answer == 0:
		return ""
	}
	// wrk rounds, and has read parts of answers that it does not count.
	least, most := n*answer*95/100, n*answer*105/100+int64(connections)*answer
	if t.bytes < least || t.bytes > most {
		return fmt.Sprintf("%d answers took %d bytes where one takes %d", n, t.bytes, answer)
	}
	return ""
}

// lastLine is the last line of text that is not empty.
func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndexByte(text, '\n')+1:]
}
