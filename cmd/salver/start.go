package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/salver-http/salver"
	"github.com/salver-http/salver/accesslog"
	"github.com/salver-http/salver/cmd/salver/internal/localca"
)

// start serves what args, the environment and a file ask for until it is ended. Everything that is wrong is
// found before anything is opened to others.
func (p *process) start(args []string) error {
	o, users, mistakes := read(args, os.Environ(), nil)
	log := accesslog.New(p.stderr, accesslog.Options{Format: o.format, Color: colors(isTerminal(p.stderr), p.getenv)})
	defer log.Close()
	out := accesslog.New(p.stdout, accesslog.Options{}) // nor may a stuck stdout hold anything up
	defer out.Close()

	host, _ := os.Hostname() // without one there is a name less
	mistakes = append(mistakes, o.foreign(host)...)
	file, files := o.lookAtRoots()
	o.tls.lookAt(o.settings, &files)
	var fileErr error
	if f := files.fault(); f != nil {
		fileErr = f
	}
	var ca *localca.Authority
	if o.tls.own() && len(mistakes) == 0 && fileErr == nil {
		ca, fileErr = openAuthority(o, host)
	}
	hooks := o.hooks(log, ca)
	o.config.AccessLog = hooks.access
	served, wrong, err := o.serve(hooks)
	mistakes = append(mistakes, wrong...)
	if len(mistakes) > 0 {
		if len(files.all) == 0 {
			files.all = asMistakes(err)
		}
		return usageFault(append(mistakes, files.all...)...)
	}
	if err := cmp.Or(fileErr, err); err != nil {
		return err
	}
	users.report(log, o.quiet)
	say := &notices{w: log, quiet: o.quiet}
	var id *identity // nil for plain HTTP
	if o.tls.on && ca == nil {
		if id, err = fileIdentity(o.tls, say); err != nil {
			return err
		}
	}
	listeners, plain, err := o.listen()
	if err != nil {
		return err
	}
	if ca != nil {
		if id, err = ownIdentity(ca, o.withSites(), host, listeners); err != nil {
			return err
		}
	}
	say.id = id
	if port := portOf(listeners[0]); !o.binding.asked && port != o.binding.port {
		fmt.Fprintf(log, "salver: port %d is taken, using %d\n", o.binding.port, port)
	}

	signals := make(chan os.Signal, 2) // from here on the end is an orderly one
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	at := place{addr: listeners[0].Addr().(*net.TCPAddr), file: file, site: o.namedSite()}
	now := newCurrent(o)
	all := servers{newServer(served.handler, o, id.config(), log)}
	if id != nil {
		at.https, at.ca = true, ca != nil
	}
	again := &reloader{args: args, now: now, served: served, hooks: hooks, id: id, host: host, log: log}
	defer onHangup(func() {
		if id != nil {
			say.reload()
		}
		again.reload()
	}, signals)()
	failed := make(chan error, len(listeners)+len(plain))
	serveAll(all[0], behindProxies(listeners, now, log), failed)
	if len(plain) > 0 {
		at.plain = portOf(plain[0])
		if again.plain, err = salver.New(hooks.plain(o)); err != nil {
			return failure(err.Error())
		}
		all = append(all, newServer(redirectHandler(again.plain, now, id, host, at.addr.Port), o, nil, log))
		serveAll(all[1], behindProxies(plain, now, log), failed)
	}
	if !o.quiet { // the servers come before the start-up lines: stdout may be stuck
		p.announce(o, at, id, out, log)
		io.WriteString(log, siteLines(o, at)+configLine(o.file))
	}
	go func() {
		for _, s := range served.all {
			io.WriteString(log, secretsNotice(s.handler, s.config.ServeSecrets, !o.binding.loopbackOnly() && !at.addr.IP.IsLoopback(), o.quiet))
		}
		if ca != nil && !o.quiet && !id.trusted() {
			io.WriteString(log, "salver: browsers here do not believe its certificate yet: type salver trust, once\n")
		}
	}()
	if o.open {
		go openBrowser(at.browserURL(), log)
	}
	return wait(all, failed, signals, o.quiet, out, log)
}

// listen opens the listeners, and those for plain HTTP where they are asked for: first,
// so that the search for a free port passes theirs by. The error is a fault.
func (o options) listen() (listeners, plain []net.Listener, err error) {
	m := machine{holder, nil, addressTexts}
	if o.tls.redirect {
		b := o.binding
		b.port, b.asked, b.flag = o.tls.port, true, "--tls-redirect"
		if plain, err = b.listen(); err != nil {
			m.free = isFree(b)
			return nil, nil, listenFault(err, b, o.config.Root, m)
		}
	}
	if listeners, err = o.binding.listen(); err != nil {
		for _, ln := range plain {
			ln.Close()
		}
		m.free = isFree(o.binding)
		return nil, nil, listenFault(err, o.binding, o.config.Root, m)
	}
	return listeners, plain, nil
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
