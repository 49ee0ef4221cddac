package main

import (
	"errors"
	"io/fs"
	"net/netip"
	"strings"

	"github.com/salver-http/salver"
	"github.com/salver-http/salver/htpasswd"
)

// cutAuth takes [PREFIX=]FILE apart. What begins with a slash and has no equals sign is a file.
func cutAuth(value string) (prefix, file string) {
	if prefix, file, ok := strings.Cut(value, "="); ok && strings.HasPrefix(prefix, "/") {
		return prefix, file
	}
	return "", value
}

// checkAuth holds that no password crosses a network in the clear unless that was asked for.
func (o options) checkAuth(insecure bool) []mistake {
	if insecure || o.tls.on || o.binding.isLocal() {
		return nil
	}
	m := new(mistakesOf)
	o.each(func(s *site) {
		if m.settings = s.settings; len(s.settings["auth"].values) > 0 {
			m.hinted("speak TLS by --tls or --tls-cert FILE; or type --insecure-auth, where something else keeps them secret", "auth", 0,
				"would let passwords cross the network in the clear")
		}
	})
	return m.all
}

// isLocal tells whether only this machine can reach b.
func (b binding) isLocal() bool {
	if b.loopbackOnly() || !b.lan && strings.EqualFold(b.host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(b.host)
	return !b.lan && err == nil && addr.IsLoopback()
}

// userFiles are the files of users that were opened, by name.
type userFiles map[string]*htpasswd.File

// openUsers opens the files of users of all sites, each once, and puts them into their configurations.
func (o *options) openUsers() (userFiles, []mistake) {
	files, failed := make(userFiles), make(map[string]bool)
	var roots []string
	o.each(func(s *site) { roots = append(roots, s.config.Root) })
	m := new(mistakesOf)
	o.each(func(s *site) {
		m.settings = s.settings
		for i, v := range s.settings["auth"].values {
			prefix, name := cutAuth(v)
			if name == "" {
				m.hinted("it is typed as --auth FILE or --auth /PREFIX=FILE", "auth", i, "%q names no file", v)
				continue
			}
			if files[name] == nil && !failed[name] {
				failed[name] = true
				f, err := htpasswd.Open(name)
				if err == nil {
					files[name] = f
				}
				for _, e := range parts(err) {
					m.usersMistake(i, e)
				}
				for _, root := range roots {
					if err == nil && liesIn(name, root) {
						m.hinted("keep passwords outside of what is served", "auth", i, "%s lies in what is served", printable(name))
						break
					}
				}
			}
			if f := files[name]; f != nil {
				s.config.Auth = append(s.config.Auth, salver.Auth{Prefix: prefix, Users: f})
			}
		}
	})
	return files, m.all
}

// usersMistake adds what is wrong with a file of users.
func (m *mistakesOf) usersMistake(i int, err error) {
	if err == nil {
		return
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		hint := ""
		if errors.Is(err, fs.ErrNotExist) {
			hint = "salver passwd " + printable(e.Path) + " USER makes it"
			if prefix, name, ok := strings.Cut(e.Path, "="); ok && name != "" {
				hint = "a prefix begins with a slash: --auth " + printable("/"+prefix+"="+name)
			}
		}
		m.hinted(hint, "auth", i, "%s: %v", printable(e.Path), e.Err)
		return
	}
	m.all = append(m.all, mistake{err.Error(), "salver passwd makes lines that are right"})
}
