package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestConf has the configurations judged by those whom they are for, as far as they
// are installed, with names that have to be quoted.
func TestConf(t *testing.T) {
	for _, tt := range []struct {
		name    string
		codings codings
		tls     bool
		check   []string // arguments before the name of the configuration
		after   []string
		want    []string // what must be in it for the figures to mean what they say
	}{
		{"nginx", noCodings, false, []string{"-t", "-c"}, nil, []string{"open_file_cache max=", "sendfile on;", "access_log off;", "worker_processes 1;"}},
		{"nginx", onTheFly, false, []string{"-t", "-c"}, nil, []string{"gzip on;", "text/javascript text/css"}},
		{"nginx", sidecars, false, []string{"-t", "-c"}, nil, []string{"gzip_static on;"}},
		{"h2o", noCodings, false, []string{"-t", "-c"}, nil, []string{"num-threads: 1\n", "file.dirlisting: ON"}},
		{"h2o", onTheFly, false, []string{"-t", "-c"}, nil, []string{"\ncompress: [gzip]\n"}},
		{"h2o", sidecars, false, []string{"-t", "-c"}, nil, []string{"\nfile.send-compressed: ON\n"}},
		{"nginx", noCodings, true, []string{"-t", "-c"}, nil, []string{"backlog=4096 ssl http2;", "ssl_protocols TLSv1.2 TLSv1.3;", "open_file_cache max="}},
		{"h2o", noCodings, true, []string{"-t", "-c"}, nil, []string{"\n  ssl:\n", "http2-idle-timeout: 75\n"}},
		{"caddy", noCodings, true, []string{"validate", "--config"}, []string{"--adapter", "caddyfile"}, []string{"https://", "protocols h1 h2\n", "auto_https off"}},
		{"lighttpd", noCodings, false, []string{"-tt", "-f"}, nil, []string{`"mod_dirlisting"`}},
		{"lighttpd", onTheFly, false, []string{"-tt", "-f"}, nil, []string{`"mod_deflate"`, "deflate.cache-dir = "}},
		{"caddy", noCodings, false, []string{"validate", "--config"}, []string{"--adapter", "caddyfile"}, []string{"admin off", "file_server browse"}},
		{"caddy", onTheFly, false, []string{"validate", "--config"}, []string{"--adapter", "caddyfile"}, []string{"encode gzip\n"}},
		{"caddy", sidecars, false, []string{"validate", "--config"}, []string{"--adapter", "caddyfile"}, []string{"precompressed gzip\n"}},
	} {
		t.Run(fmt.Sprint(tt.name, tt.codings, tt.tls), func(t *testing.T) {
			p := peers()[order(tt.name)]
			dir := filepath.Join(t.TempDir(), `a "b`)
			site := filepath.Join(dir, `the site`)
			if err := os.MkdirAll(site, 0o755); err != nil {
				t.Fatal(err)
			}
			at := place{site: site, port: 4711, dir: dir, root: os.Geteuid() == 0, codings: tt.codings}
			if tt.tls {
				id, err := newIdentity(dir)
				if err != nil {
					t.Fatal(err)
				}
				at.cert, at.key = id.cert, id.key
				tt.want = append(tt.want, `a \"b/cert.pem"`, `a \"b/key.pem"`)
			}
			text := p.conf(at)
			for _, want := range append(tt.want, "4711", "127.0.0.1", `a \"b/the site"`) {
				if !strings.Contains(text, want) {
					t.Errorf("there is no %s in it", want)
				}
			}
			if regexp.MustCompile(`\{(dir|site|port|cert|key)\}`).MatchString(text) {
				t.Errorf("left to fill in:\n%s", text)
			}
			conf := filepath.Join(dir, "conf")
			if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			if argv := p.arguments(at, conf); !slices.Contains(argv, conf) {
				t.Errorf("%q does not name the configuration", argv)
			}
			command, err := new(builder).find(t.Context(), p)
			if err != nil {
				t.Skip(err)
			}
			argv := append(append(append(command, tt.check...), conf), tt.after...)
			if out, err := exec.CommandContext(t.Context(), argv[0], argv[1:]...).CombinedOutput(); err != nil {
				t.Errorf("%v\n%s\n%s", err, out, text)
			}
		})
	}
	if text := nginxConf(place{}) + h2oConf(place{}) + lighttpdConf(place{}) + caddyConf(place{}); regexp.MustCompile(`gzip|compress|deflate`).MatchString(text) {
		t.Errorf("somebody compresses unasked:\n%s", text)
	}
	if text := nginxConf(place{}) + h2oConf(place{}) + caddyConf(place{}); regexp.MustCompile(`ssl|tls|http2|https://`).MatchString(text) {
		t.Errorf("somebody has TLS unasked:\n%s", text)
	}
	if text := h2oConf(place{root: true}); !strings.HasPrefix(text, "user: root\n") {
		t.Errorf("h2o as root becomes somebody else:\n%s", text)
	}
}

// TestCommandLines has what is told without a configuration.
func TestCommandLines(t *testing.T) {
	at := place{site: "/site", port: 4711}
	over := at
	over.cert, over.key = "/c", "/k"
	for _, tt := range []struct {
		name string
		at   place
		want string
	}{
		{"salver", at, "--bind 127.0.0.1 --directory /site 4711"},
		{"salver", over, "--bind 127.0.0.1 --directory /site 4711 --tls-cert /c --tls-key /k"},
		{"net/http", at, "/site 4711"},
		{"net/http", over, "/site 4711 /c /k"},
	} {
		if got := strings.Join(peers()[order(tt.name)].arguments(tt.at, ""), " "); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestAssemble(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	b := &builder{work: t.TempDir()}
	chosen, err := choose(scenarios(), "1k")
	if err != nil {
		t.Fatal(err)
	}
	ready, out, err := b.assemble(t.Context(), chosen, []string{"net/http", "floor"})
	if err != nil || len(ready) != 1 || ready[0].name != "net/http" || ready[0].version == "" {
		t.Errorf("ready %+v, %v", ready, err)
	}
	if len(out) != 1 || out[0].String() != "floor: cc is not installed, which Debian's package gcc has" {
		t.Errorf("left out: %v", out)
	}
	if _, err := b.find(t.Context(), peer{program: "no-such-server", debian: "none"}); !errors.As(err, new(missing)) {
		t.Errorf("a server that is not installed: %v", err)
	}
	if _, _, err := b.assemble(t.Context(), chosen, []string{"salver"}); err == nil || !strings.Contains(err.Error(), "-salver") {
		t.Errorf("salver without go: %v", err)
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile("build", nil, 0o777); err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := absolute([]string{"./build", "./x"}); err != nil || !slices.Equal(got, []string{filepath.Join(here, "build"), "./x"}) {
		t.Errorf("a program beside: %q, %v", got, err)
	}
	if _, err := absolute([]string{"./none"}); err == nil {
		t.Error("there is a program that there is not")
	}
	if _, err := output(context.Background(), "/bin/sh", "-c", "echo why; exit 3"); err == nil || !strings.Contains(err.Error(), "exit status 3\nwhy") {
		t.Errorf("a command that fails: %v", err)
	}
}
