package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/pires/go-proxyproto"

	"github.com/salver-http/salver"
)

// Limits of PROXY headers. A proxy sends one at once.
const (
	proxyPatience = 5 * time.Second
	proxyPending  = 1024 // connections whose header is waited for at once
)

// proxyListener takes connections from trusted proxies, which begin with who the client is, and no other.
type proxyListener struct {
	net.Listener
	trusted func() []netip.Prefix
	refused func(from net.Addr, why error)

	conns  chan accepted
	places chan struct{}
	closed chan struct{}
	once   sync.Once
}

type accepted struct {
	net.Conn
	err error
}

// behindProxies returns the listeners with --proxy-protocol in front.
func behindProxies(listeners []net.Listener, now *current, log io.Writer) []net.Listener {
	if !now.Load().proxies {
		return listeners
	}
	var mu sync.Mutex
	var last time.Time
	report := func(from net.Addr, why error) {
		mu.Lock()
		defer mu.Unlock()
		if now := time.Now(); now.Sub(last) >= repeatAfter {
			last = now
			fmt.Fprintf(log, "salver: error: a connection from %v was refused: %v\n", from, why)
		}
	}
	var all []net.Listener
	for _, ln := range listeners {
		all = append(all, newProxyListener(ln, func() []netip.Prefix { return now.Load().config.TrustedProxies }, report))
	}
	return all
}

func newProxyListener(ln net.Listener, trusted func() []netip.Prefix, refused func(net.Addr, error)) *proxyListener {
	l := &proxyListener{
		Listener: ln, trusted: trusted, refused: refused,
		conns: make(chan accepted), places: make(chan struct{}, proxyPending), closed: make(chan struct{}),
	}
	go l.run()
	return l
}

var (
	errNotTrusted = errors.New("it is no --trusted-proxy")
	errNoHeader   = errors.New("it sent no PROXY header")
	errNoClient   = errors.New("its PROXY header names no address of a client")
)

// unknownClient stands for one that the proxy relays and has no address of. It is not the proxy: what it says of
// itself is not believed.
var unknownClient = &net.TCPAddr{IP: net.IPv4zero}

// run accepts connections until the listener is closed.
func (l *proxyListener) run() {
	for {
		c, err := l.Listener.Accept()
		switch {
		case err != nil:
			if !l.hand(accepted{err: err}) || errors.Is(err, net.ErrClosed) {
				return
			}
		case !l.trusts(c.RemoteAddr()):
			l.refused(c.RemoteAddr(), errNotTrusted)
			c.Close()
		default:
			l.places <- struct{}{}
			go func() {
				defer func() { <-l.places }()
				l.begin(c)
			}()
		}
	}
}

// hand gives something to Accept, and tells whether there is anybody to take it.
func (l *proxyListener) hand(a accepted) bool {
	select {
	case l.conns <- a:
		return true
	case <-l.closed:
		return false
	}
}

// begin reads the header of a connection.
func (l *proxyListener) begin(c net.Conn) {
	c.SetReadDeadline(time.Now().Add(proxyPatience))
	header, err := readProxyHeader(c)
	if err != nil {
		l.refused(c.RemoteAddr(), err)
		c.Close()
		return
	}
	c.SetReadDeadline(time.Time{})
	if !header.Command.IsLocal() {
		var client net.Addr
		switch a := header.SourceAddr.(type) {
		case *net.TCPAddr:
			client = a
		case *net.UDPAddr: // of HTTP/3
			client = &net.TCPAddr{IP: a.IP, Port: a.Port}
		}
		tcp, plain := c.(*net.TCPConn)
		if client == nil || !plain { // it is not the proxy that asks
			l.refused(c.RemoteAddr(), errNoClient)
			c.Close()
			return
		}
		c = salver.Relayed(tcp, client)
	}
	if !l.hand(accepted{Conn: c}) {
		c.Close()
	}
}

func (l *proxyListener) trusts(addr net.Addr) bool {
	a, err := netip.ParseAddrPort(addr.String())
	return err == nil && slices.ContainsFunc(l.trusted(), func(p netip.Prefix) bool { return p.Contains(a.Addr().Unmap().WithZone("")) })
}

func (l *proxyListener) Accept() (net.Conn, error) {
	select {
	case a := <-l.conns:
		return a.Conn, a.err
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *proxyListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// readProxyHeader reads a header and not a byte more: what follows is for the lanes.
func readProxyHeader(r io.Reader) (*proxyproto.Header, error) {
	const (
		longestLine = 107 // of version 1
		prefix      = 16  // of version 2, in which the length is the last two
		longestRest = 4 << 10
	)
	b := make([]byte, len(proxyproto.SIGV2), longestLine)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, errNoHeader
	}
	switch {
	case bytes.Equal(b, proxyproto.SIGV2):
		b = append(b, make([]byte, prefix-len(b))...)
		if _, err := io.ReadFull(r, b[len(proxyproto.SIGV2):]); err != nil {
			return nil, errNoHeader
		}
		rest := int(b[prefix-2])<<8 | int(b[prefix-1])
		if rest > longestRest {
			return nil, errors.New("its PROXY header is too long")
		}
		b = append(b, make([]byte, rest)...)
		if _, err := io.ReadFull(r, b[prefix:]); err != nil {
			return nil, errNoHeader
		}
		if b[prefix-4] == byte(proxyproto.PROXY) && b[prefix-3] == 0 { // UNSPEC, which the library does not read
			return &proxyproto.Header{Version: 2, Command: proxyproto.PROXY, SourceAddr: unknownClient}, nil
		}
	case bytes.HasPrefix(b, proxyproto.SIGV1):
		for b[len(b)-1] != '\n' {
			if len(b) == longestLine {
				return nil, errors.New("its PROXY header is too long")
			}
			b = b[:len(b)+1]
			if _, err := io.ReadFull(r, b[len(b)-1:]); err != nil {
				return nil, errNoHeader
			}
		}
	default:
		return nil, errNoHeader
	}
	header, err := proxyproto.Read(bufio.NewReaderSize(bytes.NewReader(b), len(b)))
	if err != nil {
		return nil, errors.New("its PROXY header is not valid")
	}
	if header.Version == 1 && header.Command.IsLocal() { // UNKNOWN: that version has no LOCAL
		header.Command, header.SourceAddr = proxyproto.PROXY, unknownClient
	}
	return header, nil
}
