package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/salver-http/salver"
	"github.com/salver-http/salver/accesslog"
	"github.com/salver-http/salver/markdown"
)

// start serves what o asks for until it is ended. Everything that is wrong is
// found before anything is opened to others.
func (p *process) start(o options, mistakes []mistake) error {
	file, rootErr := lookAt(o.config.Root)
	log := accesslog.New(p.stderr, accesslog.Options{Format: o.format, Color: colors(isTerminal(p.stderr), p.getenv)})
	defer log.Close()
	out := accesslog.New(p.stdout, accesslog.Options{}) // nor may a stuck stdout hold anything up
	defer out.Close()

	config := o.config
	config.Readme = markdown.Render
	config.ErrorLog = slog.New(&lineHandler{w: log})
	if o.log {
		config.AccessLog = log.Access
	}
	handler, err := salver.New(config)
	wrong := configMistakes(err)
	if len(wrong) > 0 {
		mistakes = append(mistakes, wrong...)
	} else if err != nil && rootErr == nil {
		if c := new(salver.ConfigError); errors.As(err, &c) {
			err = c.Err
		}
		rootErr = fileFault(err)
	}
	if len(mistakes) > 0 {
		if rootErr != nil {
			mistakes = append(mistakes, mistake{text: rootErr.Error()})
		}
		return usageFault(mistakes...)
	}
	if rootErr != nil {
		return rootErr
	}
	tlsConfig, err := o.tls.load()
	if err != nil {
		return err
	}
	listeners, err := o.binding.listen()
	if err != nil {
		return listenFault(err, o.binding, config.Root, machine{holder, isFree(o.binding), addressTexts})
	}
	if port := portOf(listeners[0]); !o.binding.asked && port != o.binding.port {
		fmt.Fprintf(log, "salver: port %d is taken, using %d\n", o.binding.port, port)
	}

	signals := make(chan os.Signal, 2) // from here on the end is an orderly one
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	s := newServer(handler, o, tlsConfig, log)
	failed := serveAll(s, listeners) // before the start-up lines: stdout may be stuck
	at := place{addr: listeners[0].Addr().(*net.TCPAddr), https: tlsConfig != nil, file: file}
	if !o.quiet {
		p.announce(o, at, out, log)
	}
	go func() {
		io.WriteString(log, secretsNotice(handler, config.ServeSecrets, !o.binding.loopbackOnly() && !at.addr.IP.IsLoopback(), o.quiet))
	}()
	if o.open {
		go openBrowser(at.browserURL(), log)
	}
	return wait(s, failed, signals, o.quiet, out, log)
}

// lookAt finds out what root is, so that a mistake is told in few words. file is
// the name of a single file.
func lookAt(root string) (file string, err error) {
	info, err := os.Stat(root)
	switch {
	case err != nil:
		return "", fileFault(err)
	case !info.IsDir() && !info.Mode().IsRegular(): // a FIFO would not open without a writer
		return "", failure(printable(root) + " is neither a directory nor a file")
	}
	f, err := os.Open(root)
	if err != nil {
		return "", fileFault(err)
	}
	defer f.Close()
	if !info.IsDir() {
		return filepath.Base(root), nil
	}
	if _, err := f.ReadDir(1); err != nil && err != io.EOF {
		return "", fileFault(err)
	}
	return "", nil
}

// fileFault puts the error of a file in words: its name and what is wrong.
func fileFault(err error) *fault {
	if e := new(fs.PathError); errors.As(err, &e) {
		return failure(printable(e.Path) + ": " + e.Err.Error())
	}
	return failure(err.Error())
}

// flagOf names what on the command line a field of the Config comes from.
var flagOf = map[string]string{
	"AllowedHosts":     "--allowed-host",
	"CompressCache":    "--compress-cache",
	"DefaultMediaType": "--content-type",
	"Header":           "--header",
	"Index":            "--index",
	"MediaTypes":       "--media-type",
}

// configMistakes returns the mistakes that salver.New found, in terms of the
// flags. The root is not among them: lookAt tells of that.
func configMistakes(err error) []mistake {
	var mistakes []mistake
	for _, e := range parts(err) {
		c := new(salver.ConfigError)
		if !errors.As(e, &c) || c.Field == "Root" {
			continue
		}
		name := flagOf[c.Field]
		if name == "" {
			name = c.Field
		}
		for _, cause := range parts(c.Err) {
			mistakes = append(mistakes, mistake{text: name + ": " + cause.Error()})
		}
	}
	return mistakes
}

// parts returns the errors that err joins, err itself when it joins none.
func parts(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, parts(e)...)
	}
	return all
}

// isFree returns a function that tells whether b could have another port.
func isFree(b binding) func(int) bool {
	return func(port int) bool {
		listeners, err := b.listenAt(port)
		for _, ln := range listeners {
			ln.Close()
		}
		return err == nil
	}
}

func addressTexts() []string {
	var texts []string
	for _, a := range machineAddresses() {
		texts = append(texts, a.String())
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}
