package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/salver-http/salver"
	"github.com/salver-http/salver/accesslog"
)

// TestDrainFreshConnection holds that a connection which a browser opened in
// advance does not delay the end, in either lane: net/http alone waits five seconds for it.
func TestDrainFreshConnection(t *testing.T) {
	for _, o := range []options{{}, {netHTTP: true}, {http10: true}} {
		log := accesslog.New(io.Discard, accesslog.Options{})
		defer log.Close()
		h, err := salver.New(salver.Config{Root: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		s := newServer(h, o, nil, log)
		listeners, err := listenLoopback(0)
		if err != nil {
			t.Fatal(err)
		}
		serveAll(s, listeners, make(chan error, len(listeners)))
		fresh, err := net.Dial("tcp", listeners[0].Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer fresh.Close()
		// Connections are accepted in order: with an answer on the second, the first is there.
		resp, err := http.Get("http://" + listeners[0].Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		if cut := (servers{s}).drain(ctx); cut != 0 || ctx.Err() != nil {
			t.Errorf("%+v: %d cut off, %v", o, cut, ctx.Err())
		}
	}
}

func TestServerLines(t *testing.T) {
	var b strings.Builder
	now := time.Unix(1000, 0)
	s := &serverLines{w: &b, now: func() time.Time { return now }}
	write := func(messages ...string) {
		for _, m := range messages {
			if n, err := io.WriteString(s, m); n != len(m) || err != nil {
				t.Errorf("%q: %d, %v", m, n, err)
			}
		}
	}
	write("http: TLS handshake error from 127.0.0.1:1: EOF\n",
		"http2: server: error reading preface from client 127.0.0.1:1: timeout\n",
		"http: panic serving 127.0.0.1:1: \x1b[2J\ngoroutine 7 [running]:\nmain.main()\n",
		"http: Accept error: too many open files; retrying in 5ms\n",
		"http: Accept error: too many open files; retrying in 10ms\n")
	now = now.Add(repeatAfter)
	write("http: Accept error: too many open files; retrying in 1s\n", "Odd\n", "\n")
	const want = `salver: error: panic serving 127.0.0.1:1: \x1b[2J
salver: error: accept error: too many open files; retrying in 5ms
salver: error: accept error: too many open files; retrying in 1s
salver: error: odd
salver: error: ` + "\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestLineHandler(t *testing.T) {
	var b strings.Builder
	l := slog.New(&lineHandler{w: &b})
	l.Info("not shown")
	l.Error("request failed", "target", "/a\nb", "cause", errors.New("out of \"luck\""))
	l.With("a", 1).WithGroup("g").With("b", 2).WithGroup("").Warn("odd", slog.Group("h", "c", 3), slog.Attr{}, slog.Group("", "d", 4))
	const want = `salver: error: request failed, target /a\x0ab, cause out of \x22luck\x22
salver: odd, a 1, g.b 2, g.h.c 3, g.d 4
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestSecretsLine(t *testing.T) {
	names := []string{".env", ".git", "a\x1b", "b", "c"}
	tests := []struct {
		n                 int
		served, reachable bool
		want              string
	}{
		{0, true, true, ""},
		{1, false, false, "salver: .env kept back; --serve-secrets serves such\n"},
		{3, true, false, "salver: warning: .env, .git, a\\x1b can be read\n"},
		{5, true, true, "salver: WARNING: EVERYBODY WHO REACHES THIS SERVER CAN READ .env, .git, a\\x1b and 2 more\n"},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, secretsLine(names[:tt.n], tt.served, tt.reachable)); diff != "" {
			t.Error(diff)
		}
	}
}

// TestSecretsNotice holds that the notice follows the handler's own rule.
func TestSecretsNotice(t *testing.T) {
	root := t.TempDir()
	for name, content := range map[string]string{
		".env": "", ".hidden": "", "cert.pem": "-----BEGIN CERTIFICATE-----\n", "index.html": "",
		"key.pem": "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		served, reachable, quiet bool
		want                     string
	}{
		{false, true, false, "salver: .env, key.pem kept back; --serve-secrets serves such\n"},
		{false, true, true, ""},
		{true, false, false, "salver: warning: .env, key.pem can be read\n"},
		{true, false, true, ""},
		{true, true, true, "salver: WARNING: EVERYBODY WHO REACHES THIS SERVER CAN READ .env, key.pem\n"},
	}
	for _, tt := range tests {
		h, err := salver.New(salver.Config{Root: root, ServeSecrets: tt.served, NoListing: true})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, secretsNotice(h, tt.served, tt.reachable, tt.quiet)); diff != "" {
			t.Errorf("%+v: %s", tt, diff)
		}
	}
}

func TestConfigMistakes(t *testing.T) {
	if got := configMistakes(nil, nil, ""); got != nil {
		t.Errorf("got %v", got)
	}
	err := errors.Join(
		&salver.ConfigError{Field: "Header", Err: errors.Join(errors.New("one"), errors.New("two"))},
		&salver.ConfigError{Field: "Root", Err: os.ErrNotExist},
		&salver.ConfigError{Field: "FS", Err: errors.New("three")},
	)
	want := []mistake{{text: "--header: one"}, {text: "--header: two"}, {text: "FS: three"}}
	if diff := cmp.Diff(want, configMistakes(err, nil, ""), cmp.AllowUnexported(mistake{})); diff != "" {
		t.Error(diff)
	}
}
