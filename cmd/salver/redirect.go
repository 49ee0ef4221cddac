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
func redirectHandler(site *salver.Handler, o options, id *identity, host string, port int) http.Handler {
	h := &upgrade.Handler{Port: port, Answers: o.answers(id, host)}
	if o.log {
		h.AccessLog = o.config.AccessLog
	}
	if id.ca != nil {
		h.Plain = map[string]http.Handler{caPath: site}
	}
	return h
}

// answers returns a function that tells whether HTTPS answers for a host: the names that
// were given, or else those of the machine and of the certificate.
func (o options) answers(id *identity, host string) func(string) bool {
	names := append(localca.HostNames(host), "localhost")
	if o.binding.host != "" {
		names = append(names, strings.ToLower(o.binding.host))
	}
	return func(name string) bool {
		if o.config.AllowedHosts != nil {
			return matchesHost(o.config.AllowedHosts, name)
		}
		if slices.Contains(names, name) {
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
