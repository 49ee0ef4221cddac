package main

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/salver-http/salver"
	"github.com/salver-http/salver/cmd/salver/internal/localca"
)

// current are the options that are in force. It may be used concurrently.
type current struct{ atomic.Pointer[options] }

func newCurrent(o options) *current {
	c := new(current)
	c.Store(&o)
	return c
}

// reloader reads all that was chosen once more, on SIGHUP, while connections go on.
type reloader struct {
	args   []string
	now    *current
	served served
	hooks  hooks
	plain  *salver.Handler // nil without --tls-redirect
	id     *identity       // nil for plain HTTP
	host   string          // the name of the machine
	log    io.Writer
}

// reload makes what the flags, the environment and the files say now the rule from the next request on. When any of
// it is no good, all stays as it is.
func (r *reloader) reload() {
	before := r.now.Load()
	o, users, mistakes := read(r.args, os.Environ(), before.settings)
	mistakes = append(mistakes, r.impossible(before, &o)...)
	mistakes = append(mistakes, o.foreign(r.host)...)
	_, files := o.lookAtRoots()
	if len(o.late) > 0 { // certificates in force are followed anyway
		mistakes = append(mistakes, append(o.next.foreign(r.host), o.next.checkPassword()...)...)
		o.next.tls.lookAt(o.next.settings, &files)
	}
	if mistakes = append(mistakes, files.all...); len(mistakes) > 0 {
		_, wrong, _ := o.serve(hooks{errors: slog.New(slog.DiscardHandler)}) // what else is wrong
		r.refuse(append(mistakes, wrong...))
		return
	}
	mistakes, err := r.take(&o)
	if mistakes = append(mistakes, asMistakes(err)...); len(mistakes) > 0 {
		_, wrong, _ := o.serve(hooks{errors: slog.New(slog.DiscardHandler)}) // what else is wrong
		r.refuse(append(mistakes, wrong...))
		return
	}
	r.now.Store(&o)
	if r.plain != nil {
		if err := r.plain.Reload(r.hooks.plain(o)); err != nil {
			fmt.Fprintf(r.log, "salver: error: %v\n", err)
		}
	}
	users.report(r.log, o.quiet)
	if r.id != nil && r.id.rename != nil && !slices.Equal(before.withSites().certified(r.host), o.withSites().certified(r.host)) {
		if err := r.id.rename(o.withSites().certified(r.host)); err != nil {
			fmt.Fprintf(r.log, "salver: error: the certificate keeps its names: %v\n", err)
		}
	}
	if len(o.late) > 0 {
		fmt.Fprintf(r.log, "salver: only a restart changes %s\n", strings.Join(o.late, ", "))
	}
	if !o.quiet {
		io.WriteString(r.log, "salver: settings, rules and users were read again\n")
		if o.file != before.file {
			io.WriteString(r.log, configLine(o.file))
		}
	}
}

// impossible returns what keeps o from taking the place of before, however good it is in itself.
func (r *reloader) impossible(before, o *options) (mistakes []mistake) {
	if before.file != "" && o.file == "" {
		mistakes = append(mistakes, mistake{text: printable(before.file) + " is gone"})
	}
	if _, several := r.served.handler.(*salver.Sites); several != (len(o.sites) > 0) {
		text := "site: the first one beside what is served takes a restart"
		if several {
			text = "site: to have none any more takes a restart"
		}
		mistakes = append(mistakes, mistake{text: text})
	}
	if r.id != nil && r.id.ca != nil {
		if dir, err := localca.Dir(); err == nil {
			mistakes = append(mistakes, o.servesKey(dir)...)
		}
	}
	return mistakes
}

// take makes handlers of o those that answer.
func (r *reloader) take(o *options) ([]mistake, error) {
	if sites, several := r.served.handler.(*salver.Sites); several {
		next, mistakes, err := o.serve(r.hooks)
		if len(mistakes) > 0 || err != nil {
			return mistakes, err
		}
		return nil, sites.Set(next.byHost())
	}
	err := r.served.first.Reload(r.hooks.on(&site{config: o.config}))
	if mistakes := configMistakes(err, o.settings, ""); len(mistakes) > 0 {
		return mistakes, nil
	}
	if err != nil {
		err = rootFault(err)
	}
	return nil, err
}

// refuse says why nothing of it is taken.
func (r *reloader) refuse(mistakes []mistake) {
	f := usageFault(distinct(mistakes)...)
	f.hints = append(f.hints, fmt.Sprintf("what was good before stays in use; mend it, and then: kill -HUP %d", os.Getpid()))
	io.WriteString(r.log, f.lines())
}

// changeable are the settings that a reload changes: of sites, and a few of all of them.
var changeable = append(slices.Clone(perSite), "config", "allowed-host", "trusted-proxy", "revalidate", "no-compress", "compress-cache", "insecure-auth")

// startedBy is what a setting that only a restart changes comes to in o, however it was said.
func startedBy(name string, o *options) any {
	switch name {
	case "bind":
		return o.binding.host
	case "lan":
		return o.binding.lan
	case "port":
		return [2]any{o.binding.port, o.binding.asked}
	case "protocol":
		return o.http10
	case "engine":
		return o.netHTTP
	case "memory":
		return o.memory
	case "proxy-protocol":
		return o.proxies
	case "tls", "tls-cert", "tls-key", "tls-password-file", "tls-redirect":
		t := o.tls
		return map[string]any{
			"tls": t.on, "tls-cert": t.cert, "tls-key": t.key, "tls-password-file": t.password,
			"tls-redirect": [2]any{t.redirect, t.port},
		}[name]
	case "log-format":
		return [2]any{o.log, o.format}
	case "quiet":
		return o.quiet
	case "open":
		return o.open
	}
	return o // any other differs by itself
}

// running returns s with what only a restart changes as it is in r, and the names of what differs there.
func (s settings) running(r settings) (all settings, late []string) {
	all = maps.Clone(s)
	names := maps.Clone(r)
	maps.Copy(names, s)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if slices.Contains(changeable, name) {
			continue
		}
		if !slices.Equal(r[name].values, s[name].values) {
			late = append(late, name)
		}
		delete(all, name)
		if x, ok := r[name]; ok {
			all[name] = x
		}
	}
	return all, late
}
