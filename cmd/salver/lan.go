package main

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
)

// machineAddresses returns the addresses of the interfaces that are up, less
// the link-local ones of IPv6, which nobody types.
func machineAddresses() []netip.Addr {
	var all []netip.Addr
	interfaces, _ := net.Interfaces()
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 {
			continue
		}
		addrs, _ := i.Addrs()
		for _, a := range addrs {
			prefix, err := netip.ParsePrefix(a.String())
			if err != nil {
				continue
			}
			if addr := prefix.Addr().Unmap(); !addr.Is6() || !addr.IsLinkLocalUnicast() {
				all = append(all, addr)
			}
		}
	}
	return all
}

// lanAddresses returns those of all that others can reach, the best first:
// the one from which the default route starts, then IPv4 before IPv6, then
// private before public ones.
func lanAddresses(all []netip.Addr, route netip.Addr) []netip.Addr {
	var reachable []netip.Addr
	for _, a := range all {
		if !a.IsLoopback() && !slices.Contains(reachable, a) {
			reachable = append(reachable, a)
		}
	}
	rank := func(a netip.Addr) int {
		switch {
		case a == route:
			return 0
		case a.Is4() && a.IsPrivate():
			return 1
		case a.Is4() && !a.IsLinkLocalUnicast():
			return 2
		case a.Is6() && a.IsPrivate():
			return 3
		case a.Is6():
			return 4
		}
		return 5
	}
	slices.SortStableFunc(reachable, func(a, b netip.Addr) int { return cmp.Compare(rank(a), rank(b)) })
	return reachable
}

// routeAddress returns the address that connections to elsewhere start from, the
// zero Addr if there is none. Connecting a UDP socket sends nothing.
func routeAddress() netip.Addr {
	c, err := net.Dial("udp4", "192.0.2.1:9") // RFC 5737: belongs to nobody
	if err != nil {
		return netip.Addr{}
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
}
