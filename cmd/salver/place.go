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
)

// place is where something is served, and how it is addressed.
type place struct {
	addr  *net.TCPAddr
	https bool
	file  string // name of the single file, "" for a directory
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
	if strings.Contains(host, ":") {
		host = "[" + strings.Replace(host, "%", "%25", 1) + "]" // RFC 3986 §3.2.2, RFC 6874
	}
	return fmt.Sprintf("%s://%s:%d/%s", scheme, host, at.addr.Port, url.PathEscape(at.file))
}

// browserURL returns the URL for a browser on this machine.
func (at place) browserURL() string {
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

// announce writes the start-up lines.
func (p *process) announce(o options, at place, stdout *accesslog.Log, stderr io.Writer) {
	io.WriteString(stdout, at.startLine())
	// It is the first line also where both go to one place, unless that is stuck.
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	stdout.Flush(ctx)
	switch {
	case o.binding.loopbackOnly():
		io.WriteString(stderr, "salver: only this machine can reach it; --lan shares it on your network\n")
	case o.binding.lan:
		addresses := lanAddresses(machineAddresses(), routeAddress())
		if len(addresses) == 0 {
			io.WriteString(stderr, "salver: this machine has no address that others could reach\n")
			return
		}
		terminal := isTerminal(p.stdout)
		io.WriteString(stdout, lanLines(at, addresses, terminal, colors(terminal, p.getenv)))
	}
}

// lanLines lists the URLs that others can type, and for a terminal a QR code of
// the first.
func lanLines(at place, addresses []netip.Addr, terminal, color bool) string {
	var b strings.Builder
	for _, a := range addresses {
		b.WriteString("  " + at.url(a.String()) + "\n")
	}
	if terminal {
		b.WriteString(drawQR(at.url(addresses[0].String()), color))
	}
	return b.String()
}
