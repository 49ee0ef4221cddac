package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"unicode/utf8"

	"golang.org/x/term"
)

// longestPassword is in bytes; a browser could not send much more in a field.
const longestPassword = 4096

// askPassword asks for a new password: at a terminal twice, without showing it, else it is the first line.
func (p *process) askPassword(user string, stdin *os.File) (password string, err error) {
	if isTerminal(stdin) {
		password, err = p.askTwice(user, stdin)
	} else {
		password, err = firstLine(stdin)
	}
	switch {
	case err != nil:
		return "", failure(err.Error() + "; nothing was written")
	case password == "":
		return "", failure("the password is empty; nothing was written")
	case len(password) > longestPassword:
		return "", failure(fmt.Sprintf("the password has more than %d bytes; nothing was written", longestPassword))
	case !utf8.ValidString(password):
		return "", failure("the password is not UTF-8, in which browsers send it; nothing was written")
	}
	return password, nil
}

// firstLine reads the first line, without its end.
func firstLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, longestPassword+int64(len("x\r\n")))).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", err
	}
	if line == "" {
		return "", errors.New("no password came from the pipe")
	}
	return strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"), nil
}

// askTwice asks at a terminal. When it is ended, as by Ctrl-C, the terminal shows again what is typed.
func (p *process) askTwice(user string, terminal *os.File) (string, error) {
	fd := int(terminal.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	type answer struct {
		password string
		err      error
	}
	answers := make(chan answer, 1)
	go func() {
		password, err := p.twice(user, fd)
		answers <- answer{password, err}
	}()
	select {
	case a := <-answers:
		return a.password, a.err
	case <-ctx.Done():
		term.Restore(fd, before)
		fmt.Fprintln(p.stderr)
		return "", errors.New("it was ended before there was a password")
	}
}

// twice reads a password two times, and compares.
func (p *process) twice(user string, fd int) (string, error) {
	var typed [2]string
	for i, prompt := range []string{"password for " + printable(user) + ": ", "the same again: "} {
		io.WriteString(p.stderr, prompt)
		b, err := term.ReadPassword(fd)
		io.WriteString(p.stderr, "\n")
		if err == io.EOF || err == nil && len(b) == 0 {
			return "", errors.New("no password was typed")
		}
		if err != nil {
			return "", err
		}
		typed[i] = string(b)
	}
	if typed[0] != typed[1] {
		return "", errors.New("the two passwords differ")
	}
	return typed[0], nil
}
