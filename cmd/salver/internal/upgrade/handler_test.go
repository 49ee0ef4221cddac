package upgrade

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/salver-http/salver"
)

// ask sends a request as it is and returns the answer.
func ask(t *testing.T, addr, request string) *http.Response {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(request, " ")
	resp, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func TestHandler(t *testing.T) {
	var logged []string
	h := &Handler{
		Port: 8443,
		Answers: func(host string) bool {
			return slices.Contains([]string{"files.example", "192.0.2.1", "fd00::1"}, host)
		},
		Plain: map[string]http.Handler{"/.salver/ca": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "the certificate")
		})},
		AccessLog: func(a salver.Access) {
			logged = append(logged, fmt.Sprint(a.Method, " ", a.Target, " ", a.Status, " ", a.Length))
		},
	}
	s := httptest.NewServer(h)
	defer s.Close()
	addr := s.Listener.Addr().String()
	tests := []struct {
		method, target, host string
		status               int
		location             string
	}{
		{"GET", "/", "files.example", 308, "https://files.example:8443/"},
		{"GET", "/a/b%20c?x=1&y=%2F", "files.example:80", 308, "https://files.example:8443/a/b%20c?x=1&y=%2F"},
		{"POST", "/form?a", "FILES.Example.", 308, "https://files.example:8443/form?a"},
		{"HEAD", "/x", "files.example", 308, "https://files.example:8443/x"},
		{"OPTIONS", "/x", "files.example", 308, "https://files.example:8443/x"},
		{"GET", "//evil.example/x", "files.example", 308, "https://files.example:8443/evil.example/x"},
		{"GET", `/\evil.example/x`, "files.example", 308, "https://files.example:8443/evil.example/x"},
		{"GET", "/a//b?//c", "files.example", 308, "https://files.example:8443/a//b?//c"},
		{"GET", "/?", "files.example", 308, "https://files.example:8443/?"},
		{"GET", "/\xff<\">", "files.example", 308, "https://files.example:8443/%FF%3C%22%3E"},
		{"GET", "http://files.example/x?q", "ignored.example", 308, "https://files.example:8443/x?q"},
		{"GET", "/", "192.0.2.1:80", 308, "https://192.0.2.1:8443/"},
		{"GET", "/", "[fd00::1]:80", 308, "https://[fd00::1]:8443/"},
		{"GET", "/", "[FD00:0:0::1]", 308, "https://[fd00::1]:8443/"},
		{"GET", "/", "127.0.0.1", 308, "https://127.0.0.1:8443/"}, // where it was reached
		{"GET", "/", "127.0.0.2", 421, ""},
		{"GET", "/", "evil.example", 421, ""},
		{"GET", "/", "files.example.evil.example", 421, ""},
		{"GET", "/", "files.example:80:80", 421, ""},
		{"GET", "/", "files.example:x", 421, ""},
		{"GET", "/", "[::2]", 421, ""},
		{"GET", "/", "a..b", 421, ""},
		{"HEAD", "/", "evil.example", 421, ""},
		{"GET", "http://evil.example/x", "files.example", 421, ""},
		{"OPTIONS", "*", "files.example", 200, ""}, // net/http's own, unless it is told otherwise
		{"CONNECT", "files.example:443", "files.example:443", 400, ""},
		{"GET", "/.salver/ca", "any.example", 200, ""},
		{"GET", "/.salver%2Fca", "files.example", 308, "https://files.example:8443/.salver%2Fca"},
		{"GET", "/.salver/ca/", "files.example", 308, "https://files.example:8443/.salver/ca/"},
	}
	for _, tt := range tests {
		resp := ask(t, addr, fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", tt.method, tt.target, tt.host))
		if resp.StatusCode != tt.status || resp.Header.Get("Location") != tt.location {
			t.Errorf("%s %s at %s: got %d and %q, want %d and %q", tt.method, tt.target, tt.host, resp.StatusCode, resp.Header.Get("Location"), tt.status, tt.location)
		}
		if tt.status == 308 && (resp.ContentLength != 0 || resp.Header.Get("Cache-Control") != "no-cache") {
			t.Errorf("%s: %v", tt.target, resp.Header)
		}
	}
	if resp := ask(t, addr, "GET / HTTP/1.0\r\n\r\n"); resp.StatusCode != 421 {
		t.Errorf("without a host: %d", resp.StatusCode)
	}
	want := []string{"GET / 308 0", "GET /a/b%20c?x=1&y=%2F 308 0"}
	if diff := cmp.Diff(want, logged[:2]); diff != "" {
		t.Error(diff)
	}
}

// FuzzLocation holds that whatever was asked for, a browser is sent to this host and
// this port, to a path that begins with one slash.
func FuzzLocation(f *testing.F) {
	f.Add("files.example", "/a?b")
	f.Add("[::1]:80", `/\/evil.example`)
	f.Add("A.b.:8", "http://u@h/p")
	f.Add("1.2.3.4", "//\x00\r\n")
	f.Fuzz(func(t *testing.T, field, target string) {
		host, ok := hostOf(field)
		path, isPath := pathOf(target)
		if !ok || !isPath {
			return
		}
		text := location(host, 8443, path)
		u, err := url.Parse(text)
		if err != nil {
			if _, err := url.PathUnescape(path); err != nil {
				return // a % that encodes nothing stays as it was sent
			}
			t.Fatalf("%q: %v", text, err)
		}
		if u.Scheme != "https" || u.Hostname() != host || u.Port() != "8443" || u.User != nil {
			t.Errorf("%q leads to %q", text, u.Host)
		}
		if addr, err := netip.ParseAddr(host); err == nil && addr.Is6() && !strings.Contains(text, "["+host+"]") {
			t.Errorf("%q has no brackets", text)
		}
		if rest, _ := strings.CutPrefix(text, "https://"+u.Host); !strings.HasPrefix(rest, "/") || strings.HasPrefix(rest, "//") || strings.HasPrefix(rest, `/\`) {
			t.Errorf("%q", text)
		}
		for _, c := range []byte(text) {
			if c <= 0x20 || c >= 0x7f || c == '"' || c == '<' || c == '\\' {
				t.Errorf("%q holds %q", text, c)
			}
		}
		if _, query, _ := strings.Cut(path, "?"); strings.Trim(query, "abcdefghijklmnopqrstuvwxyz0123456789=&%/?") == "" {
			if _, got, _ := strings.Cut(text, "?"); got != query {
				t.Errorf("the query %q became %q", query, got)
			}
		}
	})
}
