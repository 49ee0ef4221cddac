package localca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// leafLifetime is short because nothing depends on its being long: what browsers
	// take is 397 days.
	leafLifetime = 30 * 24 * time.Hour
	// renewBefore the end there is another.
	renewBefore = 10 * 24 * time.Hour
	// clockSkew is by how much the clock of a phone may be behind.
	clockSkew = 24 * time.Hour
	// lookEvery is how often the addresses are looked at, at most.
	lookEvery = time.Second
)

// Leaf is the certificate of a server, which lives in memory: it is renewed before it
// ends, and when the machine has got another address. It may be used concurrently.
type Leaf struct {
	ca        *Authority
	addresses func() []netip.Addr
	now       func() time.Time

	mu       sync.Mutex
	names    []string
	suffixes []string // ".localhost" for "*.localhost"
	current  *tls.Certificate
	covered  []netip.Addr
	looked   time.Time
	beneath  map[string]*tls.Certificate // for names that end in a suffix, as they are asked for
}

// maxBeneath bounds the certificates that clients can ask for by name.
const maxBeneath = 64

// Serve makes the certificate of a server with these names and with the addresses that
// the function returns, now and later. What a does not cover is left out. "*.localhost"
// stands for every name beneath: each has a certificate of its own, made when it is asked
// for, because clients do not take such a wildcard.
func (a *Authority) Serve(names []string, addresses func() []netip.Addr, now func() time.Time) (*Leaf, error) {
	l := &Leaf{ca: a, addresses: addresses, now: now}
	return l, l.Rename(names)
}

// Rename makes another certificate now, with other names. On an error all stays as it was.
func (l *Leaf) Rename(names []string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	before, beneath := l.names, l.suffixes
	l.names, l.suffixes = nil, nil
	for _, name := range names {
		name = normal(name)
		switch suffix, wild := strings.CutPrefix(name, "*"); {
		case !l.ca.CoversName(name) || slices.Contains(l.names, name):
		case wild:
			l.suffixes = append(l.suffixes, suffix)
		case isHostName(name):
			l.names = append(l.names, name)
		}
	}
	err := l.renew()
	if err != nil {
		l.names, l.suffixes = before, beneath
	}
	return err
}

// Reload makes another certificate now.
func (l *Leaf) Reload() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.renew()
}

// GetCertificate returns the certificate, for the field of that name in [tls.Config];
// hello may be nil. It fails rather than return one that has ended.
func (l *Leaf) GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	end := l.current.Leaf.NotAfter
	fresh := now.After(l.current.Leaf.NotBefore) && (now.Add(renewBefore).Before(end) || now.Before(end) && end.Equal(l.ca.cert.NotAfter))
	if !fresh || l.moved(hello, now) {
		if err := l.renew(); err != nil && now.After(end) {
			return nil, err
		}
	}
	if hello == nil {
		return l.current, nil
	}
	return l.forName(normal(hello.ServerName), now)
}

// forName returns the certificate for a name that the client has asked for.
func (l *Leaf) forName(name string, now time.Time) (*tls.Certificate, error) {
	if slices.Contains(l.names, name) || !isHostName(name) ||
		!slices.ContainsFunc(l.suffixes, func(s string) bool { return strings.HasSuffix(name, s) }) {
		return l.current, nil
	}
	if c := l.beneath[name]; c != nil {
		return c, nil
	}
	c, err := l.ca.issue([]string{name}, nil, now)
	if err != nil {
		return nil, err
	}
	if len(l.beneath) >= maxBeneath {
		clear(l.beneath)
	}
	l.beneath[name] = c
	return c, nil
}

// moved reports whether the machine has got an address since, when the client may have
// reached it there: not every connection tells at which.
func (l *Leaf) moved(hello *tls.ClientHelloInfo, now time.Time) bool {
	if hello == nil || hello.Conn == nil || now.Sub(l.looked) < lookEvery {
		return false
	}
	tcp, ok := hello.Conn.LocalAddr().(*net.TCPAddr)
	if !ok {
		return false
	}
	addr := tcp.AddrPort().Addr().Unmap().WithZone("")
	if !addr.IsUnspecified() && (slices.Contains(l.covered, addr) || !l.ca.CoversAddress(addr)) {
		return false
	}
	l.looked = now
	return slices.ContainsFunc(l.local(), func(a netip.Addr) bool { return !slices.Contains(l.covered, a) })
}

// local returns the addresses that are to be covered, each once.
func (l *Leaf) local() []netip.Addr {
	var all []netip.Addr
	for _, addr := range l.addresses() {
		if addr = addr.Unmap().WithZone(""); l.ca.CoversAddress(addr) && !slices.Contains(all, addr) {
			all = append(all, addr)
		}
	}
	return all
}

func (l *Leaf) renew() error {
	covered := l.local()
	now := l.now()
	c, err := l.ca.issue(l.names, covered, now)
	if err == nil {
		l.current, l.covered = c, covered
		l.beneath = make(map[string]*tls.Certificate)
	}
	return err
}

// issue signs a certificate with a key of its own.
func (a *Authority) issue(names []string, addresses []netip.Addr, now time.Time) (*tls.Certificate, error) {
	end := now.Add(leafLifetime)
	if end.After(a.cert.NotAfter) {
		end = a.cert.NotAfter
	}
	switch {
	case !now.Before(end):
		return nil, errors.New("the local CA has ended on " + day(a.cert.NotAfter))
	case len(names)+len(addresses) == 0:
		return nil, errors.New("there is no local name or address to be certified")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial(),
		Subject:      pkix.Name{Organization: []string{"salver"}},
		NotBefore:    now.Add(-clockSkew),
		NotAfter:     end,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     names,

		BasicConstraintsValid: true,
	}
	if template.NotBefore.Before(a.cert.NotBefore) {
		template.NotBefore = a.cert.NotBefore
	}
	for _, addr := range addresses {
		template.IPAddresses = append(template.IPAddresses, addr.AsSlice())
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, nil
}
