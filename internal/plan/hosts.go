package plan

import (
	"fmt"
	"net/netip"
	"strings"
)

// Hosts are the names that a server answers for. It is immutable.
type Hosts struct {
	names    map[string]bool
	suffixes []string // with the leading dot
}

// NewHosts makes Hosts of names, where "*.example.org" stands for every name below
// example.org. It returns nil when there are none.
func NewHosts(names []string) (*Hosts, error) {
	if len(names) == 0 {
		return nil, nil
	}
	h := &Hosts{names: make(map[string]bool)}
	for _, n := range names {
		suffix, wild := strings.CutPrefix(strings.ToLower(strings.TrimSuffix(n, ".")), "*")
		bare := strings.TrimPrefix(suffix, ".")
		if bare == "" || strings.ContainsAny(bare, "*:/@ []\t") || wild && bare == suffix {
			return nil, fmt.Errorf("%q is not a host name without a port", n)
		}
		if wild {
			h.suffixes = append(h.suffixes, suffix)
		} else {
			h.names[suffix] = true
		}
	}
	return h, nil
}

// Allow reports whether a Host field (RFC 9110 §7.2) names this server. An IP
// address always does: DNS rebinding needs a name. So does an empty field, which
// browsers do not send.
func (h *Hosts) Allow(host string) bool {
	name := host
	if i := strings.LastIndexByte(name, ':'); i >= 0 && !strings.HasSuffix(name, "]") {
		name = name[:i]
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
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
