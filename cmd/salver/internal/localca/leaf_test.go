package localca

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestLeaf(t *testing.T) {
	a := open(t, "attic")
	now := time.Now()
	l, err := a.Serve([]string{"localhost", "attic", "Attic.local", "attic", "example.com"}, func() []netip.Addr {
		return addrs("127.0.0.1 ::1 192.168.1.7 192.168.1.7 fe80::1%eth0 ::ffff:10.0.0.1 203.0.113.5")
	}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	first, err := l.GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"localhost", "attic", "attic.local", "127.0.0.1", "::1", "192.168.1.7", "10.0.0.1", "fe80::1"} {
		if err := verify(a, first, host); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	for _, host := range []string{"example.com", "203.0.113.5", "192.168.1.8", "other.local"} {
		if verify(a, first, host) == nil {
			t.Errorf("it is for %s, too", host)
		}
	}
	if days := first.Leaf.NotAfter.Sub(first.Leaf.NotBefore).Hours() / 24; days > 397 {
		t.Errorf("it is good for %g days", days)
	}
	if first.Leaf.IsCA || len(first.Leaf.DNSNames) != 3 || len(first.Leaf.IPAddresses) != 5 {
		t.Errorf("it is for %v and %v", first.Leaf.DNSNames, first.Leaf.IPAddresses)
	}
}

func TestRename(t *testing.T) {
	a := open(t, "attic")
	l, err := a.Serve([]string{"localhost", "one.local", "*.localhost"}, func() []netip.Addr { return nil }, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Rename([]string{"localhost", "two.local"}); err != nil {
		t.Fatal(err)
	}
	c, err := l.GetCertificate(&tls.ClientHelloInfo{ServerName: "a.localhost"})
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]bool{"localhost": true, "two.local": true, "one.local": false, "a.localhost": false} {
		if err := verify(a, c, host); (err == nil) != want {
			t.Errorf("%s: %v", host, err)
		}
	}
	if err := l.Rename(nil); err == nil {
		t.Error("a certificate has no name")
	}
	if c, err = l.GetCertificate(nil); err != nil || verify(a, c, "two.local") != nil {
		t.Errorf("it did not stay as it was: %v", err)
	}
}

// TestRenewal lets ten years go by.
func TestRenewal(t *testing.T) {
	a := open(t, "attic")
	now := time.Now()
	l, err := a.Serve([]string{"localhost"}, func() []netip.Addr { return nil }, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	renewed := 0
	var last *tls.Certificate
	for ; now.Before(a.cert.NotAfter); now = now.Add(8 * time.Hour) {
		c, err := l.GetCertificate(nil)
		if err != nil {
			t.Fatal(err)
		}
		if now.After(c.Leaf.NotAfter) || now.Before(c.Leaf.NotBefore) || c.Leaf.NotAfter.After(a.cert.NotAfter) {
			t.Fatalf("on %v it is one from %v to %v", now, c.Leaf.NotBefore, c.Leaf.NotAfter)
		}
		if left := c.Leaf.NotAfter.Sub(now); left < renewBefore && !c.Leaf.NotAfter.Equal(a.cert.NotAfter) {
			t.Fatalf("it was let come within %v of its end", left)
		}
		if last == nil || !bytes.Equal(c.Certificate[0], last.Certificate[0]) {
			renewed++
		}
		last = c
	}
	if renewed < 150 || renewed > 200 {
		t.Errorf("%d certificates in ten years", renewed)
	}
	if c, err := l.GetCertificate(nil); err == nil {
		t.Errorf("after the end of the authority it is one until %v", c.Leaf.NotAfter)
	}
	if err := l.Reload(); err == nil {
		t.Error("an authority that has ended signs")
	}
}

// TestBeneath: names that are covered by a suffix, each with a certificate of its own.
func TestBeneath(t *testing.T) {
	a := open(t, "attic")
	now := time.Now()
	l, err := a.Serve([]string{"localhost", "*.localhost", "*.example.com"}, func() []netip.Addr { return nil }, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	get := func(name string) *tls.Certificate {
		t.Helper()
		c, err := l.GetCertificate(&tls.ClientHelloInfo{ServerName: name})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for name, want := range map[string]bool{
		"localhost": true, "app.localhost": true, "a.b.localhost": true, "App.Localhost": true,
		"a.example.com": false, "localhost.example.com": false, "-a.localhost": false, "": false,
	} {
		if c := get(name); (verify(a, c, strings.ToLower(name)) == nil) != want && name != "" {
			t.Errorf("%s: it is for %v, want %v", name, c.Leaf.DNSNames, want)
		}
	}
	one := get("app.localhost")
	if get("app.localhost") != one {
		t.Error("it is made anew each time")
	}
	for i := range 10 * maxBeneath {
		get(fmt.Sprint("n", i, ".localhost"))
	}
	if n := len(l.beneath); n > maxBeneath {
		t.Errorf("%d are kept", n)
	}
	one = get("app.localhost")
	now = now.Add(leafLifetime - renewBefore)
	if get("app.localhost") == one {
		t.Error("it is not renewed")
	}
}

// reached is a connection to an address of this machine.
type reached struct {
	net.Conn
	at string
}

func (r reached) LocalAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(r.at), 443))
}

// TestMoved: the machine comes into another network while it serves.
func TestMoved(t *testing.T) {
	a := open(t, "attic")
	now, has, looks := time.Now(), "127.0.0.1 192.168.1.7", 0
	l, err := a.Serve([]string{"localhost"}, func() []netip.Addr {
		looks++
		return addrs(has)
	}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	covers := func(at, host string, want bool) {
		t.Helper()
		c, err := l.GetCertificate(&tls.ClientHelloInfo{Conn: reached{at: at}})
		if err != nil || (verify(a, c, host) == nil) != want {
			t.Errorf("reached at %s, covers %s: want %v, %v", at, host, want, err)
		}
	}
	covers("192.168.1.7", "192.168.1.7", true)
	has = "127.0.0.1 10.0.0.5"
	covers("::ffff:10.0.0.5", "10.0.0.5", true)
	covers("10.0.0.5", "192.168.1.7", false)
	looks = 0
	for range 100 {
		covers("127.0.0.2", "127.0.0.2", false) // no interface has it
	}
	if looks > 1 {
		t.Errorf("%d looks within a second", looks)
	}
	before, _ := l.GetCertificate(nil)
	now = now.Add(lookEvery)
	for _, at := range []string{"127.0.0.2", "::", "10.0.0.5"} {
		if c, _ := l.GetCertificate(&tls.ClientHelloInfo{Conn: reached{at: at}}); c != before {
			t.Errorf("reached at %s it is made anew, and nothing has changed", at)
		}
		now = now.Add(lookEvery)
	}
	has += " 10.0.0.6"
	covers("::", "10.0.0.6", true) // it was not told at which
	now = now.Add(lookEvery)
	has += " 127.0.0.2"
	covers("127.0.0.2", "127.0.0.2", true)
	covers("203.0.113.5", "203.0.113.5", false)
}
