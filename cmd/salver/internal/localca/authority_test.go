package localca

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// open makes an authority in a directory of its own.
func open(t testing.TB, host string) *Authority {
	t.Helper()
	a, err := Open(filepath.Join(t.TempDir(), "config", "salver"), host, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func addrs(list string) (all []netip.Addr) {
	for s := range strings.FieldsSeq(list) {
		all = append(all, netip.MustParseAddr(s))
	}
	return all
}

// verify asks Go whether the authority speaks for a host by that certificate.
func verify(a *Authority, c *tls.Certificate, host string) error {
	roots := x509.NewCertPool()
	roots.AddCert(a.cert)
	_, err := c.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: host})
	return err
}

func TestFiles(t *testing.T) {
	a := open(t, "Attic.home.arpa")
	if _, err := a.ShowCert(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(a.dir, "other", time.Now())
	if err != nil || !bytes.Equal(a.DER(), again.DER()) {
		t.Errorf("a second start has another authority, %v", err)
	}
	if runtime.GOOS != "windows" {
		for name, want := range map[string]fs.FileMode{a.dir: 0o700, KeyFile(a.dir): 0o600, CertFile(a.dir): 0o644} {
			if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s has mode %v, want %v, %v", name, info.Mode(), want, err)
			}
		}
	}
	text, err := os.ReadFile(CertFile(a.dir))
	if err != nil || bytes.Contains(text, []byte("PRIVATE")) || !bytes.Equal(text, a.PEM()) {
		t.Errorf("the certificate is %q, %v", text, err)
	}
	if err := os.WriteFile(CertFile(a.dir), []byte("damaged"), 0o644); err != nil {
		t.Fatal(err)
	}
	if name, err := again.ShowCert(); err != nil || name != CertFile(a.dir) {
		t.Errorf("%s, %v", name, err)
	}
	if text, _ := os.ReadFile(CertFile(a.dir)); !bytes.Equal(text, a.PEM()) {
		t.Errorf("a damaged certificate stays %q", text)
	}
	entries, _ := os.ReadDir(a.dir)
	if len(entries) != 2 {
		t.Errorf("there are %v", entries)
	}
	if c, err := a.issue([]string{"localhost"}, nil, time.Now()); err != nil || Trusted(c) {
		t.Error("the system believes it without being told to")
	}
	if n := len(a.Fingerprint()); n != 95 {
		t.Errorf("a fingerprint of %d characters", n)
	}
}

// TestTogether starts many processes at once, as far as they are told apart here.
func TestTogether(t *testing.T) {
	dir := t.TempDir()
	var all sync.Map
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			a, err := Open(dir, "attic", time.Now())
			if err != nil {
				t.Error(err)
				return
			}
			all.Store(a.Fingerprint(), true)
		})
	}
	group.Wait()
	n := 0
	all.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("there are %d authorities", n)
	}
}

func TestFaults(t *testing.T) {
	good := open(t, "attic")
	text, err := os.ReadFile(KeyFile(good.dir))
	if err != nil {
		t.Fatal(err)
	}
	other, err := generate("attic", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	key, cert := pem.Decode(text)
	_, otherCert := pem.Decode(other)
	leaf, err := good.issue([]string{"localhost"}, nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	leafPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Certificate[0]})
	leafKey, err := x509.MarshalPKCS8PrivateKey(leaf.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	year := 365 * 24 * time.Hour
	for name, c := range map[string]struct {
		text         []byte
		mode         fs.FileMode
		later        time.Duration
		want, remedy string
	}{
		"empty":     {nil, 0o600, 0, "damaged: there is no certificate in it", " "},
		"cut":       {text[:len(text)/2], 0o600, 0, "damaged: there is no certificate in it", " "},
		"no key":    {cert, 0o600, 0, "damaged: there is no private key in it", " "},
		"other key": {append(pem.EncodeToMemory(key), otherCert...), 0o600, 0, "damaged: its private key is that of another certificate", " "},
		"no ca":     {append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: leafKey}), leafPEM...), 0o600, 0, "damaged: it is not one that is for local names only", " "},
		"garbled":   {bytes.Replace(text, []byte("BEGIN CERTIFICATE-----\nM"), []byte("BEGIN CERTIFICATE-----\nA"), 1), 0o600, 0, "damaged: its certificate cannot be read", " "},
		"ended":     {text, 0o600, 11 * year, "has ended on ", " "},
		"not begun": {text, 0o600, -year, "begins on ", "set the clock"},
		"open":      {text, 0o644, 0, "others may use the private key of the local CA (mode 0644)", "chmod 600 "},
	} {
		t.Run(name, func(t *testing.T) {
			if c.mode != 0o600 && runtime.GOOS == "windows" {
				t.Skip("there are no such modes there")
			}
			dir := filepath.Join(t.TempDir(), "Application Support")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(KeyFile(dir), c.text, c.mode); err != nil {
				t.Fatal(err)
			}
			_, err := Open(dir, "attic", time.Now().Add(c.later))
			f, ok := errors.AsType[*Fault](err)
			if !ok || !strings.Contains(f.Reason, c.want) || !strings.Contains(f.Remedy, c.remedy) || f.File != KeyFile(dir) {
				t.Errorf("got %+v, %v", f, err)
			}
			if names := strings.Contains(f.Remedy, `"`+KeyFile(dir)+`"`); names != strings.HasSuffix(c.remedy, " ") {
				t.Errorf("%s can't be typed", f.Remedy)
			}
			if after, _ := os.ReadFile(KeyFile(dir)); !bytes.Equal(after, c.text) {
				t.Error("it was changed")
			}
		})
	}
	if _, err := Load(t.TempDir(), time.Now()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("where there is none: %v", err)
	}
}

// TestConstraints signs what the authority would not, and holds that verifiers refuse
// it: the key is good for nothing else, whoever has it.
func TestConstraints(t *testing.T) {
	a := open(t, "attic.corp.example.com")
	names := map[string]bool{
		"localhost": true, "app.localhost": true, "attic.local": true, "nas.home.arpa": true, "db.internal": true, "pi.lan": true,
		"attic": true, "attic.corp.example.com": true, "a.attic.corp.example.com": true,
		"example.com": false, "corp.example.com": false, "www.example.org": false, "localhost.example.org": false, "notlocal": false, "com": false,
	}
	addresses := map[string]bool{
		"127.0.0.1": true, "127.9.9.9": true, "::1": true, "10.1.2.3": true, "172.31.0.1": true, "192.168.1.7": true, "100.64.1.1": true,
		"169.254.1.1": true, "fd00::1": true, "fe80::1": true,
		"8.8.8.8": false, "172.32.0.1": false, "192.169.0.1": false, "100.128.0.1": false, "2001:db8::1": false, "::2": false, "::ffff:8.8.8.8": false,
	}
	hosts := map[string]*tls.Certificate{}
	for name := range names {
		hosts[name] = must(a.issue([]string{name}, nil, time.Now()))(t)
	}
	for addr := range addresses {
		hosts[addr] = must(a.issue(nil, []netip.Addr{netip.MustParseAddr(addr).Unmap()}, time.Now()))(t)
	}
	for host, c := range hosts {
		want := names[host] || addresses[host]
		err := verify(a, c, host)
		if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); (err == nil) != want || !want && (!ok || invalid.Reason != x509.CANotAuthorizedForThisName) {
			t.Errorf("%s: %v", host, err)
		}
		if addr, err := netip.ParseAddr(host); err == nil {
			if a.CoversAddress(addr) != want || LocalAddress(addr) != want {
				t.Errorf("%s: covered %v, want %v", host, !want, want)
			}
		} else if a.CoversName(host) != want || LocalName(host, "attic.corp.example.com") != want {
			t.Errorf("%s: covered %v, want %v", host, !want, want)
		}
	}

	t.Run("openssl", func(t *testing.T) {
		openssl, err := exec.LookPath("openssl")
		if err != nil {
			t.Skip("there is no openssl to ask as well")
		}
		dir := t.TempDir()
		ca := filepath.Join(dir, "ca.pem")
		if err := os.WriteFile(ca, a.PEM(), 0o600); err != nil {
			t.Fatal(err)
		}
		for host, c := range hosts {
			leaf := filepath.Join(dir, "leaf.pem")
			if err := os.WriteFile(leaf, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command(openssl, "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", ca, leaf).CombinedOutput()
			want := names[host] || addresses[host]
			if (err == nil) != want || !want && !bytes.Contains(out, []byte("permitted subtree violation")) {
				t.Errorf("openssl of %s: %v, %s", host, err, out)
			}
		}
	})
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// FuzzParse holds that what is taken for an authority can sign, whatever was in the file.
func FuzzParse(f *testing.F) {
	text, err := generate("attic", time.Now())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(text[:300])
	f.Add(append([]byte("-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"), text...))
	f.Fuzz(func(t *testing.T, text []byte) {
		a, err := parse(text)
		if err != nil {
			return
		}
		c, err := a.issue([]string{"localhost"}, nil, a.cert.NotBefore.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Leaf.CheckSignatureFrom(a.cert); err != nil {
			t.Error(err)
		}
	})
}

func TestHostNames(t *testing.T) {
	for host, want := range map[string]struct{ names, extra string }{
		"":                       {"", ""},
		"attic":                  {"attic attic.local", "attic"},
		"Attic.":                 {"attic attic.local", "attic"},
		"attic.local":            {"attic.local attic", "attic"},
		"attic.home.arpa":        {"attic.home.arpa attic attic.local", "attic"},
		"attic.corp.example.com": {"attic.corp.example.com attic attic.local", "attic.corp.example.com attic"},
		"example.com":            {"example.com example example.local", "example"},
		"dev":                    {"dev dev.local", ""},
		"dev.example.com":        {"dev.example.com dev dev.local", "dev.example.com"},
		"me.github.io":           {"me.github.io me me.local", ""},
		"localhost":              {"", ""},
		"localhost.localdomain":  {"", ""},
		"my_attic":               {"", ""},
		"attic..x":               {"", ""},
		"192.168.1.7":            {"", ""},
		"-attic":                 {"", ""},
	} {
		got := strings.Join(HostNames(host), " ")
		if diff := cmp.Diff(want.names, got); diff != "" {
			t.Errorf("%q: %s", host, diff)
		}
		permitted := permittedNames(host)
		if diff := cmp.Diff(want.extra, strings.Join(permitted[6:], " ")); diff != "" {
			t.Errorf("%q: permitted: %s", host, diff)
		}
	}
}
