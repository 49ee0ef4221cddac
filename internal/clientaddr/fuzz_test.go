package clientaddr

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// node, addrText and the rest are RFC 7239 in another way: by expressions, over lists that are cut from the left.
var (
	portText  = `(?::(?:[0-9]{1,5}|_[0-9A-Za-z._-]+))?`
	bracketed = regexp.MustCompile(`^\[([^][%]*:[^][%]*)(?:%[^]]+)?\]` + portText + `$`)
	bare      = regexp.MustCompile(`^([^][:%]+)` + portText + `$|^([^][%]*:[^][%]*:[^][%]*)(?:%.+)?$`)
	pairText  = `(?:[^=,;"\s]+=(?:"(?:[^"\\]|\\.)*"|[^,;"\\\s]+))`
	wellForm  = regexp.MustCompile(`(?s)^[ \t]*` + pairText + `(?:[ \t]*;[ \t]*` + pairText + `)*[ \t]*(?:,|$)`)
	pair      = regexp.MustCompile(`(?s)([^=,;"\s]+)=(?:"((?:[^"\\]|\\.)*)"|([^,;"\\\s]+))`)
	quoted    = regexp.MustCompile(`(?s)\\(.)`)
)

// naiveNode is parseNode.
func naiveNode(s string) (netip.Addr, bool) {
	m := bracketed.FindStringSubmatch(s)
	if m == nil {
		if m = bare.FindStringSubmatch(s); m == nil {
			return netip.Addr{}, false
		}
		m[1] += m[2]
	}
	addr, err := netip.ParseAddr(m[1])
	return addr.Unmap(), err == nil
}

func naiveContains(trusted Prefixes, a netip.Addr) bool {
	return slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(a) })
}

// naiveFor is walkFor.
func naiveFor(peer netip.Addr, trusted Prefixes, list string) netip.Addr {
	known := []netip.Addr{peer}
	elements := strings.Split(list, ",")
	slices.Reverse(elements)
	for _, e := range elements {
		if e = strings.Trim(e, " \t"); e == "" {
			continue
		}
		addr, ok := naiveNode(e)
		if !ok {
			break
		}
		if known = append(known, addr); !naiveContains(trusted, addr) {
			break
		}
	}
	return known[len(known)-1]
}

// naiveForwarded is walkForwarded, of lists that are well formed from their beginning.
func naiveForwarded(peer netip.Addr, trusted Prefixes, list string) (client netip.Addr, security Security, wellFormed bool) {
	var elements []map[string][]string
	for list != "" {
		head := wellForm.FindString(list)
		if head == "" {
			return client, 0, false
		}
		list = list[len(head):]
		e := map[string][]string{}
		for _, m := range pair.FindAllStringSubmatch(head, -1) {
			name := strings.ToLower(m[1])
			e[name] = append(e[name], quoted.ReplaceAllString(m[2], "$1")+m[3])
		}
		elements = append(elements, e)
	}
	client = peer
	for _, e := range slices.Backward(elements) {
		if len(e["for"]) > 1 || len(e["proto"]) > 1 {
			return client, Unknown, true
		}
		security = map[string]Security{"http": Insecure, "https": Secure}[strings.ToLower(strings.Join(e["proto"], ""))]
		addr, ok := naiveNode(strings.Join(e["for"], ""))
		if !ok {
			return client, security, true
		}
		if client = addr; !naiveContains(trusted, addr) {
			break
		}
	}
	return client, security, true
}

// ascii reports whether s is what a field may hold, as far as the naive twins know it.
func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r != '\t' && (r < ' ' || r > '~') }) < 0
}

// FuzzOf compares with the naive twins, and holds that nothing which a client sends has a say about
// what the proxy adds at the right.
func FuzzOf(f *testing.F) {
	for _, s := range []string{
		"", "203.0.113.9", "1.1.1.1, 10.0.0.2", "[2001:db8::7]:80,10.0.0.2:1", "unknown", "fe80::1%e", "::ffff:1.2.3.4", ",,",
		`for=1.1.1.1`, `for="[2001:db8::7]:1";proto=https, for=10.0.0.2;proto=http`, `for=_x, for="10.0.0.1:_y"`, `for="\1.1.1.1"`,
		`for="`, `for="\`, `for=1.1.1.1;for=2.2.2.2`, `host="a,b\"c", for=10.0.0.2`, `proto=https`, `FOR=10.0.0.2 ; Proto=HTTP`,
	} {
		f.Add(s)
	}
	peer := addrOf("10.0.0.1")
	f.Fuzz(func(t *testing.T, s string) {
		if !ascii(s) || len(s) > 200 {
			return
		}
		if got, want := walkFor(peer, trusting, s), naiveFor(peer, trusting, s); got != want {
			t.Errorf("X-Forwarded-For %q: %v, want %v", s, got, want)
		}
		got, security := walkForwarded(peer, trusting, s)
		if want, wantSecurity, ok := naiveForwarded(peer, trusting, s); ok && (got != want || security != wantSecurity) {
			t.Errorf("Forwarded %q: %v, %d, want %v, %d", s, got, security, want, wantSecurity)
		}
		for _, tail := range []string{`for=203.0.113.9;proto=http`, `proto=http;for="203.0.113.9:80"`, `for="203.0.113.9";host="a\"b,";proto=http`} {
			for _, comma := range []string{", ", ","} {
				if got, security := Of(peer, trusting, s+comma+tail, "", ""); got != addrOf("203.0.113.9") || security != Insecure {
					t.Errorf("Forwarded %q: %v, %d", s+comma+tail, got, security)
				}
			}
		}
		if got, _ := Of(peer, trusting, "", s+", 203.0.113.9", ""); got != addrOf("203.0.113.9") {
			t.Errorf("X-Forwarded-For %q and the client: %v", s, got)
		}
		if both, _ := Of(peer, trusting, s, "203.0.113.9", ""); s != "" && both.IsValid() && both != addrOf("203.0.113.9") {
			t.Errorf("Forwarded %q beside another client: %v", s, both)
		}
	})
}
