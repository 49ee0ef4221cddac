package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/salver-http/salver"
)

// perSite are the flags that a site can have of its own.
var perSite = []string{
	"directory", "index", "no-listing", "hidden", "serve-secrets", "follow-symlinks", "no-sidecars", "spa", "clean-urls", "no-rules", "dialect",
	"header", "content-type", "media-type", "cache", "immutable", "cors", "isolate", "secure-headers", "auth", "allow",
}

// site is what is served to those who ask for a host.
type site struct {
	host     string
	said     string        // how messages name it at their beginning
	config   salver.Config // without its hooks
	settings settings      // where it comes from
	nowhere  bool          // it has no directory, which is a mistake
}

// siteSettings are what was chosen for a host.
type siteSettings struct {
	host string
	said string // how messages name it at their beginning
	settings
}

// each calls f with all that is served, which is nothing where that is a mistake. What f changes of its configuration stays so.
func (o *options) each(f func(*site)) {
	if !o.only {
		rest := site{config: o.config, settings: o.settings}
		f(&rest)
		o.config = rest.config
	}
	for i := range o.sites {
		if !o.sites[i].nowhere {
			f(&o.sites[i])
		}
	}
}

// takeSites takes the values of --site out of s.
func takeSites(s settings) (sites []siteSettings, mistakes []mistake) {
	m := &mistakesOf{settings: s}
	for i, v := range s["site"].values {
		host, dir, ok := strings.Cut(v, "=")
		if host = hostName(host); !ok || host == "" || dir == "" {
			m.hinted("a site is typed as --site docs.example.org=DIR", "site", i, "%q is not of the form HOST=DIR", v)
			continue
		}
		as := s.said("site", i) + " " + printable(host)
		sites = append(sites, siteSettings{host, as, settings{"directory": {values: []string{dir}, from: s["site"].from, as: as}}})
	}
	delete(s, "site")
	return sites, append(m.all, checkSites(sites)...)
}

// hostName returns the form in which the names of hosts are compared.
func hostName(s string) string {
	return strings.ToLower(strings.TrimSuffix(strings.TrimSpace(s), "."))
}

// checkSites finds hosts that are none, and those that one source has twice.
func checkSites(sites []siteSettings) (mistakes []mistake) {
	for i, s := range sites {
		if slices.ContainsFunc(sites[:i], func(t siteSettings) bool { return t.host == s.host }) {
			mistakes = append(mistakes, mistake{text: s.said + " is there twice"})
			continue
		}
		if !isHost(s.host) {
			mistakes = append(mistakes, mistake{s.said + " is not the name of a host", hostHint})
		}
	}
	return mistakes
}

const hostHint = "a host is a name or an IPv4 address without scheme and port, in ASCII; *.example.org is all beneath example.org"

// isHost tells whether a site can have that host.
func isHost(host string) bool {
	_, err := salver.NewSites(map[string]*salver.Handler{host: new(salver.Handler)}, nil)
	return err == nil
}

// mergeSites lays those of a stronger source over weaker ones, host by host.
func mergeSites(strong, weak []siteSettings) []siteSettings {
	all := slices.Clone(weak)
	for _, s := range strong {
		i := slices.IndexFunc(all, func(t siteSettings) bool { return t.host == s.host })
		if i < 0 {
			all = append(all, s)
			continue
		}
		all[i] = siteSettings{s.host, s.said, s.over(all[i].settings)}
	}
	return all
}

// parseSites parses sites, each of which inherits from top what it does not have of its own, and has the rest
// of base.
func parseSites(all []siteSettings, top settings, base salver.Config) (sites []site, mistakes []mistake) {
	for _, x := range all {
		s := x.over(top.only(perSite))
		m := &mistakesOf{settings: s}
		f, c := s.flags(), base
		f.parseSite(&c, m)
		if x.given("directory") {
			if f.directory == "" {
				m.wrong("directory", "is empty")
			} else {
				c.Root = f.directory
			}
		}
		c.AllowedHosts = nil // who asks for another host does not come here
		sites = append(sites, site{host: x.host, said: x.said, config: c, settings: s})
		mistakes = append(mistakes, m.all...)
	}
	return sites, mistakes
}

// withSites returns o with the hosts of sites among the names that are allowed, where any are named: those are what
// certificates and redirects are for.
func (o options) withSites() options {
	if !o.certifiesSites() {
		return o
	}
	names := slices.Clone(o.config.AllowedHosts)
	if o.only && o.config.AllowedHosts == nil {
		names = []string{"localhost"}
	}
	for _, s := range o.sites {
		names = append(names, s.host)
	}
	o.config.AllowedHosts = names
	return o
}

// certifiesSites tells whether the hosts of sites are among those that certificates are for.
func (o options) certifiesSites() bool {
	return len(o.sites) > 0 && (o.config.AllowedHosts != nil || o.only)
}

// namedSite returns a host to be looked at where no other than those of sites are answered for, "" elsewhere.
func (o options) namedSite() string {
	if !o.only {
		return ""
	}
	for _, s := range o.sites {
		if !strings.HasPrefix(s.host, "*") {
			return s.host
		}
	}
	return ""
}

// siteLines tells which sites there are.
func siteLines(o options, at place) string {
	var b strings.Builder
	for _, s := range o.sites {
		where := s.host
		if !strings.HasPrefix(where, "*") {
			where = at.url(s.host)
		}
		fmt.Fprintf(&b, "salver: %s is %s\n", where, printable(s.config.Root))
	}
	if o.only {
		b.WriteString("salver: who asks for any other host is told 421; name a directory to serve them, too\n")
	}
	return b.String()
}
