package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// standIn is a program that prints what h2load would have counted at 10,000 answers a
// second, of so many bytes each, and notes how it was called.
func standIn(t *testing.T, content int) (program, calls string) {
	t.Helper()
	dir := t.TempDir()
	program, calls = filepath.Join(dir, "h2load"), filepath.Join(dir, "calls")
	script := fmt.Sprintf(`#!/bin/sh
printf '%%s\n' "$*" >>"%s"
echo TLS Protocol: TLSv1.3
echo Application protocol: h2
echo "finished in $(($2 / 10))ms, 10000.00 req/s, 1.0MB/s"
echo "requests: $2 total, $2 started, $2 done, $2 succeeded, 0 failed, 0 errored, 0 timeout"
echo "status codes: $2 2xx, 0 3xx, 0 4xx, 0 5xx"
echo "traffic: 1.0MB ($(($2 * %[2]d + 9))) total, 1.0KB (5) headers (space savings 9.99%%), 1.0MB ($(($2 * %[2]d))) data"
`, calls, content)
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return program, calls
}

// TestH2loader holds that the first load finds out how many requests fit the time, and
// that the others keep to it.
func TestH2loader(t *testing.T) {
	chosen, err := choose(scenarios(), "h2-1k,h2-mix")
	if err != nil {
		t.Fatal(err)
	}
	r := testRunner(t, chosen)
	program, calls := standIn(t, 1024)
	load := loads{h2load: program}.loader(r.work, r.site, r.loadCPU)
	to := newDialer("127.0.0.1:4711", http2, r.identity.roots)
	for i, want := range []tally{
		{requests: 512 + 10032, bytes: (512+10032)*1024 + 18, elapsed: 1054 * time.Millisecond},
		{requests: 4992, bytes: 4992*1024 + 9, elapsed: 499 * time.Millisecond},
	} {
		got, err := load(t.Context(), &chosen[0], to, time.Second/time.Duration(i+1))
		if err != nil || got != want {
			t.Errorf("load %d: got %+v, %v, want %+v", i, got, err, want)
		}
	}
	// The content is not that of the files.
	if _, err := load(t.Context(), &chosen[1], to, time.Second); err == nil || !strings.Contains(err.Error(), "1600 answers had 1638400 bytes of content instead of ") {
		t.Errorf("mix: %v", err)
	}
	text, err := os.ReadFile(calls)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[0], "-n 512 -c 16 ") || !strings.HasSuffix(lines[0], " https://127.0.0.1:4711/1k.html") ||
		!strings.HasPrefix(lines[3], "-n 1600 ") || !strings.HasSuffix(lines[3], "/targets.txt") {
		t.Errorf("called with\n%s", text)
	}
	list, err := os.ReadFile(filepath.Join(r.work, "targets.txt"))
	if err != nil || strings.Count(string(list), "\n") != mixFiles || !strings.Contains(string(list), "https://127.0.0.1:4711/many/f00099.html\n") {
		t.Errorf("%v, list\n%s", err, list)
	}
	// Nor is everything else that goes wrong taken for a measurement.
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho no >&2\nexit 3\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := load(t.Context(), &chosen[0], to, time.Second); err == nil || err.Error() != "h2load: exit status 3: no" {
		t.Errorf("h2load that fails: %v", err)
	}
}

func TestAble(t *testing.T) {
	chosen, err := choose(scenarios(), "1k,h2-1k,tls")
	if err != nil {
		t.Fatal(err)
	}
	if kept, out := (loads{h2load: "x"}).able(chosen); len(kept) != len(chosen) || len(out) > 0 {
		t.Errorf("with h2load %d of %d are kept, %v", len(kept), len(chosen), out)
	}
	kept, out := loads{}.able(chosen)
	if got := strings.Join(scenarioNames(kept), " "); got != "1k tls tls-connect tls-idle" {
		t.Errorf("without h2load are kept %s", got)
	}
	if len(out) != 5 || out[0].String() != "h2-1k: h2load is not installed, which Debian's package nghttp2-client has" {
		t.Errorf("left out: %v", out)
	}
	var s settings
	if s.tell(loads{wrk: "w", wrkVersion: "wrk 4"}, kept); s != (settings{Load: "wrk 4"}) {
		t.Errorf("%+v", s)
	}
	want := settings{Load: "the program's own, as wrk is not installed", TLSLoad: "h2load 1", TLSConnections: 16, InFlight: 8}
	if s.tell(loads{h2loadVersion: "h2load 1"}, chosen); s != want {
		t.Errorf("%+v", s)
	}
	if text := (&report{Settings: want}).preface(nil); !strings.Contains(text, "over TLS 16 connections with 8 requests at once on each, h2load 1\n") {
		t.Errorf("%s", text)
	}
}
