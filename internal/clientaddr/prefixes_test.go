package clientaddr

import (
	"net/netip"
	"testing"
)

func TestContains(t *testing.T) {
	for _, c := range []struct {
		prefix, addr string
		want         bool
	}{
		{"10.0.0.0/8", "10.255.0.1", true},
		{"10.0.0.0/8", "11.0.0.1", false},
		{"10.0.0.0/8", "::ffff:10.0.0.1", true},
		{"10.1.2.3/8", "10.9.9.9", true},
		{"::ffff:10.0.0.0/104", "10.0.0.1", true},
		{"::ffff:10.0.0.0/104", "::ffff:10.0.0.1", true},
		{"::ffff:10.0.0.0/104", "11.0.0.1", false},
		{"::ffff:0:0/96", "1.2.3.4", true},
		{"::ffff:0:0/96", "2001:db8::1", false},
		{"0.0.0.0/0", "2001:db8::1", false},
		{"::/0", "2001:db8::1", true},
		{"::/0", "10.0.0.1", false},
		{"fe80::/10", "fe80::1%eth0", true},
		{"192.0.2.1/32", "192.0.2.1", true},
		{"192.0.2.1/32", "192.0.2.2", false},
		{"0.0.0.0/0", "", false},
	} {
		if got := (Prefixes{netip.MustParsePrefix(c.prefix)}).Contains(addrOf(c.addr)); got != c.want {
			t.Errorf("%s contains %q: %v", c.prefix, c.addr, got)
		}
	}
	if (Prefixes{{}}).Contains(addrOf("10.0.0.1")) || Prefixes(nil).Contains(addrOf("10.0.0.1")) {
		t.Error("what holds nothing contains an address")
	}
}

func TestParsePrefix(t *testing.T) {
	for _, c := range []struct{ text, want, fault string }{
		{"10.0.0.0/8", "10.0.0.0/8", ""},
		{"192.0.2.1", "192.0.2.1/32", ""},
		{"2001:db8::1", "2001:db8::1/128", ""},
		{"::ffff:192.0.2.1", "192.0.2.1/32", ""},
		{"::ffff:10.0.0.0/104", "10.0.0.0/8", ""},
		{"::/0", "::/0", ""},
		{"", "", `"" is neither an address nor a prefix; type one as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32`},
		{"10.0.0/8", "", `"10.0.0/8" is neither an address nor a prefix; type one as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32`},
		{"example.org", "", `"example.org" is neither an address nor a prefix; type one as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32`},
		{"10.0.0.0/33", "", `"10.0.0.0/33" has "33" for a length; type a number from 0 to 32`},
		{"10.0.0.0/08", "", `"10.0.0.0/08" has "08" for a length; type a number from 0 to 32`},
		{"2001:db8::/", "", `"2001:db8::/" has "" for a length; type a number from 0 to 128`},
		{"192.168.1.5/24", "", `"192.168.1.5/24" has bits beyond its first 24; type 192.168.1.0/24, or 192.168.1.5 for the one address`},
		{"fe80::1%eth0", "", `"fe80::1%eth0" has a zone, which does not count here; type fe80::1`},
		{"fe80::%eth0/64", "", `"fe80::%eth0/64" has a zone, which does not count here; type fe80::/64`},
	} {
		got, err := ParsePrefix(c.text)
		switch {
		case c.fault != "":
			if err == nil || err.Error() != c.fault {
				t.Errorf("%q: %v, want %s", c.text, err, c.fault)
			}
		case err != nil || got != netip.MustParsePrefix(c.want):
			t.Errorf("%q: %v, %v, want %s", c.text, got, err, c.want)
		}
	}
}
