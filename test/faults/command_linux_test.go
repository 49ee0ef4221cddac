package faults

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// built is the command, made once and without the race detector: what is measured of it
// would be the detector's.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "salver-faults-")
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "salver")
	if out, err := exec.Command("go", "build", "-o", name, "github.com/salver-http/salver/cmd/salver").CombinedOutput(); err != nil {
		return dir, fmt.Errorf("%w: %s", err, out)
	}
	return name, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if ran.Load() {
		name, _ := built()
		os.RemoveAll(filepath.Dir(name))
	}
	os.Exit(code)
}

var ran atomic.Bool // the command

// options are of the process, not of the command.
type options struct {
	env     []string
	nofile  int      // limit of descriptors; 0 for as it is
	wrapper []string // a command that starts it
	stderr  *os.File // nil for process.stderr
	port    string   // "" for any that is free
}

// process is a salver of its own.
type process struct {
	t      testing.TB
	cmd    *exec.Cmd
	addr   string
	stderr *journal
	ended  chan struct{}
}

var startLine = regexp.MustCompile(`^Serving HTTP on \S+ port (\d+) `)

// run starts the command and waits until it serves; it is killed when the test ends.
func run(t testing.TB, o options, args ...string) *process {
	t.Helper()
	ran.Store(true)
	name, err := built()
	if err != nil {
		t.Fatal(err)
	}
	line := slices.Concat(o.wrapper, []string{name, "--bind", "127.0.0.1"}, args, []string{cmp.Or(o.port, "0")})
	if o.nofile > 0 {
		line = append([]string{"sh", "-c", `ulimit -n "$0" && exec "$@"`, strconv.Itoa(o.nofile)}, line...)
	}
	p := &process{t: t, cmd: exec.Command(line[0], line[1:]...), stderr: &journal{}, ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), o.env...)
	if p.cmd.Stderr = p.stderr; o.stderr != nil {
		p.cmd.Stderr = o.stderr
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	first := make(chan string, 1)
	go func() {
		defer close(p.ended)
		r := bufio.NewReader(stdout)
		text, _ := r.ReadString('\n')
		first <- text
		io.Copy(io.Discard, r)
		p.cmd.Wait()
	}()
	t.Cleanup(func() {
		p.cmd.Process.Kill()
		<-p.ended
	})
	select {
	case text := <-first:
		m := startLine.FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("the first line is %q; %s", text, p.stderr)
		}
		p.addr = "127.0.0.1:" + m[1]
	case <-time.After(patience):
		t.Fatal("it does not start")
	}
	return p
}

// stopped waits for the end of the process, and returns its exit status.
func (p *process) stopped() int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatal("it does not end")
	}
	return p.cmd.ProcessState.ExitCode()
}

// figure returns a figure of /proc/PID/status: KiB for memory.
func (p *process) figure(name string) int {
	p.t.Helper()
	return figure(p.t, strconv.Itoa(p.cmd.Process.Pid), name)
}

// processor is the processor time that the process has used.
func (p *process) processor() time.Duration {
	p.t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	if err := errors.Join(err1, err2); err != nil {
		p.t.Fatal(err)
	}
	return time.Duration(user+system) * time.Second / 100 // USER_HZ, of the interface
}

// descriptors is how many the process has.
func (p *process) descriptors() int {
	p.t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	return len(entries)
}

// open returns what the descriptors of a process are of.
func (p *process) open() (all []string) {
	names, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", p.cmd.Process.Pid))
	for _, name := range names {
		of, err := os.Readlink(name)
		if err == nil { // else it has just been closed
			all = append(all, of)
		}
	}
	return all
}

// figure returns a figure of the status of a process.
func figure(t testing.TB, pid, name string) int {
	t.Helper()
	b, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(b), name)
	var n int
	if _, err := fmt.Sscan(after, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// eventually waits until something is so.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
