package plan

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// Hosts are the names that a server answers for. It is immutable.
type Hosts struct {
	names    map[string]bool
	suffixes []string // with the leading dot
	none     bool     // not even addresses
}

// NewHosts makes Hosts of names, where "*.example.org" stands for every name below
// example.org. It returns nil when there are none.
func NewHosts(names []string) (*Hosts, error) {
	if len(names) == 0 {
		return nil, nil
	}
	h := &Hosts{names: make(map[string]bool)}
	var errs []error
	for _, n := range names {
		name, wild, err := ParseHost(n)
		switch {
		case err != nil:
			errs = append(errs, err)
		case wild:
			h.suffixes = append(h.suffixes, name)
		default:
			h.names[name] = true
		}
	}
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	return h, nil
}

// ParseHost reads a name of a host; with "*" in front wild is set, and name begins with the dot.
func ParseHost(s string) (name string, wild bool, err error) {
	name, wild = strings.CutPrefix(strings.ToLower(strings.TrimSuffix(s, ".")), "*")
	bare := strings.TrimPrefix(name, ".")
	if strings.ContainsFunc(bare, func(r rune) bool { return r > '~' }) {
		return "", false, fmt.Errorf("%q is not ASCII: browsers ask for such names in the form xn--…", s)
	}
	if bare == "" || strings.ContainsAny(bare, "*:/@ []\t") || wild && bare == name {
		return "", false, fmt.Errorf("%q is not a host name without a port", s)
	}
	return name, wild, nil
}

// NoHosts are none at all.
func NoHosts() *Hosts { return &Hosts{none: true} }

// Allow reports whether a Host field (RFC 9110 §7.2) names this server. An IP
// address always does: DNS rebinding needs a name. So does an empty field, which
// browsers do not send.
func (h *Hosts) Allow(host string) bool {
	if h.none {
		return false
	}
	name := HostName(host)
	if name == "" || h.names[name] {
		return true
	}
	for _, s := range h.suffixes {
		if strings.HasSuffix(name, s) && len(name) > len(s) {
			return true
		}
	}
	if inner, ok := strings.CutPrefix(name, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		a, err := netip.ParseAddr(inner)
		return ok && err == nil && a.Is6()
	}
	a, err := netip.ParseAddr(name)
	return err == nil && a.Is4()
}

// portOf is the port in a Host field, "" for none.
func portOf(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		return host[i+1:]
	}
	return ""
}

// HostName is the name, in lower case, of a Host field, without a port and the dot at its end.
func HostName(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}
