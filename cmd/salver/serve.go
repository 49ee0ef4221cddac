package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
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

// on returns the configuration of x with them. Where there are several, messages name the site.
func (h hooks) on(x *site) salver.Config {
	c := x.config
	c.Readme, c.ErrorLog, c.AccessLog, c.Fixed = markdown.Render, h.errors, h.access, h.fixed
	if x.host != "" {
		c.ErrorLog = h.errors.With("site", x.host)
	}
	return c
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
		c := h.on(x)
		handler, fault := salver.New(c)
		wrong := o.mistakesIn(fault, x)
		mistakes = append(mistakes, wrong...)
		if fault != nil && len(wrong) == 0 && err == nil {
			err = rootFault(fault)
		}
		s.all = append(s.all, servedSite{x.host, handler, c})
	})
	if len(mistakes) > 0 || err != nil || len(s.all) == 0 {
		return s, distinct(mistakes), err
	}
	s.first = s.all[0].handler
	if s.handler = s.first; len(o.sites) == 0 {
		return s, nil, nil
	}
	if slices.ContainsFunc(o.sites, func(x site) bool { return !isHost(x.host) }) {
		return s, nil, nil // which has been told
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

// fileMistakes are about files and directories that were named.
type fileMistakes struct {
	all    []mistake
	placed bool // one was not typed, but is in the environment or in a file
}

// add adds what is wrong with the file or directory that a flag names; where that was not typed it says where it was.
func (m *fileMistakes) add(s settings, name, text, hint string) {
	if x := s[name]; x.from != typed {
		m.placed = true
		text = s.said(name, 0) + " " + text
	}
	m.all = distinct(append(m.all, mistake{text, hint}))
}

// fault is what ends the command where nothing else is wrong, nil for nothing.
func (m *fileMistakes) fault() *fault {
	if len(m.all) == 0 {
		return nil
	}
	f := usageFault(m.all...)
	if !m.placed {
		f.status = exitFailed
	}
	if !slices.ContainsFunc(m.all, func(x mistake) bool { return x.hint != "" }) {
		f.hints = nil
	}
	return f
}

// lookAtRoots looks at what is served. file is the name of a single file for those who ask for no site.
func (o options) lookAtRoots() (file string, m fileMistakes) {
	o.each(func(s *site) {
		name, err := lookAt(s.config.Root)
		if s.host == "" {
			file = name
		}
		if err == nil {
			return
		}
		if x := s.settings["directory"]; len(x.values) > 0 && x.values[0] == s.config.Root {
			m.add(s.settings, "directory", err.Error(), "")
		} else {
			m.add(nil, "", err.Error(), "")
		}
	})
	return file, m
}

// asMistakes returns what err says, each thing by itself.
func asMistakes(err error) (all []mistake) {
	f, ok := err.(*fault)
	switch {
	case err == nil:
		return nil
	case !ok:
		return []mistake{{text: err.Error()}}
	}
	for _, text := range f.messages {
		all = append(all, mistake{text: text})
	}
	return all
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

// mistakesIn is configMistakes of one of what is served.
func (o options) mistakesIn(err error, x *site) []mistake {
	if len(o.sites) == 0 {
		return configMistakes(err, x.settings, "")
	}
	return configMistakes(err, x.settings, x.config.Root)
}

// configMistakes returns the mistakes that salver.New found, in terms of the settings. Those of files stand for
// themselves, and the directory is not among them: lookAt tells of that. root is to be named where there are several.
func configMistakes(err error, s settings, root string) []mistake {
	var mistakes []mistake
	for _, e := range parts(err) {
		c, ok := errors.AsType[*salver.ConfigError](e)
		if !ok {
			continue
		}
		for _, cause := range parts(c.Err) {
			if c.Field == "Root" {
				if text := cause.Error(); isRuleFault(text) {
					if root != "" {
						name, rest, _ := strings.Cut(text, ":")
						text = printable(filepath.Join(root, name)) + ":" + rest
					}
					mistakes = append(mistakes, mistake{text, "--no-rules leaves such files to be files like any other"})
				}
				continue
			}
			name := c.Field
			if flag := flagOf[c.Field]; flag != "" {
				name = strings.TrimSuffix(s.said(flag, valueIn(cause, flag, s[flag].values)), ":")
			}
			text := name + ": " + cause.Error()
			if c.Field == "SPA" && root != "" {
				text += " (in " + printable(root) + ")"
			}
			mistakes = append(mistakes, mistake{text: text})
		}
	}
	return mistakes
}

// valueIn returns which of the values of a flag an error quotes, or a part of, 0 if none.
func valueIn(err error, flag string, values []string) int {
	quotes := func(s string) bool { return strings.Contains(err.Error(), strconv.Quote(strings.TrimSpace(s))) }
	return max(0, slices.IndexFunc(values, func(v string) bool {
		switch flag {
		case "cache":
			glob, value, _ := cutGlob(v)
			return quotes(glob) || quotes(value)
		case "header":
			name, value, _ := strings.Cut(v, ":")
			return quotes(name) || quotes(value) || strings.HasPrefix(err.Error(), http.CanonicalHeaderKey(strings.TrimSpace(name))+" ")
		case "auth":
			v, _ = cutAuth(v)
		case "media-type":
			_, v, _ = strings.Cut(v, "=")
		}
		return quotes(v)
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
