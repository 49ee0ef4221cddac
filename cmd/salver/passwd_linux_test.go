package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/salver-http/salver/htpasswd"
)

// keyboard is the side of a terminal at which somebody sits.
type keyboard struct {
	*testing.T
	*os.File
	mu    sync.Mutex
	shown bytes.Buffer
}

// newKeyboard returns a terminal's two sides; what the other writes is read all the time.
func newKeyboard(t *testing.T) (*keyboard, *os.File) {
	t.Helper()
	mine, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mine.Close() })
	fd := int(mine.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := os.OpenFile(fmt.Sprint("/dev/pts/", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { theirs.Close() })
	k := &keyboard{T: t, File: mine}
	go func() {
		b := make([]byte, 1024)
		for {
			n, err := mine.Read(b)
			if err != nil {
				return
			}
			k.mu.Lock()
			k.shown.Write(b[:n])
			k.mu.Unlock()
		}
	}()
	return k, theirs
}

func (k *keyboard) screen() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.shown.String()
}

// hides reports whether what is typed is not shown.
func (k *keyboard) hides() bool {
	s, err := unix.IoctlGetTermios(int(k.Fd()), unix.TCGETS)
	if err != nil {
		k.Fatal(err)
	}
	return s.Lflag&unix.ECHO == 0
}

// types waits for a prompt, and for the terminal to hide what is typed.
func (k *keyboard) types(prompt, text string) {
	k.Helper()
	for end := time.Now().Add(patience); !strings.HasSuffix(k.screen(), prompt) || !k.hides(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			k.Fatalf("waited in vain for %q; the screen is %q", prompt, k.screen())
		}
	}
	k.WriteString(text)
}

// typing starts salver passwd at a terminal of its own.
func typing(t *testing.T, args ...string) (*keyboard, *exec.Cmd) {
	t.Helper()
	k, terminal := newKeyboard(t)
	cmd := exec.Command("salver", append([]string{"passwd"}, args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal, terminal, terminal
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	return k, cmd
}

// TestPasswdTerminal: what is typed is not shown, and afterwards it is again.
func TestPasswdTerminal(t *testing.T) {
	file := filepath.Join(t.TempDir(), "users")
	k, cmd := typing(t, file, "ann")
	k.types("password for ann: ", "swordfish\r")
	k.types("the same again: ", "swordfish\r")
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %q", err, k.screen())
	}
	if strings.Contains(k.screen(), "fish") || k.hides() {
		t.Errorf("the screen is %q, and hides what is typed: %v", k.screen(), k.hides())
	}
	users, err := htpasswd.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := users.Check("ann", "swordfish"); !ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
}

// TestPasswdInterrupt: after Ctrl-C the terminal shows again what is typed, and nothing was written.
func TestPasswdInterrupt(t *testing.T) {
	for prompt, before := range map[string]string{"password for ann: ": "", "the same again: ": "swordfish\r"} {
		file := filepath.Join(t.TempDir(), "users")
		k, cmd := typing(t, file, "ann")
		if before != "" {
			k.types("password for ann: ", before)
		}
		k.types(prompt, "sword\x03")
		cmd.Wait()
		if status := cmd.ProcessState.ExitCode(); status != exitFailed {
			t.Errorf("%q: exit status %d", prompt, status)
		}
		if k.hides() {
			t.Errorf("%q: the terminal still hides what is typed", prompt)
		}
		if _, err := os.Stat(file); !os.IsNotExist(err) {
			t.Errorf("%q: a file was written: %v", prompt, err)
		}
		const want = "salver: error: it was ended before there was a password; nothing was written"
		for end := time.Now().Add(patience); !strings.Contains(k.screen(), want); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%q: the screen is %q", prompt, k.screen())
			}
		}
	}
}
