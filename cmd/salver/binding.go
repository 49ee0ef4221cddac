package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// lastPort is the last one that is tried when no port was asked for.
const lastPort = 8099

// binding says where to listen.
type binding struct {
	host  string // "" for the default: this machine alone
	lan   bool   // every interface
	port  int    // 0 for any
	asked bool   // whether the port was typed, and no other will do
	flag  string // what it was typed after, "" for the last argument
}

// loopbackOnly tells whether b is the default binding.
func (b binding) loopbackOnly() bool { return b.host == "" && !b.lan }

// listen opens the listeners. When no port was asked for and the default one is
// taken, it is the next that is free.
func (b binding) listen() ([]net.Listener, error) {
	for port := b.port; ; port++ {
		lns, err := b.listenAt(port)
		if err == nil || b.asked || port >= lastPort || !isTaken(err) {
			return lns, err
		}
	}
}

// listenAt opens the listeners at one port.
func (b binding) listenAt(port int) ([]net.Listener, error) {
	if b.loopbackOnly() {
		return listenLoopback(port)
	}
	// Go listens for both families at "tcp" with no host or with ::, so the IPv4
	// wildcard has to be asked for by its family.
	network := "tcp"
	if addr, err := netip.ParseAddr(b.host); err == nil && addr.Is4() {
		network = "tcp4"
	}
	ln, err := listenTCP(network, net.JoinHostPort(b.host, strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	return []net.Listener{ln}, nil
}

// listenLoopback opens 127.0.0.1 and, when the machine has it, ::1 at the same
// port, so that localhost works whichever way it resolves.
func listenLoopback(port int) ([]net.Listener, error) {
	const attempts = 16 // at finding a port that is free in both families
	for i := 1; ; i++ {
		v4, err := listenTCP("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			return nil, err
		}
		v6, err := listenTCP("tcp6", net.JoinHostPort("::1", strconv.Itoa(portOf(v4))))
		switch {
		case err == nil:
			return []net.Listener{v4, v6}, nil
		case !isTaken(err):
			return []net.Listener{v4}, nil
		}
		v4.Close()
		if port != 0 || i == attempts {
			return nil, err
		}
	}
}

// listenTCP listens as salver.Server does: without TCP's own probes of idle connections,
// which are closed long before, and without multipath TCP, which costs more.
func listenTCP(network, address string) (net.Listener, error) {
	c := net.ListenConfig{KeepAlive: -1}
	c.SetMultipathTCP(false)
	return c.Listen(context.Background(), network, address)
}

func portOf(ln net.Listener) int { return ln.Addr().(*net.TCPAddr).Port }

// The numbers are those of Winsock, which the syscall package does not map.
func isTaken(err error) bool {
	return errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, syscall.Errno(10048))
}

func isForeign(err error) bool {
	return errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.Errno(10049))
}

func isPrivileged(err error) bool {
	return errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.Errno(10013))
}

// machine answers what a fault of listening says of the machine.
type machine struct {
	holder    func(port int) string // who listens there, "" if unknown
	free      func(port int) bool
	addresses func() []string
}

// listenFault puts an error of listening in words. root is what was to be served.
func listenFault(err error, b binding, root string, m machine) *fault {
	where := b.host
	switch {
	case b.lan:
		where = "every interface"
	case where == "":
		where = "127.0.0.1"
	}
	if op := new(net.OpError); errors.As(err, &op) && op.Addr != nil && b.loopbackOnly() {
		if addr, ok := op.Addr.(*net.TCPAddr); ok {
			where = addr.IP.String()
		}
	}
	var dns *net.DNSError
	switch {
	case isTaken(err) && !b.asked:
		return failure(fmt.Sprintf("ports %d to %d on %s are taken", b.port, lastPort, where),
			"try "+b.retyped(root, 0)+" for any free port")
	case isTaken(err):
		var hints []string
		if who := m.holder(b.port); who != "" {
			hints = append(hints, who+" listens there")
		}
		for port := b.port + 1; port <= min(b.port+100, 65535); port++ {
			if m.free(port) {
				hints = append(hints, "try "+b.retyped(root, port))
				break
			}
		}
		return failure(fmt.Sprintf("port %d on %s is taken", b.port, where), hints...)
	case isPrivileged(err):
		return failure(fmt.Sprintf("port %d on %s is kept for privileged users", b.port, where),
			"try "+b.retyped(root, 8080))
	case isForeign(err):
		return failure(printable(where)+" is not an address of this machine",
			"it has "+strings.Join(m.addresses(), ", "))
	case errors.As(err, &dns):
		return failure(printable(where)+" is not an address of this machine: "+dns.Err,
			"it has "+strings.Join(m.addresses(), ", "))
	}
	if op := new(net.OpError); errors.As(err, &op) {
		err = op.Err
	}
	return failure(fmt.Sprintf("cannot listen on %s port %d: %v", printable(where), b.port, err))
}

// retyped returns the command line to type for another port. The flags are left
// to the person.
func (b binding) retyped(root string, port int) string {
	if b.flag != "" {
		return b.flag + " " + strconv.Itoa(port)
	}
	words := []string{"salver", strconv.Itoa(port)}
	if root != "." {
		words = slices.Insert(words, 1, printable(root))
	}
	return strings.Join(words, " ")
}
