package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	h2loadGood = `starting benchmark...
spawning thread #0: 16 total client(s). 2000 total requests
TLS Protocol: TLSv1.3
Cipher: TLS_AES_128_GCM_SHA256
Server Temp Key: X25519 253 bits
Application protocol: h2
progress: 10% done
progress: 100% done

finished in 200.66ms, 9966.96 req/s, 11.98MB/s
requests: 2000 total, 2000 started, 2000 done, 2000 succeeded, 0 failed, 0 errored, 0 timeout
status codes: 2000 2xx, 0 3xx, 0 4xx, 0 5xx
traffic: 2.02MB (2114480) total, 29.30KB (30000) headers (space savings 91.43%), 1.95MB (2048000) data
                     min         max         mean         sd        +/- sd
time for request:      346us    759.00ms    100.38ms    195.17ms    90.15%
req/s           :      45.89       46.27       45.98        0.14    81.25%
`
	h2loadMissing = `TLS Protocol: TLSv1.2
Application protocol: http/1.1

finished in 1.50s, 2616.19 req/s, 93.51KB/s
requests: 200 total, 200 started, 200 done, 3 succeeded, 197 failed, 0 errored, 0 timeout
status codes: 1 2xx, 2 3xx, 197 4xx, 0 5xx
traffic: 7.15KB (7320) total, 1.76KB (1800) headers (space savings 91.82%), 1.76KB (1800) data
`
	h2loadNobody = `starting benchmark...
spawning thread #0: 4 total client(s). 20 total requests

finished in 953us, 0.00 req/s, 0B/s
requests: 20 total, 0 started, 0 done, 0 succeeded, 20 failed, 20 errored, 0 timeout
status codes: 0 2xx, 0 3xx, 0 4xx, 0 5xx
traffic: 0B (0) total, 0B (0) headers (space savings 0.00%), 0B (0) data
`
)

func TestParseH2load(t *testing.T) {
	for text, want := range map[string]h2load{
		h2loadGood: {
			version: "TLSv1.3", protocol: "h2", elapsed: 200_660 * time.Microsecond,
			answered: 2000, succeeded: 2000, ok: 2000, bytes: 2114480, content: 2048000,
		},
		h2loadMissing: {
			version: "TLSv1.2", protocol: "http/1.1", elapsed: 1500 * time.Millisecond,
			answered: 200, succeeded: 3, ok: 1, bytes: 7320, content: 1800,
		},
		h2loadNobody: {elapsed: 953 * time.Microsecond},
	} {
		if got, err := parseH2load(text); err != nil || got != want {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
	_, err := parseH2load("h2load: unrecognized option '--groups=X25519'\n")
	if err == nil || !strings.HasSuffix(err.Error(), "unrecognized option '--groups=X25519'") {
		t.Errorf("of h2load that did not understand: %v", err)
	}
	for _, line := range []string{"finished", "requests", "status", "traffic"} {
		if _, err := parseH2load(strings.Replace(h2loadGood, "\n"+line, "\n"+line+" ", 1)); err == nil {
			t.Errorf("without %s it is taken", line)
		}
	}
	if _, err := parseH2load(strings.Replace(h2loadGood, "2000 2xx", "99999999999999999999 2xx", 1)); err == nil {
		t.Error("more than can be counted is taken")
	}
}

func FuzzParseH2load(f *testing.F) {
	f.Add(h2loadGood)
	f.Add(h2loadMissing)
	f.Add(h2loadNobody)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parseH2load(text)
		if err != nil && got != (h2load{}) {
			t.Errorf("%+v beside %v", got, err)
		}
		if got.elapsed < 0 || got.answered < 0 || got.succeeded < 0 || got.ok < 0 || got.bytes < 0 || got.content < 0 {
			t.Errorf("%+v", got)
		}
	})
}

func TestH2loadDoubt(t *testing.T) {
	good, err := parseH2load(h2loadGood)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		spoil func(*h2load)
		proto protocol
		want  string
	}{
		{func(*h2load) {}, http2, ""},
		{func(l *h2load) { l.protocol = "http/1.1" }, http1, ""},
		{func(*h2load) {}, http1, `it negotiates "h2" instead of "http/1.1"`},
		{func(l *h2load) { l.protocol = "" }, http2, `it negotiates "" instead of "h2"`},
		{func(l *h2load) { l.version = "TLSv1.2" }, http2, `it speaks "TLSv1.2" instead of TLSv1.3`},
		{func(l *h2load) { *l = h2load{} }, http2, "no request was answered"},
		{func(l *h2load) { l.answered = 1990 }, http2, "1990 of 2000 requests were answered"},
		{func(l *h2load) { l.ok = 1999 }, http2, "1 of 2000 answers were not 2xx"},
		{func(l *h2load) { l.succeeded = 1998 }, http2, "2 of 2000 answers were cut"},
		{func(l *h2load) { l.content-- }, http2, "2000 answers had 2047999 bytes of content instead of 2048000"},
		{func(l *h2load) { l.elapsed = 0 }, http2, "it took no time"},
	} {
		l := good
		tt.spoil(&l)
		if got := l.doubt(tt.proto, 2000, 2048000); got != tt.want {
			t.Errorf("%+v: got %q, want %q", l, got, tt.want)
		}
	}
}

func TestH2loadArguments(t *testing.T) {
	const always = "-n 640 -c 16 -m 8 --tls13-ciphers=TLS_AES_128_GCM_SHA256 --groups=X25519 "
	one := request{targets: []string{"/a"}}
	fields := request{targets: []string{"/a"}, fields: []string{"Range: bytes=0-1"}}
	two := request{targets: []string{"/a", "/b"}}
	for _, tt := range []struct {
		r    request
		p    protocol
		want string
	}{
		{one, http2, "https://127.0.0.1:80/a"},
		{one, http1, "--h1 https://127.0.0.1:80/a"},
		{fields, http2, "-H Range: bytes=0-1 https://127.0.0.1:80/a"},
		{two, http2, "-i x.txt"},
	} {
		if got := strings.Join(h2loadArguments(tt.r, tt.p, "127.0.0.1:80", 640, "x.txt"), " "); got != always+tt.want {
			t.Errorf("got  %s\nwant %s", got, always+tt.want)
		}
	}
	if got := h2loadList(two.targets, "127.0.0.1:80"); got != "https://127.0.0.1:80/a\nhttps://127.0.0.1:80/b\n" {
		t.Errorf("list\n%s", got)
	}
}

func TestFitting(t *testing.T) {
	for _, tt := range []struct {
		d         time.Duration
		perSecond float64
		targets   int
		want      int
	}{
		{time.Second, 1000, 1, 992},
		{2 * time.Second, 1000, 1, 2000},
		{time.Second, 5000, 100, 4800},
		{time.Second, 3, 1, 16},
		{time.Millisecond, 1000, 100, 1600},
	} {
		if got := fitting(tt.d, tt.perSecond, tt.targets); got != tt.want {
			t.Errorf("%+v: got %d", tt, got)
		}
	}
}

func TestContentOf(t *testing.T) {
	site := t.TempDir()
	for name, length := range map[string]int{"a": 10, "b": 200} {
		if err := os.WriteFile(filepath.Join(site, name), make([]byte, length), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := contentOf(site, []string{"/a", "/b"}, 32); err != nil || n != 16*210 {
		t.Errorf("got %d, %v", n, err)
	}
	if _, err := contentOf(site, []string{"/c"}, 16); err == nil {
		t.Error("there is content of no file")
	}
}
