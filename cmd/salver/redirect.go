package main

import (
	"embed"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/salver-http/salver"
	"github.com/salver-http/salver/cmd/salver/internal/localca"
	"github.com/salver-http/salver/cmd/salver/internal/upgrade"
)

// redirectHandler answers at --tls-redirect. plain is asked for the certificate of the
// machine's own CA, which whoever does not know it yet can't fetch by TLS.
func redirectHandler(plain *salver.Handler, now *current, id *identity, host string, port int) http.Handler {
	o := now.Load()
	h := &upgrade.Handler{Port: port, Answers: func(name string) bool { return now.Load().answers(id, host, name) }}
	if o.log {
		h.AccessLog = o.config.AccessLog
	}
	if id.ca != nil {
		h.Plain = map[string]http.Handler{caPath: plain}
	}
	return h
}

// plain is the configuration of what is answered without TLS: the certificate of the CA, which is for everybody who is
// allowed at all. It takes no password, which would cross the network in the clear.
func (h hooks) plain(o options) salver.Config {
	var all []salver.Config
	o.each(func(x *site) { all = append(all, h.on(x)) })
	c := all[0]
	return salver.Config{
		FS: embed.FS{}, Fixed: c.Fixed, NoRules: true, NoCompress: true,
		Header: c.Header, SecureHeaders: c.SecureHeaders, AllowedHosts: c.AllowedHosts, Allow: c.Allow, TrustedProxies: c.TrustedProxies,
		AccessLog: c.AccessLog, ErrorLog: c.ErrorLog,
	}
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
