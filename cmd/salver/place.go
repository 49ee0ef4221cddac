package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/salver-http/salver/accesslog"
	"github.com/salver-http/salver/cmd/salver/internal/localca"
)

// place is where something is served, and how it is addressed.
type place struct {
	addr  *net.TCPAddr
	https bool
	file  string // name of the single file, "" for a directory
	ca    bool   // whether the certificate is from the machine's own CA
	plain int    // port of plain HTTP beside HTTPS, 0 for none
	site  string // a host that is answered for where the address is not, "" where it is
}

// host returns the address as it is shown, with its zone if it has one.
func (at place) host() string {
	addr := at.addr.AddrPort().Addr().Unmap()
	return addr.String()
}

// url returns the URL at a host.
func (at place) url(host string) string {
	scheme := "http"
	if at.https {
		scheme = "https"
	}
	return address(scheme, host, at.addr.Port) + "/" + url.PathEscape(at.file)
}

// caURL returns the URL at a host of the certificate of the CA: in plain where there is
// plain HTTP, since who asks for it does not believe TLS yet.
func (at place) caURL(host string) string {
	if at.plain != 0 {
		return address("http", host, at.plain) + caPath
	}
	return address("https", host, at.addr.Port) + caPath
}

// address returns a URL without its path.
func address(scheme, host string, port int) string {
	if strings.Contains(host, ":") {
		host = "[" + strings.Replace(host, "%", "%25", 1) + "]" // RFC 3986 §3.2.2, RFC 6874
	}
	return fmt.Sprintf("%s://%s:%d", scheme, host, port)
}

// browserURL returns the URL for a browser on this machine.
func (at place) browserURL() string {
	if at.site != "" {
		return at.url(at.site)
	}
	if at.addr.IP.IsUnspecified() {
		return at.url("localhost")
	}
	return at.url(at.host())
}

// startLine is Python's, word for word.
func (at place) startLine() string {
	protocol := "HTTP"
	if at.https {
		protocol = "HTTPS"
	}
	return fmt.Sprintf("Serving %s on %s port %d (%s) ...\n", protocol, at.host(), at.addr.Port, at.url(at.host()))
}

// announce writes the start-up lines. id is nil for plain HTTP.
func (p *process) announce(o options, at place, id *identity, stdout *accesslog.Log, stderr io.Writer) {
	io.WriteString(stdout, at.startLine())
	// It is the first line also where both go to one place, unless that is stuck.
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	stdout.Flush(ctx)
	if at.plain != 0 {
		fmt.Fprintf(stderr, "salver: plain HTTP at port %d is sent to HTTPS\n", at.plain)
	}
	if id != nil {
		io.WriteString(stderr, endLine(id.end(), time.Now()))
	}
	switch {
	case o.binding.loopbackOnly():
		io.WriteString(stderr, "salver: only this machine can reach it; --lan shares it on your network\n")
	case o.binding.lan:
		addresses := lanAddresses(machineAddresses(), routeAddress())
		if at.ca {
			addresses = certified(addresses, id.ca, stderr)
		}
		if len(addresses) == 0 {
			io.WriteString(stderr, "salver: this machine has no address that others could reach\n")
			return
		}
		terminal := isTerminal(p.stdout)
		io.WriteString(stdout, lanLines(at, addresses, terminal, colors(terminal, p.getenv)))
		if at.ca {
			io.WriteString(stderr, "salver: the CA's SHA-256 fingerprint is "+id.ca.Fingerprint()+"; compare it before a phone installs it\n")
		}
	}
}

// certified returns the addresses that the CA speaks for, and tells of the others.
func certified(addresses []netip.Addr, ca *localca.Authority, stderr io.Writer) (covered []netip.Addr) {
	for _, a := range addresses {
		if ca.CoversAddress(a) {
			covered = append(covered, a)
			continue
		}
		fmt.Fprintf(stderr, "salver: %s is no local address: browsers will refuse the certificate there\n", a)
	}
	return covered
}

// endLine warns of a certificate that has ended, or is about to.
func endLine(end, now time.Time) string {
	switch left := end.Sub(now); {
	case left <= 0:
		return "salver: warning: the certificate has ended on " + day(end) + ": browsers will refuse it\n"
	case left < 7*24*time.Hour:
		return "salver: warning: the certificate ends on " + day(end) + "\n"
	}
	return ""
}

// lanLines lists the URLs that others can type, and that of the CA where there is one.
// For a terminal there are QR codes of the first and of the CA's.
func lanLines(at place, addresses []netip.Addr, terminal, color bool) string {
	var b strings.Builder
	for _, a := range addresses {
		b.WriteString("  " + at.url(a.String()) + "\n")
	}
	first := addresses[0].String()
	if terminal {
		b.WriteString(drawQR(at.url(first), color))
	}
	if at.ca {
		b.WriteString("  " + at.caURL(first) + " (the CA, for phones to install)\n")
		if terminal {
			b.WriteString(drawQR(at.caURL(first), color))
		}
	}
	return b.String()
}
