package http1

import (
	"bufio"
	"bytes"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/salver-http/salver/internal/message"
	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/semantics"
)

func crlf(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r\n")) }

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, head string // with LF for CRLF, and \r as it stands
		want       Verdict
	}{
		{"plain", "GET / HTTP/1.1\nHost: a\n\n", Accepted},
		{"head", "HEAD /a?b=c HTTP/1.1\nHost: a:80\n\n", Accepted},
		{"white space around a value", "GET / HTTP/1.1\nHost: \t a \t\n\n", Accepted},
		{"percent", "GET /%41%ff HTTP/1.1\nHost: a\n\n", Accepted},
		{"close", "GET / HTTP/1.1\nHost: a\nConnection: Close\n\n", Accepted},
		{"empty field", "GET / HTTP/1.1\nHost: a\nIf-None-Match:\n\n", Accepted},
		{"nothing yet", "", Incomplete},
		{"half a line", "GET / HT", Incomplete},
		{"no end", "GET / HTTP/1.1\nHost: a\n", Incomplete},
		{"half an end", "GET / HTTP/1.1\nHost: a\n\r", Incomplete},
		{"other method", "POST / HTTP/1.1\nHost: a\n\n", HandOver},
		{"lower case", "get / HTTP/1.1\nHost: a\n\n", HandOver},
		{"old version", "GET / HTTP/1.0\nHost: a\n\n", HandOver},
		{"odd version", "GET / HTTP/1.2\nHost: a\n\n", HandOver},
		{"no version", "GET /\n\n", HandOver},
		{"absolute-form", "GET http://a/ HTTP/1.1\nHost: a\n\n", HandOver},
		{"asterisk-form", "GET * HTTP/1.1\nHost: a\n\n", HandOver},
		{"two spaces", "GET  / HTTP/1.1\nHost: a\n\n", HandOver},
		{"space in target", "GET /a b HTTP/1.1\nHost: a\n\n", HandOver},
		{"fragment", "GET /#a HTTP/1.1\nHost: a\n\n", HandOver},
		{"bad percent", "GET /%4 HTTP/1.1\nHost: a\n\n", HandOver},
		{"non-ASCII target", "GET /\xff HTTP/1.1\nHost: a\n\n", HandOver},
		{"no host", "GET / HTTP/1.1\n\n", HandOver},
		{"empty host", "GET / HTTP/1.1\nHost:\n\n", HandOver},
		{"two hosts", "GET / HTTP/1.1\nHost: a\nhost: a\n\n", HandOver},
		{"odd host", "GET / HTTP/1.1\nHost: a/b\n\n", HandOver},
		{"no colon", "GET / HTTP/1.1\nHost: a\nx\n\n", HandOver},
		{"space before colon", "GET / HTTP/1.1\nHost : a\n\n", HandOver},
		{"no name", "GET / HTTP/1.1\nHost: a\n: x\n\n", HandOver},
		{"NUL in value", "GET / HTTP/1.1\nHost: a\nX: \x00\n\n", HandOver},
		{"bare CR in value", "GET / HTTP/1.1\nHost: a\nX: a\rb\n\n", HandOver},
		{"obs-text", "GET / HTTP/1.1\nHost: a\nX: \xe9\n\n", HandOver},
		{"repeated", "GET / HTTP/1.1\nHost: a\nRange: bytes=0-1\nrange: bytes=2-3\n\n", HandOver},
		{"repeated list", "GET / HTTP/1.1\nHost: a\nAccept-Encoding: br\naccept-encoding:\n\n", HandOver},
		{"content", "GET / HTTP/1.1\nHost: a\nContent-Length: 0\n\n", HandOver},
		{"chunked", "GET / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n", HandOver},
		{"expect", "GET / HTTP/1.1\nHost: a\nExpect: 100-continue\n\n", HandOver},
		{"upgrade", "GET / HTTP/1.1\nHost: a\nUpgrade: h2c\n\n", HandOver},
		{"connection options", "GET / HTTP/1.1\nHost: a\nConnection: close, x\n\n", HandOver},
		{"100 fields", "GET / HTTP/1.1\nHost: a\n" + strings.Repeat("X: y\n", 99) + "\n", Accepted},
		{"101 fields", "GET / HTTP/1.1\nHost: a\n" + strings.Repeat("X: y\n", 100) + "\n", HandOver},
		{"too long", "GET / HTTP/1.1\nX: " + strings.Repeat("y", MaxHead), HandOver},
		{"CL and TE", "POST / HTTP/1.1\nHost: a\nContent-Length: 3\nTransfer-Encoding: chunked\n\n", Refused},
		{"TE and CL, in disguise", "POST / HTTP/1.1\nHost: a\ntransfer-encoding : chunked\nCONTENT-LENGTH: 3\n\n", Refused},
		{"TE in 1.0", "POST / HTTP/1.0\nHost: a\nTransfer-Encoding: chunked\n\n", Refused},
		{"obs-fold", "GET / HTTP/1.1\nHost: a\nX: y\n z\n\n", Refused},
		{"fold first", "GET / HTTP/1.1\n Host: a\n\n", Refused},
		{"empty line first", "\nGET / HTTP/1.1\nHost: a\n\n", Refused},
	} {
		var h message.Head
		if _, got := Parse(crlf(c.head), &h); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	for _, bare := range []string{"GET / HTTP/1.1\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\n", "\n"} {
		var h message.Head
		if _, got := Parse([]byte(bare), &h); got != Refused {
			t.Errorf("%q: %v", bare, got)
		}
	}
}

// FuzzParse: what the lane accepts, net/http accepts, and reads the same in it.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"GET / HTTP/1.1\nHost: a\n\n", "HEAD /a%20b?c HTTP/1.1\nHost: [::1]:80\nRange: bytes=0-1\nIf-Range: \"x\"\nReferer: r\nUser-Agent: u\n\nrest",
		"GET / HTTP/1.1\nHost: a\nContent-Length: 1\nTransfer-Encoding: chunked\n\n", "GET / HTTP/1.1\nHost: a\nX: y\n z\n\n",
		"GET / HTTP/1.1\nHost : a\n\n", "GET / HTTP/1.1\nHost: a\nAccept: \n\n", "GET //a/../b HTTP/1.1\nHost: a\nConnection: close\n\n", "GET / HTTP/1.1\nHost: a\nX: \rb\n\n",
		"GET http://a/ HTTP/1.1\nHost: b\n\n", "GET / HTTP/1.1\nHost: a\nHost: b\n\n", "GET /\x00 HTTP/1.1\nHost: a\n\n",
		"GET / HTTP/1.1\nHost: a\nACCEPT-encoding:\t gzip;q=0.5,, br \nAccept-Language: en\n\n", "GET / HTTP/1.1\nHost: a\nAccept-Encoding:\n\n",
		"GET / HTTP/1.1\nHost: a\nAccept-Encoding: br\naccept-encoding: gzip\n\n",
	} {
		f.Add(crlf(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var h message.Head
		n, v := Parse(b, &h)
		if v == Incomplete && len(b) >= MaxHead {
			t.Fatalf("%d bytes are incomplete", len(b))
		}
		if v != Accepted {
			return
		}
		for i := range n { // a part of a head is incomplete, whatever follows
			var part message.Head
			if _, v := Parse(b[:i], &part); v != Incomplete {
				t.Fatalf("the first %d bytes of a head are %v", i, v)
			}
		}
		rest := bufio.NewReader(bytes.NewReader(b))
		r, err := http.ReadRequest(rest)
		if err != nil {
			t.Fatalf("net/http does not take it: %v", err)
		}
		left := rest.Buffered()
		if more, _ := rest.Discard(1 << 30); more != left || len(b)-left != n {
			t.Errorf("the head has %d bytes, and for net/http %d", n, len(b)-left)
		}
		target := string(h.Path)
		if i := strings.IndexByte(r.RequestURI, '?'); i >= 0 {
			target += "?" + string(h.Query)
		}
		if r.Method != string(h.Method) || r.RequestURI != target || r.Host != string(h.Host) || r.Close != h.Close || r.ContentLength != 0 || r.Body != http.NoBody {
			t.Errorf("%q is another request for net/http: %+v", b[:n], r)
		}
		for name, got := range map[string][]byte{
			"Accept": h.Accept, "Accept-Encoding": h.AcceptEncoding, "If-Match": h.IfMatch, "If-None-Match": h.IfNoneMatch, "If-Modified-Since": h.IfModifiedSince,
			"If-Unmodified-Since": h.IfUnmodifiedSince, "If-Range": h.IfRange, "Range": h.Range, "Referer": h.Referer, "User-Agent": h.UserAgent,
		} {
			want := r.Header[name]
			if len(want) > 1 || (len(want) == 1) != (got != nil) || len(want) == 1 && want[0] != string(got) {
				t.Errorf("%s is %q, and for net/http %q", name, got, want)
			}
		}
	})
}

// FuzzVisible: eight bytes at once are judged as one by one.
func FuzzVisible(f *testing.F) {
	for _, s := range []string{"", "plain text\t", "1234567\x1f8", "12345678\x7f", "\xff\x1f345678", "\x80", "\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f", "~~~~~~~~ ~~~"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if visible(b) != visibleEach(b) {
			t.Errorf("%q", b)
		}
	})
}

// TestKey: all that can influence an answer is in its key, but for Host and the fields
// that it can vary by.
func TestKey(t *testing.T) {
	keys := map[string]string{}
	for _, head := range []string{
		"GET / HTTP/1.1\nHost: a\n\n", "HEAD / HTTP/1.1\nHost: a\n\n", "GET /? HTTP/1.1\nHost: a\n\n", "GET /?N HTTP/1.1\nHost: a\n\n", "GET /N HTTP/1.1\nHost: a\n\n",
		"GET / HTTP/1.1\nHost: a\nIf-Match: x\n\n", "GET / HTTP/1.1\nHost: a\nIf-None-Match: x\n\n", "GET / HTTP/1.1\nHost: a\nIf-Modified-Since: x\n\n",
		"GET / HTTP/1.1\nHost: a\nIf-Unmodified-Since: x\n\n", "GET / HTTP/1.1\nHost: a\nIf-Range: x\n\n", "GET / HTTP/1.1\nHost: a\nRange: x\n\n",
		"GET / HTTP/1.1\nHost: a\nRange:\n\n", "GET / HTTP/1.1\nHost: a\nIf-Range: x\nRange: x\n\n",
	} {
		for _, more := range []string{"", "User-Agent: b\n", "X-Any: b\n", "Connection: close\n", "Referer: b\n", "Cookie: b\n", "Accept: b\n", "Accept-Encoding: b\n"} {
			var h message.Head
			whole := strings.TrimSuffix(head, "\n") + more + "\n"
			if _, v := Parse(crlf(whole), &h); v != Accepted {
				t.Fatalf("%q: %v", whole, v)
			}
			key := string(h.AppendKey(nil))
			if had, ok := keys[key]; ok && had != head {
				t.Errorf("%q and %q have one key", had, head)
			}
			if keys[key] = head; more != "" && len(keys) > 0 {
				var plain message.Head
				Parse(crlf(head), &plain)
				if string(plain.AppendKey(nil)) != key {
					t.Errorf("%q is in the key", more)
				}
			}
		}
	}
	// What semantics.Request has, the key has, or plan.Vary, or the site is asked about it for each
	// request (who asks): a new field belongs into one of them.
	if n := reflect.TypeFor[semantics.Request]().NumField(); n != 26 {
		t.Errorf("semantics.Request has %d fields: is the new one in the key?", n)
	}
}

// TestAppendVaried: the key of an answer that varies has what its set names and no more,
// and is not the one that says so, nor one of another set.
func TestAppendVaried(t *testing.T) {
	const bits = 7
	names := [5]string{"Accept", "Accept-Encoding", "Cookie", "Origin", "Sec-Fetch-Mode"}
	type choice struct {
		by     plan.Vary
		chosen [bits]int // by their place among the values, -1 where the set does not name it
	}
	keys := map[string]choice{}
	for n := range 3 * 3 * 3 * 3 * 3 * 2 * 2 {
		var values [bits]int
		text := "GET / HTTP/1.1\nRange: b\n"
		for i, name := range names {
			values[i], n = n%3, n/3
			text += [...]string{"", name + ":\n", name + ": b\n"}[values[i]]
		}
		values[5], values[6] = n%2, n/2
		text += "Host: " + "ab"[values[5]:values[5]+1] + "\n\n"
		var h message.Head
		if _, v := Parse(crlf(text), &h); v != Accepted {
			t.Fatalf("%q: %v", text, v)
		}
		h.Secure = values[6] == 1
		for by := range plan.Vary(1 << bits) {
			c := choice{by: by}
			has := false
			for i := range bits {
				if c.chosen[i] = -1; by>>i&1 != 0 {
					c.chosen[i] = values[i]
					has = has || values[i] != 0 || i >= len(names)
				}
			}
			if h.Has(by) != has {
				t.Fatalf("%q has %b: %v, want %v", text, by, h.Has(by), has)
			}
			key := string(h.AppendVaried(h.AppendKey(nil), by))
			if had, ok := keys[key]; ok && had != c {
				t.Fatalf("%v and %v have one key, %q", had, c, key)
			}
			keys[key] = c
		}
	}
}

func BenchmarkParse(b *testing.B) {
	head := crlf("GET /index.html HTTP/1.1\nHost: localhost:8000\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36\nAccept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\nAccept-Language: en-US,en;q=0.9\nSec-Fetch-Mode: navigate\nUpgrade-Insecure-Requests: 1\nCookie: a=b; theme=dark\n\n")
	b.ReportAllocs()
	for b.Loop() {
		var h message.Head
		if _, v := Parse(head, &h); v != Accepted {
			b.Fatal(v)
		}
	}
}
