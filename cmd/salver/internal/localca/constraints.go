package localca

import (
	"net"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// permittedNames are the domains that an authority made on a machine called host may
// speak for, with all beneath them (RFC 5280 §4.2.1.10): none of them is anybody's on
// the internet, whatever becomes of the authority's key.
func permittedNames(host string) []string {
	names := []string{
		"localhost", // RFC 6761 §6.3
		"local",     // RFC 6762 §3
		"home.arpa", // RFC 8375
		"internal",  // reserved by ICANN in 2024
		"lan",       // what home routers use
		"test",      // RFC 6761 §6.2
	}
	for _, name := range HostNames(host) {
		if !public(name) && !coversName(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// public reports whether speaking for name and all beneath it would be speaking for
// others: a machine called dev must not get all of the domain dev.
func public(name string) bool {
	suffix, listed := publicsuffix.PublicSuffix(name)
	if !strings.Contains(name, ".") {
		return listed
	}
	site, err := publicsuffix.EffectiveTLDPlusOne(name)
	return err != nil || suffix == name || site == name
}

// ranges are the addresses that it may speak for: no two machines that have one of
// them need to be the same.
var ranges = []string{
	"127.0.0.0/8", "::1/128", // loopback
	"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", // private, RFC 1918
	"100.64.0.0/10",               // shared, RFC 6598; that of some overlay networks
	"fc00::/7",                    // unique local, RFC 4193
	"169.254.0.0/16", "fe80::/10", // link-local, RFC 3927, RFC 4291
}

func permittedRanges() []*net.IPNet {
	var all []*net.IPNet
	for _, r := range ranges {
		p := netip.MustParsePrefix(r)
		all = append(all, &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())})
	}
	return all
}

// LocalName reports whether every authority made on a machine called host covers name.
func LocalName(name, host string) bool {
	return coversName(permittedNames(host), name)
}

// LocalAddress reports whether every authority covers addr.
func LocalAddress(addr netip.Addr) bool { return coversAddress(permittedRanges(), addr) }

func coversName(permitted []string, name string) bool {
	name = strings.TrimPrefix(normal(name), "*.")
	return slices.ContainsFunc(permitted, func(p string) bool { return name == p || strings.HasSuffix(name, "."+p) })
}

func coversAddress(permitted []*net.IPNet, addr netip.Addr) bool {
	ip := net.IP(addr.Unmap().WithZone("").AsSlice())
	return slices.ContainsFunc(permitted, func(n *net.IPNet) bool { return n.Contains(ip) })
}

// HostNames returns the names of a machine called host: as it is called, without its
// domain, and that in mDNS (RFC 6762). There are none for what is no host name.
func HostNames(host string) []string {
	host = normal(host)
	first, _, _ := strings.Cut(host, ".")
	if !isHostName(host) || first == "localhost" {
		return nil
	}
	names := []string{host}
	for _, name := range []string{first, first + ".local"} {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func normal(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// isHostName reports whether name may stand in a certificate (RFC 1123 §2.1). An
// underscore, which some systems allow, is refused by browsers. So is an address.
func isHostName(name string) bool {
	if name == "" || len(name) > 253 {
		return false
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		if strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return true
}
