package main

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/salver-http/salver"
	"github.com/salver-http/salver/cmd/salver/internal/localca"
	"github.com/salver-http/salver/cmd/salver/internal/upgrade"
)

// redirectHandler answers at --tls-redirect. site is asked for the certificate of the
// machine's own CA alone, which whoever does not know it yet can't fetch by TLS.
func redirectHandler(site *salver.Handler, now *current, id *identity, host string, port int) http.Handler {
	o := now.Load()
	h := &upgrade.Handler{Port: port, Answers: func(name string) bool { return now.Load().answers(id, host, name) }}
	if o.log {
		h.AccessLog = o.config.AccessLog
	}
	if id.ca != nil {
		h.Plain = map[string]http.Handler{caPath: site}
	}
	return h
}

// answers tells whether HTTPS answers for the host name: one of those that were given, or else of the machine on
// host or of the certificate.
func (o options) answers(id *identity, host, name string) bool {
	if o = o.withSites(); o.config.AllowedHosts != nil {
		return matchesHost(o.config.AllowedHosts, name)
	}
	if name == "localhost" || strings.EqualFold(name, o.binding.host) || slices.Contains(localca.HostNames(host), name) {
		return true
	}
	c, err := id.certificate(nil)
	if err != nil {
		return false
	}
	if addr, err := netip.ParseAddr(name); err == nil && addr.Is6() {
		name = "[" + name + "]"
	}
	return c.Leaf.VerifyHostname(name) == nil
}

// matchesHost reports whether name, in lower case, is one of those of --allowed-host.
func matchesHost(allowed []string, name string) bool {
	return slices.ContainsFunc(allowed, func(a string) bool {
		a = strings.ToLower(strings.TrimSuffix(a, "."))
		if suffix, wild := strings.CutPrefix(a, "*"); wild {
			return strings.HasSuffix(name, suffix) && len(name) > len(suffix)
		}
		return a == name
	})
}
