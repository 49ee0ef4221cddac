package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// testRunner measures with short visits by the program's own load.
func testRunner(t *testing.T, chosen []scenario) *runner {
	t.Helper()
	serverCPU, loadCPU, _, err := findCPUs()
	if err != nil {
		t.Fatal(err)
	}
	work := t.TempDir()
	r := &runner{
		rounds: 2, visit: 150 * time.Millisecond, warm: 20 * time.Millisecond, site: filepath.Join(work, "site"), work: work,
		serverCPU: serverCPU, loadCPU: loadCPU, idle: 50, rest: 50 * time.Millisecond, load: ownLoader,
	}
	if err := buildSite(r.site, chosen); err != nil {
		t.Fatal(err)
	}
	if r.identity, err = newIdentity(work); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestMeasure measures servers that need not be installed, one of which is the command
// built as it is.
func TestMeasure(t *testing.T) {
	chosen, err := choose(scenarios(), "1k,1k-log,gzip,sidecar,304,connect,idle,start,tls-connect,tls-idle,handler-1k")
	if err != nil {
		t.Fatal(err)
	}
	r := testRunner(t, chosen)
	b := &builder{work: r.work}
	salver, err := b.buildSalver(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.salverHelp, err = output(t.Context(), salver[0], "--help"); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable() // is what buildHandlers makes
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range peers() {
		switch p.name {
		case "salver":
			r.contestants = append(r.contestants, contestant{peer: p, command: salver})
		case "net/http", "http.FileServer", "salver.Handler":
			r.contestants = append(r.contestants, contestant{peer: p, command: []string{self}})
		}
	}
	rep := &report{Settings: settings{Rounds: 2, Connections: connections}}
	for i := range chosen {
		s := &chosen[i]
		res, err := r.measure(t.Context(), s)
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		if res == nil {
			t.Errorf("%s: left out: %v", s.name, r.leftOut)
			continue
		}
		t.Log(res.lines())
		rep.Results = append(rep.Results, *res)
		want := 2
		if s.logs || s.codings != noCodings {
			want = 1 // the others are not here
		}
		if len(res.Rows) != want {
			t.Errorf("%s: %d servers, want %d", s.name, len(res.Rows), want)
		}
		for _, w := range res.Rows {
			if len(w.Rounds) != r.rounds || len(w.Notes) > 0 {
				t.Errorf("%s, %s: %d rounds, notes %q", s.name, w.Server, len(w.Rounds), w.Notes)
			}
			// A page of memory or a tick of CPU time is the least that can be seen; a
			// request that takes more than 50 ms of CPU is a mistake of the unit.
			if s.kind == perRequest && (w.Value <= 0 || w.Value > 50_000 || w.PerSecond <= 0) {
				t.Errorf("%s, %s: %+v", s.name, w.Server, w)
			}
			if s.kind == toAccept && (w.Value <= 0 || w.Value > 10_000) {
				t.Errorf("%s, %s: %v ms", s.name, w.Server, w.Value)
			}
		}
	}
	if len(r.leftOut) > 0 {
		t.Errorf("left out: %v", r.leftOut)
	}
	if w := rep.result("handler-1k").row("salver.Handler"); w == nil || w.Ratio <= 0 || w.Lowest <= 0 || w.Highest < w.Lowest {
		t.Errorf("ratio of the handlers: %+v", w)
	}
	if text := rep.markdown(); strings.Count(text, "\n| ") != len(chosen)+2 {
		t.Errorf("%s", text)
	}
}

// TestMeasureLeavesOut has servers that answer wrongly, do not start or lack a flag.
func TestMeasureLeavesOut(t *testing.T) {
	chosen, err := choose(scenarios(), "1k,1k-revalidate,idle,tls-idle")
	if err != nil {
		t.Fatal(err)
	}
	r := testRunner(t, chosen)
	r.rounds, r.visit, r.idle = 1, 20*time.Millisecond, 2
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	all := peers()
	elsewhere := all[order("net/http")]
	elsewhere.arguments = func(at place, _ string) []string { return []string{at.dir, portText(at)} }
	quitter := all[order("h2o")]
	quitter.conf, quitter.arguments = nil, func(place, string) []string { return []string{"-c", "echo no licence >&2; exit 1"} }
	salver := all[order("salver")]
	r.contestants = []contestant{
		{peer: elsewhere, command: []string{self}},
		{peer: quitter, command: []string{"/bin/sh"}},
		{peer: salver, command: []string{"/nonexistent/salver"}},
	}
	r.salverHelp = "  --quiet"
	for i := range chosen {
		if res, err := r.measure(t.Context(), &chosen[i]); res != nil || err != nil {
			t.Errorf("%s: %+v, %v", chosen[i].name, res, err)
		}
	}
	var got []string
	for _, l := range r.leftOut {
		got = append(got, l.String())
	}
	for _, want := range []string{
		"1k, net/http: /1k.html: it answers 404 instead of 200",
		"1k, h2o: it ended before it accepted a connection: no licence",
		"1k, salver: fork/exec /nonexistent/salver: no such file or directory",
		"1k: nobody was measured",
		"1k-revalidate: salver --help does not know --revalidate",
		"idle, net/http: round 1 does not count: /1k.html: it answers 404 instead of 200",
		"tls-idle, net/http: round 1 does not count: tls: first record does not look like a TLS handshake",
		"tls-idle, salver: salver --help does not know --tls-cert",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is not among %q", want, got)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.measure(ctx, &chosen[2]); err == nil {
		t.Error("it goes on after its end")
	}
}

// TestProcess starts a server that works for a known time, with a child of its own.
func TestProcess(t *testing.T) {
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	cpu, _, _, err := findCPUs()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// The shell is the server's parent and has used no time to speak of.
	script := fmt.Sprintf(`export %s=net/http; "$0" "$1" "$2"; exit 1`, serverVariable)
	p, err := startServer(cpu, []string{"/bin/sh", "-c", script, self, dir, fmt.Sprint(port)}, nil, dir, filepath.Join(dir, "said"), port)
	if err != nil {
		t.Fatal(err)
	}
	stopped := false
	defer func() {
		if !stopped {
			p.stop()
		}
	}()
	before, err := p.used()
	if err != nil {
		t.Fatal(err)
	}
	got := clientLoad(t.Context(), request{targets: []string{"/none"}}, dialer{addr: p.addr}, 8, 300*time.Millisecond)
	after, err := p.used()
	if err != nil {
		t.Fatal(err)
	}
	if used := after.minus(before).sum(); got.refused == 0 || used < tick || used > 2*time.Second {
		t.Errorf("%d answers took %v", got.refused, used)
	}
	if n, err := p.resident(); err != nil || n < 1000 || n > 1<<20 {
		t.Errorf("%d KiB, %v", n, err)
	}
	err = p.each(func(proc string, _ usage) error {
		status, err := os.ReadFile(filepath.Join(proc, "status"))
		if err == nil && !strings.Contains(string(status), fmt.Sprintf("\nCpus_allowed_list:\t%d\n", cpu)) {
			t.Errorf("%s may leave processor %d", proc, cpu)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	p.stop()
	stopped = true
	for began := time.Now(); ; time.Sleep(time.Millisecond) {
		conn, err := net.Dial("tcp", p.addr)
		if err != nil {
			break
		}
		if conn.Close(); time.Since(began) > 2*time.Second {
			t.Error("the child still listens")
			break
		}
	}
	if _, err := p.used(); err == nil {
		t.Error("a server that has ended has CPU time")
	}
}

func TestCountLog(t *testing.T) {
	name := filepath.Join(t.TempDir(), "said")
	lines := strings.Repeat(`127.0.0.1 - - [x] "GET /1k.html HTTP/1.1" 200 1024 "-" "-"`+"\n", 1200) + "3 lines were dropped\n"
	if err := os.WriteFile(name, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	for answers, want := range map[int]string{1100: "", 1200: "", 1500: "its log has 1,200 of 1,500 answers"} {
		e := &entrant{p: &process{said: name}, answers: answers}
		if err := e.countLog(); err != nil || strings.Join(e.row.Notes, "") != want {
			t.Errorf("%d answers: %q, %v", answers, e.row.Notes, err)
		}
	}
}

func TestCosts(t *testing.T) {
	u := usage{2 * time.Second, 6 * time.Second}
	load := tally{requests: 4, elapsed: 2 * time.Second}
	if got, want := costs(perRequest, u, load), (sample{0, 2e6, 5e5, 1.5e6, 2}); got != want {
		t.Errorf("per request: %+v", got)
	}
	if got, want := costs(perGiB, u, load), (sample{0, 2000, 500, 1500, 2}); got != want {
		t.Errorf("per GiB: %+v", got)
	}
}

// TestMeter holds that what this program itself takes is not counted for others'.
func TestMeter(t *testing.T) {
	m := meter{others: 30 * time.Millisecond, all: 300 * time.Millisecond}
	if m.share() != 0.1 || (&meter{others: -1, all: 1}).share() != 0 || (&meter{}).share() != 0 {
		t.Errorf("shares %v", m.share())
	}
	cpu, load, _, err := findCPUs()
	if err != nil {
		t.Fatal(err)
	}
	a, err := readAccount(cpu, load)
	if err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); time.Since(began) < 200*time.Millisecond; { // busily
	}
	b, err := readAccount(cpu, load)
	if err != nil {
		t.Fatal(err)
	}
	if own := b.own - a.own; own < 50*time.Millisecond {
		t.Errorf("this test has worked for %v", own)
	}
}
