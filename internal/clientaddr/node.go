package clientaddr

import (
	"net/netip"
	"strings"
)

// parseNode reads the address of a node (RFC 7239 §6), with or without brackets and a port. An obfuscated
// identifier and "unknown" are no address. The result is not 4-in-6, and without a zone.
func parseNode(s string) (netip.Addr, bool) {
	switch {
	case s == "" || len(s) > len("[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255%]:65535")+maxZone:
		return netip.Addr{}, false
	case s[0] == '[':
		host, port, ok := strings.Cut(s[1:], "]")
		if !ok || !validPort(port) {
			return netip.Addr{}, false
		}
		addr, ok := parseAddr(host)
		return addr, ok && strings.IndexByte(host, ':') >= 0 // only IPv6 stands in brackets
	case strings.Count(s, ":") == 1:
		colon := strings.IndexByte(s, ':')
		if !validPort(s[colon:]) {
			return netip.Addr{}, false
		}
		s = s[:colon]
	}
	return parseAddr(s)
}

const maxZone = 32

// parseAddr reads an address without its zone, which means something to its sender only.
func parseAddr(s string) (netip.Addr, bool) {
	if s == "" || s[0] == '_' || s[0]|0x20 == 'u' { // are no address without the cost of an error
		return netip.Addr{}, false
	}
	if host, zone, ok := strings.Cut(s, "%"); ok {
		if zone == "" || strings.IndexByte(host, ':') < 0 {
			return netip.Addr{}, false
		}
		s = host
	}
	addr, err := netip.ParseAddr(s)
	return addr.Unmap(), err == nil
}

// validPort reports whether s is empty, or a colon and a port, which may be obfuscated (RFC 7239 §6.2).
func validPort(s string) bool {
	if s == "" {
		return true
	}
	if s[0] != ':' || len(s) == 1 {
		return false
	}
	if s = s[1:]; s[0] == '_' {
		return len(s) > 1 && strings.Trim(s, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-") == ""
	}
	return len(s) <= 5 && strings.Trim(s, "0123456789") == ""
}
