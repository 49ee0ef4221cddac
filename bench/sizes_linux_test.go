package main

import (
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestAwaitCalm holds that a program is not taken for done for having used no time yet, nor
// while it works, and is when it does not.
func TestAwaitCalm(t *testing.T) {
	dir := t.TempDir()
	begin, end := filepath.Join(dir, "begin"), filepath.Join(dir, "end")
	script := `while ! [ -e "$0" ]; do read -r line || exit 1; done; while ! [ -e "$1" ]; do :; done; read -r line`
	cmd := exec.Command("/bin/sh", "-c", script, begin, end)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	lines, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: cmd, ended: make(chan struct{})}
	go func() {
		cmd.Wait()
		close(p.ended)
	}()
	defer p.stop()
	began := time.Now()
	if err := p.awaitCalm(t.Context()); err != nil || time.Since(began) < looks*lookAfter {
		t.Errorf("at rest: %v after %v", err, time.Since(began))
	}
	if err := os.WriteFile(begin, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := lines.Write([]byte("\n")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*looks*lookAfter)
	defer cancel()
	if err := p.awaitCalm(ctx); err == nil {
		t.Error("it works and is taken for done")
	}
	if err := os.WriteFile(end, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.awaitCalm(t.Context()); err != nil {
		t.Errorf("done: %v", err)
	}
	p.stop()
	if err := p.awaitCalm(t.Context()); err == nil {
		t.Error("it has ended and is taken for done")
	}
}

// TestWeighSizes has two scripts sent by the command built as it is, and by net/http,
// which compresses nothing, in nginx's place.
func TestWeighSizes(t *testing.T) {
	chosen, err := choose(scenarios(), "gzip")
	if err != nil {
		t.Fatal(err)
	}
	r := testRunner(t, chosen)
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "p"), 0o755); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"p/a.js", "p/b.js"} {
		text := scriptText(30_000, rand.New(rand.NewPCG(1, uint64(i))))
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	packs, err := collect(dir, r.site)
	if err != nil {
		t.Fatal(err)
	}
	salver, err := (&builder{work: r.work}).buildSalver(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	plain, command := peers()[order("net/http")], peers()[order("salver")]
	plain.name = "nginx"
	r.contestants = []contestant{{peer: plain, command: []string{self}}, {peer: command, command: salver}}
	of, err := r.weigh(t.Context(), &chosen[0], packs)
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range of {
		if s.identity != 30_000 || s.nginx != 30_000 || len(s.first) != len(accepted) || len(s.hot) != len(accepted) {
			t.Fatalf("%s: %+v", name, s)
		}
		for i, accept := range accepted {
			if s.first[i] < 1000 || s.first[i] > 15_000 || s.hot[i] < 1000 || s.hot[i] > s.first[i] {
				t.Errorf("%s for %s: %+v", name, accept, s)
			}
		}
		if brotli := 2; s.hot[brotli] >= s.first[brotli] {
			t.Errorf("%s has not become smaller: %+v", name, s)
		}
	}
	if text := sizesTable(packs, of); !strings.Contains(text, "\n| p | 2 | 60,000 | 60,000 |") {
		t.Errorf("%s", text)
	}
}
