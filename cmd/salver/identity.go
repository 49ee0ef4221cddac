package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/salver-http/salver"
	"github.com/salver-http/salver/cmd/salver/internal/localca"
)

// identity is what a server of HTTPS shows of itself.
type identity struct {
	certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	reload      func() error               // on SIGHUP; on an error it stays as it was
	ca          *localca.Authority         // nil with a certificate of the owner's
	rename      func(names []string) error // nil without ca
}

// config is what TLS is spoken by; nil is that of plain HTTP.
func (id *identity) config() *tls.Config {
	if id == nil {
		return nil
	}
	return &tls.Config{GetCertificate: id.certificate, MinVersion: tls.VersionTLS12}
}

// end returns when the certificate ends.
func (id *identity) end() time.Time {
	c, err := id.certificate(nil)
	if err != nil {
		return time.Time{}
	}
	return c.Leaf.NotAfter
}

// trusted reports whether the system believes the certificate.
func (id *identity) trusted() bool {
	c, err := id.certificate(nil)
	return err == nil && localca.Trusted(c)
}

// fileIdentity is that of --tls-cert. What a handshake finds changed is told by say.
func fileIdentity(t tlsOptions, say *notices) (*identity, error) {
	pair := t.pair()
	if err := pair.Reload(); err != nil {
		return nil, pairFault(err)
	}
	id := &identity{certificate: pair.GetCertificate}
	id.reload = func() error {
		if err := pair.Reload(); err != nil {
			return pairFault(err)
		}
		return nil
	}
	pair.Report = func(err error) {
		if err != nil {
			say.kept(pairFault(err))
			return
		}
		say.replaced(t.cert)
	}
	return id, nil
}

// ownIdentity is that of --tls alone: a certificate of the machine's own CA for what the
// listeners can be reached by.
func ownIdentity(ca *localca.Authority, o options, host string, listeners []net.Listener) (*identity, error) {
	leaf, err := ca.Serve(o.certified(host), servedAddresses(listeners), time.Now)
	if err != nil {
		return nil, failure(err.Error())
	}
	return &identity{leaf.GetCertificate, leaf.Reload, ca, leaf.Rename}, nil
}

// certified are the names that a certificate of the machine's own CA is to have, as far as that covers them.
func (o options) certified(host string) []string {
	names := append([]string{"localhost"}, localca.HostNames(host)...)
	names = append(names, o.config.AllowedHosts...)
	if _, err := netip.ParseAddr(o.binding.host); err != nil && o.binding.host != "" {
		names = append(names, o.binding.host)
	}
	return names
}

// servedAddresses returns a function that tells which addresses the listeners have now.
func servedAddresses(listeners []net.Listener) func() []netip.Addr {
	return func() (all []netip.Addr) {
		for _, ln := range listeners {
			if addr := ln.Addr().(*net.TCPAddr).AddrPort().Addr().Unmap(); addr.IsUnspecified() {
				all = append(all, machineAddresses()...)
			} else {
				all = append(all, addr)
			}
		}
		return all
	}
}

// caPath is where the certificate of the CA is to be had.
const caPath = "/.salver/ca"

// caContent is that certificate as phones take it.
func caContent(ca *localca.Authority) []salver.Fixed {
	return []salver.Fixed{{
		Path:      caPath,
		MediaType: "application/x-x509-ca-cert",
		Content:   ca.DER(),
		Header: http.Header{
			"Content-Disposition": {`attachment; filename="salver-ca.crt"`},
			"Cache-Control":       {"no-cache"},
		},
	}}
}

// openAuthority opens the CA of the machine, and makes it when there is none. The error
// is a fault.
func openAuthority(o options, host string) (*localca.Authority, error) {
	dir, err := localca.Dir()
	if err != nil {
		return nil, failure("there is no place for the local CA: "+err.Error(), "or name a certificate: --tls-cert FILE")
	}
	if m := o.servesKey(dir); m != nil {
		return nil, failure(m[0].text, m[0].hint)
	}
	ca, err := localca.Open(dir, host, time.Now())
	return ca, authorityFault(err)
}

// servesKey tells whether the private key of a CA in dir is served to anybody.
func (o options) servesKey(dir string) (mistakes []mistake) {
	o.each(func(s *site) {
		if s.config.ServeSecrets && liesIn(dir, s.config.Root) {
			mistakes = []mistake{{text: "the private key of the local CA lies in what is served: " + printable(localca.KeyFile(dir)), hint: "leave --serve-secrets away"}}
		}
	})
	return mistakes
}

// authorityFault puts the error of a CA in words; nil stays nil.
func authorityFault(err error) error {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*localca.Fault](err); ok {
		return failure(printable(f.File)+": "+f.Reason, f.Remedy)
	}
	return fileFault(err)
}

// liesIn reports whether dir, which need not be there, is root or beneath it.
func liesIn(dir, root string) bool {
	root, err := realPath(root)
	if err != nil {
		return true // it can't be ruled out
	}
	dir, err = realPath(dir)
	if err != nil {
		return true
	}
	rel, err := filepath.Rel(root, dir)
	return err == nil && filepath.IsLocal(rel)
}

// realPath follows the links of as much of name as is there.
func realPath(name string) (string, error) {
	name, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	for rest := ""; ; {
		real, err := filepath.EvalSymlinks(name)
		if err == nil {
			return filepath.Join(real, rest), nil
		}
		parent := filepath.Dir(name)
		if !errors.Is(err, os.ErrNotExist) || parent == name {
			return "", err
		}
		name, rest = parent, filepath.Join(filepath.Base(name), rest)
	}
}

// foreign returns the mistakes of names and addresses that the machine's own CA does not
// speak for.
func (o options) foreign(host string) []mistake {
	if !o.tls.own() {
		return nil
	}
	const hint = "name a certificate for it: --tls-cert FILE --tls-key FILE"
	text := "is neither a local name nor a local address, which is all that " + o.settings.like("tls", "tls") + " is for"
	m := &mistakesOf{settings: o.settings}
	isForeign := func(name string) bool {
		addr, err := netip.ParseAddr(name)
		return err == nil && !addr.IsUnspecified() && !localca.LocalAddress(addr) || err != nil && !localca.LocalName(name, host)
	}
	if b := o.binding.host; b != "" && isForeign(b) {
		m.hinted(hint, "bind", 0, "%s %s", printable(b), text)
	}
	for i, name := range o.settings["allowed-host"].values {
		if isForeign(name) {
			m.hinted(hint, "allowed-host", i, "%s %s", printable(name), text)
		}
	}
	if o.certifiesSites() {
		for _, s := range o.sites {
			if isForeign(s.host) {
				m.all = append(m.all, mistake{s.said + " " + text, hint})
			}
		}
	}
	return m.all
}

// notices tells the owner what becomes of the certificate while the server runs.
type notices struct {
	w     io.Writer
	quiet bool
	id    *identity
}

// kept says why a certificate on disk is not the one in use.
func (n *notices) kept(f *fault) {
	end := day(n.id.end())
	f.messages[0] = "the certificate on disk is not used: " + f.messages[0]
	f.hints = append(f.hints, fmt.Sprintf("mend it; it is looked at again with the next connection, or at once by kill -HUP %d", os.Getpid()),
		"until then the one before is used, which ends on "+end)
	io.WriteString(n.w, f.lines())
}

// replaced says that there is another one in use.
func (n *notices) replaced(what string) {
	if !n.quiet {
		fmt.Fprintf(n.w, "salver: %s: the certificate in use ends on %s\n", printable(what), day(n.id.end()))
	}
}

// reload is for SIGHUP.
func (n *notices) reload() {
	err := n.id.reload()
	if f, ok := errors.AsType[*fault](err); ok {
		n.kept(f)
		return
	} else if err != nil {
		n.kept(failure(err.Error()))
		return
	}
	n.replaced("reloaded")
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
