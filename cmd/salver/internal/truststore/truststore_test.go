package truststore

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fake is a machine in a temporary directory, with the tools that it is said to have.
// They do what is to be seen of the real ones, and are remembered.
type fake struct {
	*System
	t     *testing.T
	tools []string
	ran   []string
	fails string            // the command that fails
	kept  map[string][]byte // certificates, by NSS database or keychain
}

func newFake(t *testing.T, system string, tools ...string) *fake {
	dir := t.TempDir()
	f := &fake{t: t, tools: tools, kept: map[string][]byte{}}
	f.System = &System{
		OS: system, Home: filepath.Join(dir, "home"), Root: filepath.Join(dir, "root"), User: 1000,
		LookPath: func(name string) (string, error) {
			if slices.Contains(f.tools, name) {
				return "/usr/bin/" + name, nil
			}
			return "", exec.ErrNotFound
		},
		Run: f.run,
	}
	return f
}

// hide takes the temporary directory out of text.
func (f *fake) hide(text string) string { return strings.ReplaceAll(text, filepath.Dir(f.Home), "") }

func (f *fake) run(_ bool, name string, args ...string) ([]byte, error) {
	line := f.hide(f.line(append(command{name}, args...)))
	f.ran = append(f.ran, line)
	if f.fails != "" && strings.Contains(line, f.fails) {
		return []byte("first\nit is broken\n"), errors.New("exit status 1")
	}
	if name == "sudo" {
		name, args = args[0], args[1:]
	}
	switch name {
	case "install":
		text, err := os.ReadFile(args[2])
		if err != nil {
			return nil, err
		}
		return nil, os.WriteFile(args[3], text, 0o644)
	case "rm":
		return nil, os.Remove(args[1])
	case "certutil":
		return f.certutil(args)
	case "security":
		switch args[0] {
		case "dump-trust-settings":
			return f.kept["settings"], nil
		case "add-trusted-cert":
			f.kept["settings"] = []byte("Cert 0: salver local CA 123\n")
		case "remove-trusted-cert":
			delete(f.kept, "settings")
		}
	}
	return nil, nil
}

// certutil is that of NSS, or with -user first that of Windows.
func (f *fake) certutil(args []string) ([]byte, error) {
	missing := errors.New("exit status 255")
	store := "Root"
	if i := slices.Index(args, "-d"); i >= 0 {
		store = args[i+1]
	}
	switch {
	case slices.Contains(args, "-A"), slices.Contains(args, "-addstore"):
		text, err := os.ReadFile(args[len(args)-1])
		f.kept[store] = text
		return nil, err
	case f.kept[store] == nil:
		return []byte("certutil: could not find certificate\n"), missing
	case slices.Contains(args, "-D"), slices.Contains(args, "-delstore"):
		delete(f.kept, store)
	}
	return bytes.ReplaceAll(f.kept[store], []byte("\n"), []byte("\r\n")), nil
}

// makeDirs makes directories below that of the machine.
func (f *fake) makeDirs(names ...string) {
	f.t.Helper()
	for _, name := range names {
		dir := filepath.Join(filepath.Dir(f.Home), name)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			f.t.Fatal(err)
		}
		if strings.HasPrefix(name, "home/") && !strings.HasSuffix(name, "/empty") {
			if err := os.WriteFile(filepath.Join(dir, "cert9.db"), nil, 0o600); err != nil {
				f.t.Fatal(err)
			}
		}
	}
}

// certificate returns one, in a file.
func certificate(t *testing.T, name string) Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c := Certificate{Name: name, PEM: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), SHA1: "ABCD", File: filepath.Join(t.TempDir(), "ca.pem")}
	if err := os.WriteFile(c.File, c.PEM, 0o600); err != nil {
		t.Fatal(err)
	}
	return c
}

// told is results as lines.
func (f *fake) told(all []Result) (lines []string) {
	for _, r := range all {
		line := r.Store + ": " + r.State.String()
		if r.Why != "" {
			line += ": " + r.Why
		}
		lines = append(lines, f.hide(line))
		for _, c := range r.Type {
			lines = append(lines, "  "+f.hide(c))
		}
	}
	return lines
}

// TestLifecycle installs twice, takes another authority, and removes twice.
func TestLifecycle(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths of other systems are told in their form")
	}
	for name, c := range map[string]struct {
		system  string
		dirs    []string
		tools   []string
		stores  []string
		removes string // a command of the removal
	}{
		"debian": {
			"linux",
			[]string{"root/usr/local/share/ca-certificates", "home/.pki/nssdb", "home/.mozilla/firefox/a.default", "home/.mozilla/firefox/empty"},
			[]string{"update-ca-certificates", "certutil"},
			[]string{"system", "Chromium (~/.pki/nssdb)", "Firefox (~/.mozilla/firefox/a.default)"},
			"update-ca-certificates --fresh",
		},
		"fedora":  {"linux", []string{"root/etc/pki/ca-trust/source/anchors"}, []string{"update-ca-trust"}, []string{"system"}, "rm -f /root/etc/pki/ca-trust/source/anchors/salver-local-ca-1000.pem"},
		"arch":    {"linux", []string{"root/etc/ca-certificates/trust-source/anchors"}, []string{"trust"}, []string{"system"}, "trust extract-compat"},
		"suse":    {"linux", []string{"root/etc/pki/trust/anchors"}, []string{"update-ca-certificates"}, []string{"system"}, "update-ca-certificates"},
		"macos":   {"darwin", nil, nil, []string{"keychain"}, "security delete-certificate -Z ABCD /home/Library/Keychains/login.keychain-db"},
		"windows": {"windows", nil, nil, []string{"system"}, "certutil -user -delstore Root ABCD"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, c.system, c.tools...)
			f.Admin = true
			f.makeDirs(c.dirs...)
			one, two := certificate(t, "salver local CA 123"), certificate(t, "salver local CA 123")
			check := func(when string, results []Result, want State) {
				t.Helper()
				var lines []string
				for _, store := range c.stores {
					lines = append(lines, store+": "+want.String())
				}
				if diff := cmp.Diff(lines, f.told(results)); diff != "" {
					t.Errorf("%s: %s", when, diff)
				}
			}
			check("first", f.Install(one), Added)
			check("again", f.Install(one), Already)
			if c.system == "linux" {
				check("another", f.Install(two), Added)
				check("another again", f.Install(two), Already)
			}
			check("removed", f.Remove(one), Removed)
			if !slices.Contains(f.ran, c.removes) {
				t.Errorf("ran %q", f.ran)
			}
			check("removed again", f.Remove(one), Absent)
			if len(f.kept) > 0 {
				t.Errorf("left behind: %q", f.kept)
			}
			for _, dir := range c.dirs {
				if entries, _ := os.ReadDir(filepath.Join(filepath.Dir(f.Home), dir)); strings.HasPrefix(dir, "root/") && len(entries) > 0 {
					t.Errorf("left behind: %v", entries)
				}
			}
		})
	}
}

// TestAdmin: who asks for the rights of the administrator, and what is told to type.
func TestAdmin(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths of other systems are told in their form")
	}
	const dst = "/root/usr/local/share/ca-certificates/salver-local-ca-1000.crt"
	for name, c := range map[string]struct {
		terminal bool
		tools    []string
		fails    string
		want     []string
		ran      int
	}{
		"terminal":    {true, []string{"sudo"}, "", []string{"system: trusted from now on"}, 2},
		"no terminal": {false, []string{"sudo"}, "", []string{"system: failed: that takes the rights of the administrator", "  sudo install -m 0644 FILE " + dst, "  sudo update-ca-certificates"}, 0},
		"no sudo":     {true, nil, "", []string{"system: failed: that takes the rights of the administrator", "  sudo install -m 0644 FILE " + dst, "  sudo update-ca-certificates"}, 0},
		"refused":     {true, []string{"sudo"}, "install", []string{"system: failed: sudo: it is broken", "  sudo install -m 0644 FILE " + dst, "  sudo update-ca-certificates"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, "linux", append(c.tools, "update-ca-certificates")...)
			f.Terminal, f.fails = c.terminal, c.fails
			f.makeDirs("root/usr/local/share/ca-certificates")
			ca := certificate(t, "x")
			got := f.told(f.Install(ca))
			for i := range got {
				got[i] = strings.ReplaceAll(got[i], ca.File, "FILE")
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if len(f.ran) != c.ran {
				t.Errorf("ran %q", f.ran)
			}
		})
	}
}

func TestUnknownSystem(t *testing.T) {
	ca := certificate(t, "x")
	f := newFake(t, "freebsd")
	if got := f.Install(ca); got[0].State != Failed || !strings.Contains(got[0].Why, ca.File) {
		t.Errorf("got %+v", got)
	}
	f = newFake(t, "linux", "trust")
	f.Admin = true
	if got := f.Install(ca); got[0].State != Added || !strings.HasPrefix(f.ran[0], "trust anchor --store ") {
		t.Errorf("got %+v, ran %q", got, f.ran)
	}
	if got := f.Remove(ca); got[0].State != Removed || !strings.HasPrefix(f.ran[1], "trust anchor --remove ") {
		t.Errorf("got %+v, ran %q", got, f.ran)
	}
	for _, system := range []string{"linux", "darwin", "windows", "freebsd"} {
		f := newFake(t, system)
		if got := f.Remove(Certificate{}); len(got) != 1 || got[0].State != Absent || len(f.ran) > 0 {
			t.Errorf("%s: where there never was one: %+v, ran %q", system, got, f.ran)
		}
	}
}

func TestNoCertutil(t *testing.T) {
	for tool, want := range map[string][]string{
		"apt-get": {"sudo apt-get install libnss3-tools", "salver trust"},
		"dnf":     {"sudo dnf install nss-tools", "salver trust"},
		"":        nil,
	} {
		f := newFake(t, "linux", tool)
		f.makeDirs("home/.mozilla/firefox/a.default")
		got := f.Install(certificate(t, "x"))
		if len(got) != 2 || got[1].State != Failed || !slices.Equal(got[1].Type, want) {
			t.Errorf("%s: got %+v", tool, got)
		}
		if got := f.Remove(Certificate{}); got[1].State != Absent {
			t.Errorf("%s: got %+v", tool, got)
		}
	}
}

func TestDatabaseFails(t *testing.T) {
	f := newFake(t, "linux", "certutil")
	f.makeDirs("home/.pki/nssdb")
	f.fails = "-A"
	got := f.Install(certificate(t, "x"))
	if len(got) != 2 || got[1].State != Failed || got[1].Why != "certutil: it is broken" || len(got[1].Type) != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestTyped(t *testing.T) {
	for _, c := range []struct {
		system string
		words  command
		want   string
	}{
		{"linux", command{"rm", "-f", "/a/b"}, "rm -f /a/b"},
		{"linux", command{"a b", "it's", "", "C,,"}, `'a b' 'it'\''s' '' C,,`},
		{"linux", command{"$HOME;"}, "'$HOME;'"},
		{"windows", command{"certutil", `C:\Users\A B\ca.pem`, ""}, `certutil "C:\Users\A B\ca.pem" ""`},
	} {
		if got := (&System{OS: c.system}).line(c.words); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

// TestNSS is TestLifecycle with the certutil of this machine and databases of its own.
func TestNSS(t *testing.T) {
	certutil, err := exec.LookPath("certutil")
	if err != nil || runtime.GOOS == "windows" {
		t.Skip("there is no certutil of NSS")
	}
	f := newFake(t, "linux", "certutil")
	f.Run = Exec
	f.makeDirs("home/.pki/nssdb", "home/.mozilla/firefox/a profile.default")
	dirs := []string{filepath.Join(f.Home, ".pki/nssdb"), filepath.Join(f.Home, ".mozilla/firefox/a profile.default")}
	for _, dir := range dirs {
		os.Remove(filepath.Join(dir, "cert9.db"))
		if out, err := exec.Command(certutil, "-N", "-d", "sql:"+dir, "--empty-password").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	lists := func(want bool) {
		t.Helper()
		for _, dir := range dirs {
			out, err := exec.Command(certutil, "-L", "-d", "sql:"+dir).CombinedOutput()
			if err != nil || bytes.Contains(out, []byte("salver local CA")) != want || want && !bytes.Contains(out, []byte(" C,,")) {
				t.Errorf("%s: %v, %s", dir, err, out)
			}
		}
	}
	one, two := certificate(t, "salver local CA one"), certificate(t, "salver local CA two")
	for i, step := range []struct {
		do   func(Certificate) []Result
		c    Certificate
		want State
	}{
		{f.Install, one, Added},
		{f.Install, one, Already},
		{f.Install, two, Added},
		{f.Install, two, Already},
		{f.Remove, two, Removed},
		{f.Remove, two, Absent},
	} {
		results := step.do(step.c)[1:] // the system has no store here
		if len(results) != 2 || results[0].State != step.want || results[1].State != step.want {
			t.Errorf("step %d: %q", i, f.told(results))
		}
		lists(step.want == Added || step.want == Already)
	}
	if len(f.ran) > 0 {
		t.Error(fmt.Sprint("the fake was asked: ", f.ran))
	}
}
