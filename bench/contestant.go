package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// contestant is a peer that can be started.
type contestant struct {
	peer
	command []string // the program, and arguments that always come first
	version string
}

// builder makes the contestants that are not installed but built, below work.
type builder struct {
	work   string
	salver []string // another build of salver, as -salver gives it
}

const module = "github.com/salver-http/salver"

//go:embed floor.c
var floorSource []byte

// missing is a program that is not installed, which is no fault.
type missing struct{ program, debian string }

func (m missing) Error() string {
	return fmt.Sprintf("%s is not installed, which Debian's package %s has", m.program, m.debian)
}

// assemble makes ready who takes part in the chosen scenarios; nil wanted is everyone.
// Who is not installed is left out.
func (b *builder) assemble(ctx context.Context, chosen []scenario, wanted []string) (ready []contestant, out []omission, err error) {
	for _, p := range peers() {
		if !slices.ContainsFunc(chosen, func(s scenario) bool { return slices.Contains(s.peers, p.name) }) ||
			wanted != nil && !slices.Contains(wanted, p.name) {
			continue
		}
		c := contestant{peer: p}
		c.command, err = b.find(ctx, p)
		if m := (missing{}); errors.As(err, &m) {
			out = append(out, omission{Server: p.name, Reason: m.Error()})
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", p.name, err)
		}
		if c.version, err = c.askVersion(ctx); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", p.name, err)
		}
		ready = append(ready, c)
	}
	return ready, out, nil
}

// find returns the command of a peer, which it builds where it has to.
func (b *builder) find(ctx context.Context, p peer) ([]string, error) {
	switch p.name {
	case "salver":
		if b.salver != nil {
			return absolute(b.salver)
		}
		return b.buildSalver(ctx)
	case "floor":
		return b.buildFloor(ctx)
	case "net/http":
		self, err := os.Executable()
		return []string{self}, err
	case "http.FileServer", "salver.Handler":
		return b.buildHandlers(ctx)
	}
	name, err := exec.LookPath(p.program)
	if err != nil {
		// Debian keeps servers where only root's PATH leads.
		if name, err = exec.LookPath("/usr/sbin/" + p.program); err != nil {
			return nil, missing{p.program, p.debian}
		}
	}
	return []string{name}, nil
}

// absolute finds the program of a command: each server runs in a directory of its own.
func absolute(command []string) ([]string, error) {
	name, err := exec.LookPath(command[0])
	if err != nil {
		return nil, err
	}
	if name, err = filepath.Abs(name); err != nil {
		return nil, err
	}
	return append([]string{name}, command[1:]...), nil
}

func (b *builder) buildSalver(ctx context.Context) ([]string, error) {
	dir, err := output(ctx, "go", "list", "-m", "-f", "{{.Dir}}", module)
	if err != nil {
		return nil, fmt.Errorf("cannot be built: %w; go to bench/ in a clone, or name a build with -salver", err)
	}
	to := filepath.Join(b.work, "salver")
	// Static, as it is to be deployed: it starts sooner.
	if _, err := output(ctx, "env", "CGO_ENABLED=0", "go", "build", "-C", strings.TrimSpace(dir), "-o", to, "./cmd/salver"); err != nil {
		return nil, fmt.Errorf("cannot be built: %w", err)
	}
	return []string{to}, nil
}

// buildHandlers builds the tests of this program, which are the servers of the handlers:
// so that the program itself does not need the package beside it, and can measure any
// build of salver while that is being changed.
func (b *builder) buildHandlers(ctx context.Context) ([]string, error) {
	to := filepath.Join(b.work, "handlers")
	if _, err := os.Stat(to); err == nil {
		return []string{to}, nil
	}
	if _, err := output(ctx, "go", "test", "-c", "-o", to, module+"/bench"); err != nil {
		return nil, fmt.Errorf("cannot be built: %w; go to bench/ in a clone", err)
	}
	return []string{to}, nil
}

func (b *builder) buildFloor(ctx context.Context) ([]string, error) {
	cc, err := exec.LookPath("cc")
	if err != nil {
		return nil, missing{"cc", "gcc"}
	}
	source, to := filepath.Join(b.work, "floor.c"), filepath.Join(b.work, "floor")
	if err := os.WriteFile(source, floorSource, 0o644); err != nil {
		return nil, err
	}
	if _, err := output(ctx, cc, "-O2", "-o", to, source); err != nil {
		return nil, fmt.Errorf("cannot be built: %w", err)
	}
	return []string{to}, nil
}

func (c *contestant) askVersion(ctx context.Context) (string, error) {
	if c.peer.version == nil { // it was built just now
		if c.name == "floor" {
			return "C", nil
		}
		return runtime.Version(), nil
	}
	text, err := output(ctx, append(slices.Clone(c.command), c.peer.version...)...)
	if err != nil {
		return "", err
	}
	first, _, _ := strings.Cut(text, "\n")
	return strings.TrimPrefix(first, "nginx version: "), nil
}

// lacks returns the first of a scenario's flags that a build of salver does not know,
// by its own help, "" if it knows all.
func lacks(help string, flags []string) string {
	for _, f := range flags {
		if strings.HasPrefix(f, "--") && !regexp.MustCompile(`(?m)(^|[\s,])`+regexp.QuoteMeta(f)+`($|[\s,=\[])`).MatchString(help) {
			return f
		}
	}
	return ""
}

// output runs a command and returns all that it prints. The error of a command that
// fails says what that was.
func output(ctx context.Context, argv ...string) (string, error) {
	text, err := exec.CommandContext(ctx, argv[0], argv[1:]...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, text)
	}
	return string(text), nil
}
