package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/salver-http/salver"
)

// reloader reads all that was chosen once more, on SIGHUP, while connections go on.
type reloader struct {
	args   []string
	o      options // as they were at the start
	served served
	hooks  hooks
	log    io.Writer
}

// reload makes what the flags, the environment and the files say now the rule from the next request on. When any of
// it is no good, all stays as it is.
func (r *reloader) reload() {
	o, users, mistakes := read(r.args, os.Environ())
	if _, err := o.lookAtRoots(); err != nil {
		mistakes = append(mistakes, mistake{text: err.Error()})
	}
	next, wrong, err := o.serve(r.hooks)
	mistakes = append(mistakes, wrong...)
	if err != nil && len(mistakes) == 0 {
		mistakes = append(mistakes, mistake{text: err.Error()})
	}
	if len(mistakes) > 0 {
		f := usageFault(mistakes...)
		f.hints = []string{fmt.Sprintf("what was good before stays in use; mend it, and then: kill -HUP %d", os.Getpid())}
		io.WriteString(r.log, f.lines())
		return
	}
	late := r.later(o)
	switch sites, several := r.served.handler.(*salver.Sites); {
	case several != (len(o.sites) > 0):
		late = append(late, "site")
	case several:
		err = sites.Set(next.byHost())
	default:
		err = r.served.first.Reload(next.all[0].config)
	}
	if err != nil { // the directory has gone meanwhile
		io.WriteString(r.log, fileFault(err).lines())
		return
	}
	users.report(r.log, r.o.quiet)
	if len(late) > 0 {
		fmt.Fprintf(r.log, "salver: only a restart changes %s\n", strings.Join(late, ", "))
	}
	if !r.o.quiet {
		io.WriteString(r.log, "salver: settings, rules and users were read again\n")
	}
}

// configured are the settings that are not of a site alone, and part of its configuration all the same.
var configured = append(slices.Clone(perSite), "site", "config", "allowed-host", "trusted-proxy", "revalidate", "no-compress", "compress-cache", "insecure-auth")

// later names the settings that have changed, and that the server was started by.
func (r *reloader) later(o options) (names []string) {
	all := maps.Clone(r.o.settings)
	maps.Copy(all, o.settings)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !slices.Contains(configured, name) && !slices.Equal(r.o.settings[name].values, o.settings[name].values) {
			names = append(names, name)
		}
	}
	return names
}
