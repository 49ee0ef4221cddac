package main

import (
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/salver-http/salver/accesslog"
)

// Exit statuses, as python -m http.server and most commands have them.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// process is what the command has of the world around it.
type process struct {
	stdout, stderr io.Writer
	getenv         func(string) string
}

// run runs the command line and returns the exit status.
func run(args []string, stdout, stderr io.Writer, getenv func(string) string) int {
	p := &process{stdout, stderr, getenv}
	err := p.command(args).Execute()
	if err == nil {
		return exitOK
	}
	var f *fault
	if !errors.As(err, &f) {
		f = usageFault(mistake{text: err.Error()})
	}
	log := accesslog.New(stderr, accesslog.Options{}) // a stuck stderr must not hold the end up
	io.WriteString(log, f.lines())
	log.Close()
	return f.status
}

// fault is why the command ends, in the words that are shown.
type fault struct {
	messages []string
	hints    []string
	status   int
}

// failure is a fault that is not in the command line.
func failure(message string, hints ...string) *fault {
	return &fault{[]string{message}, hints, exitFailed}
}

// usageFault tells of everything that is wrong with the command line at once.
func usageFault(mistakes ...mistake) *fault {
	f := &fault{status: exitUsage}
	for _, m := range mistakes {
		f.messages = append(f.messages, m.text)
		if m.hint != "" && !slices.Contains(f.hints, m.hint) {
			f.hints = append(f.hints, m.hint)
		}
	}
	if len(f.hints) == 0 {
		f.hints = []string{"salver --help explains the flags"}
	}
	return f
}

func (f *fault) Error() string { return strings.Join(f.messages, "; ") }

// lines returns f as it is shown.
func (f *fault) lines() string {
	var b strings.Builder
	for _, m := range f.messages {
		b.WriteString("salver: error: " + m + "\n")
	}
	for _, h := range f.hints {
		b.WriteString("salver: hint: " + h + "\n")
	}
	return b.String()
}

// mistake is one thing that is wrong with the command line.
type mistake struct{ text, hint string }
