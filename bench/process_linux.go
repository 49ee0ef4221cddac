package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

const (
	startLimit = 10 * time.Second // until it accepts
	stopLimit  = 3 * time.Second  // from SIGTERM until SIGKILL
)

// process is a server that runs.
type process struct {
	addr     string
	began    time.Time
	accepted time.Duration // from the start to the first connection
	said     string        // the file with what it writes
	cmd      *exec.Cmd
	ended    chan struct{} // closed when it has
}

// startOn starts a command on one processor.
func startOn(cpu int, cmd *exec.Cmd) error {
	// A child inherits what its parent's thread may use. The thread must live as long
	// as the child: Pdeathsig is sent when that ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before, err := affinity(0)
	if err != nil {
		return err
	}
	if err := setAffinity(0, setOf(cpu)); err != nil {
		return err
	}
	err = cmd.Start()
	return errors.Join(err, setAffinity(0, before))
}

// startServer starts a server on a processor and waits until it accepts. What it
// writes goes to a file called said.
func startServer(cpu int, argv, env []string, dir, said string, port int) (*process, error) {
	out, err := os.Create(said)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p := &process{addr: "127.0.0.1:" + strconv.Itoa(port), said: said, ended: make(chan struct{})}
	p.cmd = exec.Command(argv[0], argv[1:]...)
	p.cmd.Dir = dir
	p.cmd.Env = append(append(os.Environ(), "GOMAXPROCS=1"), env...)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	// A group of its own: its children are found, and Ctrl-C is for this program.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	p.began = time.Now()
	if err := startOn(cpu, p.cmd); err != nil {
		return nil, err
	}
	go func() {
		p.cmd.Wait() // how it ended does not matter, or has been seen in said
		close(p.ended)
	}()
	if err := p.awaitAccept(); err != nil {
		p.stop()
		text, _ := os.ReadFile(said)
		if line := lastLine(string(text)); line != "" {
			err = fmt.Errorf("%w: %s", err, line)
		}
		return nil, err
	}
	return p, nil
}

func (p *process) awaitAccept() error {
	for {
		conn, err := net.DialTimeout("tcp", p.addr, startLimit)
		if err == nil {
			p.accepted = time.Since(p.began)
			return conn.Close()
		}
		select {
		case <-p.ended:
			return errors.New("it ended before it accepted a connection")
		case <-time.After(200 * time.Microsecond):
		}
		if time.Since(p.began) > startLimit {
			return fmt.Errorf("it does not accept a connection within %v", startLimit)
		}
	}
}

// stop ends the server and all that it has started.
func (p *process) stop() {
	group := -p.cmd.Process.Pid
	syscall.Kill(group, syscall.SIGTERM) // an error means that it is gone
	select {
	case <-p.ended:
	case <-time.After(stopLimit):
	}
	syscall.Kill(group, syscall.SIGKILL) // whoever has not heard
	<-p.ended
}

// gone tells that the server has ended by itself.
func (p *process) gone() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// used returns the CPU time of the server and all that it has started.
func (p *process) used() (usage, error) {
	var sum usage
	err := p.each(func(dir string, u usage) error {
		sum = sum.plus(u)
		return nil
	})
	return sum, err
}

// ready tells that a thread of the server, or of what it has started, has something to do.
func (p *process) ready() (bool, error) {
	ready := false
	err := p.each(func(dir string, _ usage) error {
		threads, err := filepath.Glob(filepath.Join(dir, "task", "[0-9]*", "stat"))
		for _, name := range threads {
			text, err := os.ReadFile(name)
			ready = ready || err == nil && parseReady(text) // else it has just ended
		}
		return err
	})
	return ready, err
}

// resident returns the memory of the server and all that it has started, in KiB.
func (p *process) resident() (int, error) {
	sum := 0
	err := p.each(func(dir string, _ usage) error {
		text, err := os.ReadFile(filepath.Join(dir, "smaps_rollup"))
		if err != nil {
			return err
		}
		n, err := parseResident(string(text))
		sum += n
		return err
	})
	return sum, err
}

// each calls visit for each process of the server's group.
func (p *process) each(visit func(dir string, u usage) error) error {
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return err
	}
	found := false
	for _, dir := range dirs {
		text, err := os.ReadFile(filepath.Join(dir, "stat"))
		if err != nil {
			continue // it has just ended
		}
		group, u, err := parseStat(text)
		if err != nil {
			return err
		}
		if group != p.cmd.Process.Pid {
			continue
		}
		found = true
		if err := visit(dir, u); err != nil {
			return err
		}
	}
	if !found || p.gone() {
		return errors.New("it has ended")
	}
	return nil
}

// runPinned runs a command to its end on a processor and returns what it prints, for
// as long as limit at most.
func runPinned(ctx context.Context, cpu int, limit time.Duration, argv ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := startOn(cpu, cmd); err != nil {
		return "", err
	}
	err := cmd.Wait()
	if ctx.Err() != nil {
		err = ctx.Err() // rather than that it was killed for it
	}
	return out.String(), err
}

// freePort returns a port of 127.0.0.1 that nobody listens on.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
