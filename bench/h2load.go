package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// tlsVersion is what all servers are to speak, in h2load's words.
const tlsVersion = "TLSv1.3"

// h2loadArguments returns the command line of h2load for n requests. list is the name of a
// file with h2loadList in it, needed for more than one target.
func h2loadArguments(r request, p protocol, addr string, n int, list string) []string {
	args := []string{
		"-n", strconv.Itoa(n), "-c", strconv.Itoa(tlsConnections), "-m", strconv.Itoa(inFlight),
		"--tls13-ciphers=TLS_AES_128_GCM_SHA256", "--groups=X25519",
	}
	if p == http1 {
		args = append(args, "--h1")
	}
	for _, f := range r.fields {
		args = append(args, "-H", f)
	}
	if len(r.targets) > 1 {
		return append(args, "-i", list)
	}
	return append(args, "https://"+addr+r.targets[0])
}

// h2loadList has all targets; each connection asks for them in turn, from the first on.
func h2loadList(targets []string, addr string) string {
	var b strings.Builder
	for _, t := range targets {
		b.WriteString("https://" + addr + t + "\n")
	}
	return b.String()
}

// h2load is what h2load has counted.
type h2load struct {
	version, protocol string // that the first connection has negotiated
	elapsed           time.Duration
	answered          int   // requests, with whatever status
	succeeded         int   // to their end, with a status of 2xx or 3xx
	ok                int   // statuses of 2xx
	bytes             int64 // all that was read within TLS
	content           int64
}

var (
	h2loadElapsed  = regexp.MustCompile(`(?m)^finished in ([\d.]+(?:us|ms|s)), `)
	h2loadRequests = regexp.MustCompile(`(?m)^requests: \d+ total, \d+ started, (\d+) done, (\d+) succeeded, \d+ failed, \d+ errored, \d+ timeout$`)
	h2loadStatuses = regexp.MustCompile(`(?m)^status codes: (\d+) 2xx, \d+ 3xx, \d+ 4xx, \d+ 5xx$`)
	h2loadTraffic  = regexp.MustCompile(`(?m)^traffic: \S+ \((\d+)\) total, .*, \S+ \((\d+)\) data$`)
	h2loadVersion  = regexp.MustCompile(`(?m)^TLS Protocol: (.+)$`)
	h2loadProtocol = regexp.MustCompile(`(?m)^Application protocol: (.+)$`)
)

// parseH2load reads what h2load prints.
func parseH2load(text string) (h2load, error) {
	elapsed, requests := h2loadElapsed.FindStringSubmatch(text), h2loadRequests.FindStringSubmatch(text)
	statuses, traffic := h2loadStatuses.FindStringSubmatch(text), h2loadTraffic.FindStringSubmatch(text)
	if elapsed == nil || requests == nil || statuses == nil || traffic == nil {
		return h2load{}, errors.New("h2load has not counted its requests: " + lastLine(text))
	}
	var l h2load
	// A server that nobody could connect to has negotiated nothing.
	if m := h2loadVersion.FindStringSubmatch(text); m != nil {
		l.version = m[1]
	}
	if m := h2loadProtocol.FindStringSubmatch(text); m != nil {
		l.protocol = m[1]
	}
	var err error
	if l.elapsed, err = time.ParseDuration(elapsed[1]); err != nil {
		return h2load{}, fmt.Errorf("time taken by h2load: %w", err)
	}
	for to, digits := range map[*int]string{&l.answered: requests[1], &l.succeeded: requests[2], &l.ok: statuses[1]} {
		if *to, err = strconv.Atoi(digits); err != nil {
			return h2load{}, fmt.Errorf("requests counted by h2load: %w", err)
		}
	}
	for to, digits := range map[*int64]string{&l.bytes: traffic[1], &l.content: traffic[2]} {
		if *to, err = strconv.ParseInt(digits, 10, 64); err != nil {
			return h2load{}, fmt.Errorf("bytes counted by h2load: %w", err)
		}
	}
	return l, nil
}

// doubt says why that is not to be believed of n requests for so much content, "" if nothing
// speaks against it.
func (l h2load) doubt(p protocol, n int, content int64) string {
	switch {
	case l.answered == 0:
		return "no request was answered"
	case l.version != tlsVersion:
		return fmt.Sprintf("it speaks %q instead of %s", l.version, tlsVersion)
	case l.protocol != p.alpn():
		return fmt.Sprintf("it negotiates %q instead of %q", l.protocol, p.alpn())
	case l.answered != n:
		return fmt.Sprintf("%d of %d requests were answered", l.answered, n)
	case l.ok != n:
		return fmt.Sprintf("%d of %d answers were not 2xx", n-l.ok, n)
	case l.succeeded != n:
		return fmt.Sprintf("%d of %d answers were cut", n-l.succeeded, n)
	case l.content != content:
		return fmt.Sprintf("%d answers had %d bytes of content instead of %d", n, l.content, content)
	case l.elapsed <= 0:
		return "it took no time"
	}
	return ""
}

// contentOf is how much content n answers have if all targets are asked for equally often.
func contentOf(site string, targets []string, n int) (int64, error) {
	var sum int64
	for _, t := range targets {
		info, err := os.Stat(filepath.Join(site, filepath.FromSlash(t)))
		if err != nil {
			return 0, err
		}
		sum += info.Size()
	}
	return sum * int64(n/len(targets)), nil
}

// fitting is how many requests fit a time at so many per second: at least one for each
// connection and target, and equally many for all of them.
func fitting(d time.Duration, perSecond float64, targets int) int {
	step := tlsConnections * targets
	return max(int(perSecond*d.Seconds())/step, 1) * step
}
