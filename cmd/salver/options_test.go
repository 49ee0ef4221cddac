package main

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/salver-http/salver"
	"github.com/salver-http/salver/accesslog"
)

// parseLine parses a whole command line as the command does, and nothing else.
func parseLine(args ...string) (options, []mistake) {
	typed, rest, mistakes := scan(args)
	sites, wrong := takeSites(typed)
	mistakes = append(mistakes, wrong...)
	o, wrong := typed.flags().parse(rest, sites)
	return o, append(mistakes, wrong...)
}

func TestParse(t *testing.T) {
	local := []string{"localhost", "*.localhost"}
	config := func(change func(*salver.Config)) salver.Config {
		c := salver.Config{Root: ".", Header: http.Header{}, MediaTypes: map[string]string{}, AllowedHosts: local}
		change(&c)
		return c
	}
	plain := config(func(*salver.Config) {})
	anyHost := config(func(c *salver.Config) { c.AllowedHosts = nil })
	tests := []struct {
		line string
		want options
	}{
		{"", options{config: plain, binding: binding{port: 8000}, log: true}},
		{"0", options{config: plain, binding: binding{port: 0, asked: true}, log: true}},
		{"08080", options{config: plain, binding: binding{port: 8080, asked: true}, log: true}},
		{"./8000", options{config: config(func(c *salver.Config) { c.Root = "./8000" }), binding: binding{port: 8000}, log: true}},
		{"site 65535", options{config: config(func(c *salver.Config) { c.Root = "site" }), binding: binding{port: 65535, asked: true}, log: true}},
		{"-- -site", options{config: config(func(c *salver.Config) { c.Root = "-site" }), binding: binding{port: 8000}, log: true}},
		{"-d site 81", options{config: config(func(c *salver.Config) { c.Root = "site" }), binding: binding{port: 81, asked: true}, log: true}},
		{"-b [::1]", options{config: anyHost, binding: binding{host: "::1", port: 8000}, log: true}},
		{"-b fe80::1%eth0", options{config: anyHost, binding: binding{host: "fe80::1%eth0", port: 8000}, log: true}},
		{"--lan --open", options{config: anyHost, binding: binding{lan: true, port: 8000}, open: true, log: true}},
		{"--lan --allowed-host a.example", options{config: config(func(c *salver.Config) {
			c.AllowedHosts = []string{"localhost", "*.localhost", "a.example"}
		}), binding: binding{lan: true, port: 8000}, log: true}},
		{"-q --log-format json -p HTTP/1.0", options{config: plain, binding: binding{port: 8000}, quiet: true, format: accesslog.JSON, http10: true}},
		{"--log-format none", options{config: plain, binding: binding{port: 8000}}},
		{"--index= --no-listing --hidden --serve-secrets --follow-symlinks", options{config: config(func(c *salver.Config) {
			c.Index = []string{}
			c.NoListing, c.Hidden, c.ServeSecrets, c.FollowSymlinks = true, true, true, true
		}), binding: binding{port: 8000}, log: true}},
		{"--engine nethttp", options{config: plain, binding: binding{port: 8000}, log: true, netHTTP: true}},
		{"--memory 1k --revalidate 1.5s", options{config: config(func(c *salver.Config) { c.Revalidate = 1500 * time.Millisecond }), binding: binding{port: 8000}, log: true, memory: 1000}},
		{"--memory 0", options{config: config(func(c *salver.Config) { c.NoCompress = true }), binding: binding{port: 8000}, log: true, memory: -1}},
		{"--no-sidecars --no-compress", options{config: config(func(c *salver.Config) { c.NoSidecars, c.NoCompress = true, true }), binding: binding{port: 8000}, log: true}},
		{"--compress-cache dir", options{config: config(func(c *salver.Config) { c.CompressCache = "dir" }), binding: binding{port: 8000}, log: true}},
		{"--index a,b --index c", options{config: config(func(c *salver.Config) { c.Index = []string{"a", "b", "c"} }), binding: binding{port: 8000}, log: true}},
		{"-H a:1 -H A:b:c --media-type .x=text/x --content-type text/y", options{config: config(func(c *salver.Config) {
			c.Header = http.Header{"A": {"1", "b:c"}}
			c.MediaTypes = map[string]string{".x": "text/x"}
			c.DefaultMediaType = "text/y"
		}), binding: binding{port: 8000}, log: true}},
		{"--tls-cert c --tls-key k --tls-password-file p", options{config: plain, binding: binding{port: 8000}, tls: tlsOptions{on: true, cert: "c", key: "k", password: "p"}, log: true}},
		{"--no-rules --dialect cloudflare --spa --clean-urls --isolate --secure-headers", options{config: config(func(c *salver.Config) {
			c.NoRules, c.Dialect, c.SPA, c.CleanURLs, c.Isolate, c.SecureHeaders = true, "cloudflare", "index.html", true, true, true
		}), binding: binding{port: 8000}, log: true}},
		{"--spa --spa=./a/app.html site 0", options{config: config(func(c *salver.Config) { c.Root, c.SPA = "site", "a/app.html" }), binding: binding{asked: true}, log: true}},
		{"--spa=false --cors=false", options{config: plain, binding: binding{port: 8000}, log: true}},
		{"--cors", options{config: config(func(c *salver.Config) { c.CORS = []string{"*"} }), binding: binding{port: 8000}, log: true}},
		{"--cors=https://a.example,https://b.example --cors=https://b.example", options{config: config(func(c *salver.Config) {
			c.CORS = []string{"https://a.example", "https://b.example"}
		}), binding: binding{port: 8000}, log: true}},
		{"--cache *.css=max-age=60 --cache [=]{a=,b}=no-store --immutable a-*.js --immutable b", options{config: config(func(c *salver.Config) {
			c.Cache = []salver.CacheRule{{Glob: "*.css", Value: "max-age=60"}, {Glob: "[=]{a=,b}", Value: "no-store"}}
			c.Immutable = []string{"a-*.js", "b"}
		}), binding: binding{port: 8000}, log: true}},
		{"--allow 10.0.0.0/8 --allow ::1 --allow ::ffff:192.0.2.1 --trusted-proxy 192.0.2.1 --proxy-protocol", options{config: config(func(c *salver.Config) {
			c.Allow = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("192.0.2.1/32")}
			c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}
		}), binding: binding{port: 8000}, proxies: true, log: true}},
		{"--site A.example.=a --hidden --site *.b.example=b", options{
			config: config(func(c *salver.Config) { c.Hidden = true }), binding: binding{port: 8000}, log: true, only: true,
			sites: []site{
				{host: "a.example", config: config(func(c *salver.Config) { c.Root, c.Hidden, c.AllowedHosts = "a", true, nil })},
				{host: "*.b.example", config: config(func(c *salver.Config) { c.Root, c.Hidden, c.AllowedHosts = "b", true, nil })},
			},
		}},
		{"--site a.example=a rest", options{
			config: config(func(c *salver.Config) { c.Root = "rest" }), binding: binding{port: 8000}, log: true,
			sites: []site{{host: "a.example", config: config(func(c *salver.Config) { c.Root, c.AllowedHosts = "a", nil })}},
		}},
		{"--tls", options{config: plain, binding: binding{port: 8000}, tls: tlsOptions{on: true}, log: true}},
		{"--tls --tls-cert c", options{config: plain, binding: binding{port: 8000}, tls: tlsOptions{on: true, cert: "c"}, log: true}},
		{"--tls --tls-redirect 0 443", options{config: plain, binding: binding{port: 443, asked: true}, tls: tlsOptions{on: true, redirect: true}, log: true}},
		{"--tls-cert c --tls-redirect 80", options{config: plain, binding: binding{port: 8000}, tls: tlsOptions{on: true, cert: "c", redirect: true, port: 80}, log: true}},
	}
	for _, tt := range tests {
		if tt.want.memory == 0 {
			tt.want.memory = 64 << 20
		}
		got, mistakes := parseLine(strings.Fields(tt.line)...)
		if len(mistakes) > 0 {
			t.Errorf("%s: %v", tt.line, mistakes)
		}
		if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(options{}, site{}, binding{}, tlsOptions{}), cmpopts.IgnoreFields(site{}, "said"), cmpopts.IgnoreTypes(settings{}), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
			t.Errorf("%s:\n%s", tt.line, diff)
		}
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"site/a": "site/a", "": `""`, "a b": `"a b"`, "a\x1b[2J": `"a\x1b[2J"`, "é": "é", "\u202e": `"\u202e"`, "\xff": `"\xff"`,
	} {
		if got := printable(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

// naiveDistance is the definition of the Levenshtein distance.
func naiveDistance(a, b string) int {
	switch {
	case a == "" || b == "":
		return len(a) + len(b)
	case a[0] == b[0]:
		return naiveDistance(a[1:], b[1:])
	}
	return 1 + min(naiveDistance(a[1:], b), naiveDistance(a, b[1:]), naiveDistance(a[1:], b[1:]))
}

func TestDistance(t *testing.T) {
	words := []string{"", "a", "b", "ab", "ba", "abc", "bind", "bnd", "bidn", "hidden", "hiden", "index"}
	for _, a := range words {
		for _, b := range words {
			if got, want := distance(a, b), naiveDistance(a, b); got != want {
				t.Errorf("%q to %q: got %d, want %d", a, b, got, want)
			}
		}
	}
}

func TestNearest(t *testing.T) {
	for typed, want := range map[string]string{
		"bnd": "bind", "follow-symlink": "follow-symlinks", "symlinks": "follow-symlinks", "secrets": "serve-secrets",
		"headers": "header", "cert": "tls-cert", "qiuet": "quiet", "upload-to": "", "x": "",
	} {
		if got := nearest(typed, new(flags).flagSet()); got != want {
			t.Errorf("%s: got %q, want %q", typed, got, want)
		}
	}
}

// FuzzParse holds that no command line makes the parser panic or hang, and that
// a wrong one is told in lines that a terminal can be shown.
func FuzzParse(f *testing.F) {
	for _, line := range []string{
		"", "8000", "site 8000", "-b\x00::1", "--lan\x00--bind\x00\x00-qz\x00--no", "--lan=maybe\x00--index=a,b", "--\x00-x\x00--y",
		"-H\x00a: b\x00-Hx\x00--header", "---\x00--=\x00-\x00\x1b", "-b\x00[\x00-b\x00[]:1", "--media-type\x00.\x00--media-type=.a=b",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Split(line, "\x00")
		o, mistakes := parseLine(args...)
		if len(mistakes) == 0 {
			if o.binding.port < 0 || o.binding.port > 65535 || o.config.Root == "" || o.binding.lan && o.binding.host != "" {
				t.Errorf("%q: %+v", args, o)
			}
			return
		}
		lines := usageFault(mistakes...).lines()
		for l := range strings.Lines(lines) {
			if l = strings.TrimSuffix(l, "\n"); printable(strings.NewReplacer(" ", "", `"`, "").Replace(l)) != strings.NewReplacer(" ", "", `"`, "").Replace(l) {
				t.Errorf("%q: %q", args, l)
			}
		}
	})
}
