package clientaddr

import (
	"fmt"
	"net/netip"
	"strings"
)

// Prefixes is a set of addresses. Those in it may be 4-in-6, and have bits beyond their length.
type Prefixes []netip.Prefix

// Contains reports whether addr is in one of the prefixes. Its zone does not count, and a 4-in-6
// address is the IPv4 address in it. The zero Addr is in none.
func (p Prefixes) Contains(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	if !addr.IsValid() {
		return false
	}
	for _, prefix := range p {
		if prefix.Contains(addr) || prefix.Addr().Is4In6() && prefix.Contains(netip.AddrFrom16(addr.As16())) {
			return true
		}
	}
	return false
}

// ParsePrefix reads addresses in CIDR notation (RFC 4632 §3.1, RFC 4291 §2.3), or one address.
func ParsePrefix(text string) (netip.Prefix, error) {
	host, length, isPrefix := strings.Cut(text, "/")
	addr, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return netip.Prefix{}, fmt.Errorf("%q is neither an address nor a prefix; type one as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32", text)
	case addr.Zone() != "":
		return netip.Prefix{}, fmt.Errorf("%q has a zone, which does not count here; type %s", text, strings.Replace(text, "%"+addr.Zone(), "", 1))
	case !isPrefix:
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q has %q for a length; type a number from 0 to %d", text, length, addr.BitLen())
	}
	if masked := prefix.Masked(); masked != prefix {
		return netip.Prefix{}, fmt.Errorf("%q has bits beyond its first %d; type %s, or %s for the one address", text, prefix.Bits(), masked, addr)
	}
	if addr.Is4In6() && prefix.Bits() >= 96 {
		return netip.PrefixFrom(addr.Unmap(), prefix.Bits()-96), nil
	}
	return prefix, nil
}
