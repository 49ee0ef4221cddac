package clientaddr

import (
	"net/netip"
	"testing"
)

// trusting is who the tests trust.
var trusting = prefixes("10.0.0.0/8", "127.0.0.1", "2001:db8:ffff::/48", "fe80::/10")

func prefixes(texts ...string) (all Prefixes) {
	for _, text := range texts {
		p, err := ParsePrefix(text)
		if err != nil {
			panic(err)
		}
		all = append(all, p)
	}
	return all
}

// addrOf is "" for the zero Addr.
func addrOf(text string) (addr netip.Addr) {
	if text != "" {
		addr = netip.MustParseAddr(text)
	}
	return addr
}

func TestOf(t *testing.T) {
	for _, c := range []struct {
		name                           string
		peer                           string
		forwarded, forwardedFor, proto string
		want                           string
		security                       Security
	}{
		// As they are written in the field.
		{"nginx, $proxy_add_x_forwarded_for", "127.0.0.1", "", "203.0.113.9", "https", "203.0.113.9", Secure},
		{"nginx, what the client sent comes first", "127.0.0.1", "", "1.1.1.1, 203.0.113.9", "http", "203.0.113.9", Insecure},
		{"nginx, by Forwarded", "127.0.0.1", `for=203.0.113.9;proto=https`, "", "", "203.0.113.9", Secure},
		{"HAProxy, option forwardfor", "10.0.0.2", "", "198.51.100.7", "", "198.51.100.7", Unknown},
		{"HAProxy, option forwarded", "10.0.0.2", `proto=http;for=198.51.100.7`, "", "", "198.51.100.7", Insecure},
		{"HAProxy, IPv6 with a port", "10.0.0.2", `proto=https;host="example.org";by="_haproxy:443";for="[2001:db8::7]:51234"`, "", "", "2001:db8::7", Secure},
		{"AWS ALB", "10.0.3.4", "", "203.0.113.9", "https", "203.0.113.9", Secure},
		{"AWS ALB, the client's port kept", "10.0.3.4", "", "203.0.113.9:40312", "https", "203.0.113.9", Secure},
		{"AWS ALB, IPv6 and port", "10.0.3.4", "", "[2001:db8::7]:40312", "https", "2001:db8::7", Secure},
		{"CloudFront before an ALB", "10.0.3.4", "", "203.0.113.9, 10.9.9.9", "https", "203.0.113.9", Secure},
		{"Cloudflare", "2001:db8:ffff::1", "", "2001:db8::7", "https", "2001:db8::7", Secure},
		{"Cloudflare, more of them", "10.0.0.1", "", "2001:db8::7,2001:db8:ffff::1", "https", "2001:db8::7", Secure},
		{"Envoy, a chain", "10.0.0.1", "", "203.0.113.9,10.1.1.1,10.2.2.2", "http", "203.0.113.9", Insecure},
		{"Azure, port", "10.0.0.1", "", "203.0.113.9:40312, 10.1.1.1:5", "https,http", "203.0.113.9", Insecure},
		{"two lines that were joined", "10.0.0.1", `for=1.1.1.1, for=203.0.113.9;proto=https, For="10.3.3.3:80";Proto=http`, "", "", "203.0.113.9", Secure},
		{"RFC 7239 §4", "10.0.0.1", `for=192.0.2.43, for="[2001:db8:cafe::17]"`, "", "", "2001:db8:cafe::17", Unknown},
		{"RFC 7239 §4, all parameters", "10.0.0.1", `for=192.0.2.60;proto=http;by=203.0.113.43`, "", "", "192.0.2.60", Insecure},

		// Who is not trusted says nothing.
		{"not trusted", "203.0.113.1", `for=1.1.1.1;proto=https`, "1.1.1.1", "https", "203.0.113.1", Unknown},
		{"nobody behind it", "10.0.0.1", "", "", "", "10.0.0.1", Unknown},
		{"only how it came", "10.0.0.1", "", "", "HTTPS", "10.0.0.1", Secure},
		{"a 4-in-6 peer", "::ffff:10.0.0.1", "", "::ffff:203.0.113.9", "", "203.0.113.9", Unknown},
		{"a 4-in-6 peer, not trusted", "::ffff:203.0.113.1", "", "1.1.1.1", "", "203.0.113.1", Unknown},
		{"a peer with a zone", "fe80::1%eth0", "", "fe80::2%eth1, 203.0.113.9, fe80::3%eth0", "", "203.0.113.9", Unknown},

		// All are trusted.
		{"leftmost", "10.0.0.1", "", "10.0.0.3, 10.0.0.2", "", "10.0.0.3", Unknown},
		{"leftmost by Forwarded", "10.0.0.1", "for=10.0.0.3;proto=https, for=10.0.0.2;proto=http", "", "", "10.0.0.3", Secure},
		{"empty elements", "10.0.0.1", "", ", 203.0.113.9,, 10.0.0.2 ,", "", "203.0.113.9", Unknown},
		{"nothing but commas", "10.0.0.1", " ,,", "", "", "10.0.0.1", Unknown},

		// What cannot be read ends the walk, and nothing that stands left of it counts.
		{"unknown", "10.0.0.1", "", "1.1.1.1, unknown, 10.0.0.2", "", "10.0.0.2", Unknown},
		{"unknown at once", "10.0.0.1", "for=1.1.1.1, for=unknown;proto=https", "", "", "10.0.0.1", Secure},
		{"obfuscated", "10.0.0.1", `for=1.1.1.1, for="_gazonk:80";proto=https, for=10.0.0.2;proto=http`, "", "", "10.0.0.2", Secure},
		{"no for", "10.0.0.1", "for=1.1.1.1, proto=https;by=10.0.0.1", "", "", "10.0.0.1", Secure},
		{"for twice", "10.0.0.1", "for=1.1.1.1;for=1.1.1.2;proto=https", "", "", "10.0.0.1", Unknown},
		{"proto twice", "10.0.0.1", "for=1.1.1.1;proto=http;proto=https", "", "", "10.0.0.1", Unknown},
		{"words", "10.0.0.1", "", "1.1.1.1, localhost", "", "10.0.0.1", Unknown},
		{"leading zeros", "10.0.0.1", "", "010.1.1.1", "", "10.0.0.1", Unknown},
		{"port too long", "10.0.0.1", "", "1.1.1.1:123456", "", "10.0.0.1", Unknown},
		{"port of letters", "10.0.0.1", "", "1.1.1.1:http", "", "10.0.0.1", Unknown},
		{"port missing", "10.0.0.1", "", "1.1.1.1:", "", "10.0.0.1", Unknown},
		{"port obfuscated", "10.0.0.1", `for="1.1.1.1:_p"`, "", "", "1.1.1.1", Unknown},
		{"bracket open", "10.0.0.1", "", "[2001:db8::1", "", "10.0.0.1", Unknown},
		{"IPv4 in brackets", "10.0.0.1", "", "[1.1.1.1]", "", "10.0.0.1", Unknown},
		{"after the bracket", "10.0.0.1", "", "[2001:db8::1]80", "", "10.0.0.1", Unknown},
		{"scheme unknown", "10.0.0.1", "for=1.1.1.1;proto=gopher", "", "", "1.1.1.1", Unknown},
		{"after the quoted string", "10.0.0.1", `for="1.1.1.1"x`, "", "", "10.0.0.1", Unknown},
		{"space for an equals sign", "10.0.0.1", `for 1.1.1.1`, "", "", "10.0.0.1", Unknown},
		{"not quoted, as some write it", "10.0.0.1", `for=[2001:db8::1]:80; proto=https`, "", "", "2001:db8::1", Secure},
		{"quoted pairs", "10.0.0.1", `for="1.1.1.1";host="a\"b, for=2.2.2.2;\\"`, "", "", "1.1.1.1", Unknown},

		// What the client leaves open does not swallow what the proxy adds.
		{"quotation mark left open", "10.0.0.1", `for=", for=203.0.113.9;proto=http`, "", "", "203.0.113.9", Insecure},
		{"and before another", "10.0.0.1", `for=", for="[2001:db8::7]:1"`, "", "", "2001:db8::7", Unknown},
		{"and escaped", "10.0.0.1", `for="\, for="[2001:db8::7]:1"`, "", "", "2001:db8::7", Unknown},

		// One of two fields is the client's own.
		{"both agree", "10.0.0.1", `for="203.0.113.9:1"`, "203.0.113.9", "https", "203.0.113.9", Secure},
		{"both agree, in full", "10.0.0.1", "for=203.0.113.9;proto=https", "203.0.113.9", "https", "203.0.113.9", Secure},
		{"both agree, but how it came", "10.0.0.1", "for=203.0.113.9;proto=https", "203.0.113.9", "http", "203.0.113.9", Unknown},
		{"Forwarded slipped past who writes the other", "10.0.0.1", "for=10.0.0.9;proto=https", "203.0.113.9", "http", "", Unknown},
		{"the other slipped past who writes Forwarded", "10.0.0.1", "for=203.0.113.9", "10.0.0.9", "https", "", Unknown},
		{"what is no Forwarded", "10.0.0.1", "x", "203.0.113.9", "", "", Unknown},
	} {
		got, security := Of(addrOf(c.peer), trusting, c.forwarded, c.forwardedFor, c.proto)
		if got != addrOf(c.want) || security != c.security {
			t.Errorf("%s: %v, %d, want %q, %d", c.name, got, security, c.want, c.security)
		}
	}
}

// TestAllocs: what proxies write costs nothing but time.
func TestAllocs(t *testing.T) {
	for _, c := range [][4]string{
		{"203.0.113.9", "for=1.1.1.1", "1.1.1.1", "https"},
		{"10.0.0.1", "", "1.1.1.1, 203.0.113.9, 10.0.0.2", "https"},
		{"::ffff:10.0.0.1", "", "[2001:db8::7]:40312", "https"},
		{"10.0.0.1", "", "fe80::1%eth0", "http"},
		{"10.0.0.1", "", "unknown", "http"},
		{"10.0.0.1", `for=1.1.1.1, for="[2001:db8::7]:1";proto=https;host="example.org", for="10.0.0.2:80";proto=http`, "", ""},
		{"10.0.0.1", `for=_hidden;proto=https`, "", ""},
		{"10.0.0.1", `for=1.1.1.1;proto=https`, "1.1.1.1", "https"},
	} {
		peer := addrOf(c[0])
		if n := testing.AllocsPerRun(100, func() { Of(peer, trusting, c[1], c[2], c[3]) }); n != 0 {
			t.Errorf("%q: %v allocations", c, n)
		}
	}
}

func BenchmarkOf(b *testing.B) {
	peer := addrOf("10.0.0.1")
	for name, c := range map[string][3]string{
		"for":       {"", "203.0.113.9, 10.0.0.2", "https"},
		"forwarded": {`for="[2001:db8::7]:1";proto=https, for=10.0.0.2;proto=http`, "", ""},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Of(peer, trusting, c[0], c[1], c[2])
			}
		})
	}
}
