package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/salver-http/salver"
	"github.com/salver-http/salver/accesslog"
	"github.com/salver-http/salver/cmd/salver/internal/localca"
	"github.com/salver-http/salver/markdown"
)

// hooks are what the command adds to each configuration.
type hooks struct {
	access func(salver.Access)
	errors *slog.Logger
	fixed  []salver.Fixed
}

// hooks returns them. ca is nil where none is to be handed out.
func (o options) hooks(log *accesslog.Log, ca *localca.Authority) hooks {
	h := hooks{errors: slog.New(&lineHandler{w: log})}
	if o.log {
		h.access = log.Access
	}
	if ca != nil {
		h.fixed = caContent(ca)
	}
	return h
}

// served is what answers.
type served struct {
	handler http.Handler
	first   *salver.Handler
	all     []servedSite
}

type servedSite struct {
	host    string // "" for those that ask for no site
	handler *salver.Handler
	config  salver.Config
}

// byHost returns the handlers by the hosts of their sites, and the one for all others, nil for none.
func (s served) byHost() (named map[string]*salver.Handler, rest *salver.Handler) {
	named = make(map[string]*salver.Handler)
	for _, x := range s.all {
		if x.host == "" {
			rest = x.handler
			continue
		}
		named[x.host] = x.handler
	}
	return named, rest
}

// serve makes the handlers. What is wrong with a configuration is a mistake, what is wrong with a directory an error.
func (o options) serve(h hooks) (s served, mistakes []mistake, err error) {
	o.each(func(x *site) {
		c := x.config
		c.Readme, c.ErrorLog, c.AccessLog, c.Fixed = markdown.Render, h.errors, h.access, h.fixed
		handler, fault := salver.New(c)
		wrong := configMistakes(fault, x.settings)
		mistakes = append(mistakes, wrong...)
		if fault != nil && len(wrong) == 0 && err == nil {
			err = rootFault(fault)
		}
		s.all = append(s.all, servedSite{x.host, handler, c})
	})
	if len(mistakes) > 0 || err != nil {
		return s, distinct(mistakes), err
	}
	s.first = s.all[0].handler
	if s.handler = s.first; len(o.sites) == 0 {
		return s, nil, nil
	}
	sites, err := salver.NewSites(s.byHost())
	s.handler = sites
	return s, nil, err
}

// rootFault puts in words what salver.New says of a directory.
func rootFault(err error) error {
	if c, ok := errors.AsType[*salver.ConfigError](err); ok {
		err = c.Err
	}
	return fileFault(err)
}

// lookAtRoots looks at what is served. file is the name of a single file for those who ask for no site.
func (o options) lookAtRoots() (file string, err error) {
	o.each(func(s *site) {
		name, fault := lookAt(s.config.Root)
		if s.host == "" {
			file = name
		}
		if err == nil {
			err = fault
		}
	})
	return file, err
}

// flagOf names the flag that a field of the Config comes from.
var flagOf = map[string]string{
	"Allow":            "allow",
	"AllowedHosts":     "allowed-host",
	"Auth":             "auth",
	"CORS":             "cors",
	"Cache":            "cache",
	"CompressCache":    "compress-cache",
	"DefaultMediaType": "content-type",
	"Dialect":          "dialect",
	"Header":           "header",
	"Immutable":        "immutable",
	"Index":            "index",
	"MediaTypes":       "media-type",
	"SPA":              "spa",
	"TrustedProxies":   "trusted-proxy",
}

// configMistakes returns the mistakes that salver.New found, in terms of the settings. Those of files stand for
// themselves, and the directory is not among them: lookAt tells of that.
func configMistakes(err error, s settings) []mistake {
	var mistakes []mistake
	for _, e := range parts(err) {
		c, ok := errors.AsType[*salver.ConfigError](e)
		if !ok {
			continue
		}
		for _, cause := range parts(c.Err) {
			if c.Field == "Root" {
				if text := cause.Error(); isRuleFault(text) {
					mistakes = append(mistakes, mistake{text, "--no-rules leaves such files to be files like any other"})
				}
				continue
			}
			name := c.Field
			if flag := flagOf[c.Field]; flag != "" {
				name = strings.TrimSuffix(s.said(flag, valueIn(cause, flag, s[flag].values)), ":")
			}
			mistakes = append(mistakes, mistake{text: name + ": " + cause.Error()})
		}
	}
	return mistakes
}

// valueIn returns which of the values of a flag an error quotes, 0 if none.
func valueIn(err error, flag string, values []string) int {
	return max(0, slices.IndexFunc(values, func(v string) bool {
		if flag == "cache" {
			v, _, _ = cutGlob(v)
		}
		return strings.Contains(err.Error(), strconv.Quote(strings.TrimSpace(v)))
	}))
}

// isRuleFault tells whether an error is of a line in a file of rules.
func isRuleFault(text string) bool {
	return strings.HasPrefix(text, "_headers:") || strings.HasPrefix(text, "_redirects:")
}

// report tells of files of users that change.
func (files userFiles) report(log io.Writer, quiet bool) {
	for name, f := range files {
		f.Report = func(err error) {
			switch {
			case err != nil:
				for _, e := range parts(err) {
					fmt.Fprintf(log, "salver: error: the users from before stay: %v\n", e)
				}
			case !quiet:
				fmt.Fprintf(log, "salver: %s: the users in it are in use\n", printable(name))
			}
		}
	}
}

// configLine says that settings were found.
func configLine(name string) string {
	if name == "" {
		return ""
	}
	return "salver: settings are taken from " + printable(name) + "; --config '' takes none\n"
}
