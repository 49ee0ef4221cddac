package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/salver-http/salver"
	"github.com/salver-http/salver/cmd/salver/internal/localca"
	"github.com/salver-http/salver/cmd/salver/internal/truststore"
)

// TestChromium asks a real browser whether it believes what salver trust has told it, with
// databases in a home directory of its own.
func TestChromium(t *testing.T) {
	var program string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	certutil, err := exec.LookPath("certutil")
	if program == "" || err != nil || runtime.GOOS != "linux" {
		t.Skip("there is no Chromium, or no certutil of NSS")
	}
	home := t.TempDir()
	db := filepath.Join(home, ".pki/nssdb")
	if err := os.MkdirAll(db, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(certutil, "-N", "-d", "sql:"+db, "--empty-password").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}

	ca, err := localca.Open(filepath.Join(home, ".config/salver"), "attic", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	listeners, err := listenLoopback(0)
	if err != nil {
		t.Fatal(err)
	}
	for _, ln := range listeners {
		defer ln.Close()
	}
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "f.txt"), []byte("it is believed\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	id, err := ownIdentity(ca, options{config: salver.Config{AllowedHosts: []string{"*.localhost"}}}, "attic", listeners)
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(serveTLS(t, root, options{}, id))
	if err != nil {
		t.Fatal(err)
	}
	believes := func(host string) bool {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		args := []string{
			"--headless", "--disable-gpu", "--disable-dev-shm-usage", "--user-data-dir=" + filepath.Join(home, "profile"),
			"--host-resolver-rules=MAP * 127.0.0.1", "--dump-dom", "https://" + host + ":" + port + "/f.txt",
		}
		if os.Geteuid() == 0 {
			args = append(args, "--no-sandbox")
		}
		c := exec.CommandContext(ctx, program, args...)
		c.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME=", "XDG_DATA_HOME=")
		c.WaitDelay = time.Second
		out, _ := c.Output()
		return bytes.Contains(out, []byte("it is believed"))
	}
	if believes("localhost") {
		t.Error("it is believed by who does not know the CA")
	}
	file, err := ca.ShowCert()
	if err != nil {
		t.Fatal(err)
	}
	cert, err := certificateIn(file)
	if err != nil {
		t.Fatal(err)
	}
	system := &truststore.System{OS: "linux", Home: home, Root: t.TempDir(), LookPath: exec.LookPath, Run: truststore.Exec}
	if r := system.Install(cert); len(r) != 2 || r[1].State != truststore.Added {
		t.Fatalf("%+v", r)
	}
	for host, want := range map[string]bool{"127.0.0.1": true, "app.localhost": true, "www.example.com": false} {
		if got := believes(host); got != want {
			t.Errorf("%s: believed %v", host, got)
		}
	}
}
