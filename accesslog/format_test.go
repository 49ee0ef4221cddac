package accesslog

import (
	"encoding/json"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/salver-http/salver"
)

func TestMain(m *testing.M) {
	time.Local = time.FixedZone("", 2*60*60)
	os.Exit(m.Run())
}

var plain = salver.Access{
	Time:       time.Date(2026, 11, 22, 3, 41, 57, 120e6, time.UTC),
	RemoteAddr: "127.0.0.1:50412",
	Host:       "localhost:8000",
	Method:     "GET",
	Target:     "/f.txt",
	Proto:      "HTTP/1.1",
	Status:     200,
	Length:     1234,
	Duration:   420 * time.Microsecond,
}

var hostile = salver.Access{
	Time:       plain.Time,
	RemoteAddr: "[fe80::1%eth0]:50412",
	Method:     "GET\x1b",
	Target:     "/a b\"\n127.0.0.1 - -",
	Proto:      "HTTP/2.0",
	Status:     404,
	Duration:   90 * time.Second,
	Referer:    "\u202e\"x\\",
	UserAgent:  "curl/8\r\n",
}

func TestAppend(t *testing.T) {
	tests := []struct {
		format Format
		access salver.Access
		want   string
	}{
		{Python, plain, `127.0.0.1 - - [22/Nov/2026 05:41:57] "GET /f.txt HTTP/1.1" 200 1234 0.4ms`},
		{Python, hostile, `fe80::1%eth0 - - [22/Nov/2026 05:41:57] "GET\x1b /a\x20b\x22\x0a127.0.0.1\x20-\x20- HTTP/2.0" 404 0 90000.0ms`},
		{Combined, plain, `127.0.0.1 - - [22/Nov/2026:05:41:57 +0200] "GET /f.txt HTTP/1.1" 200 1234 "-" "-"`},
		{Combined, hostile, `fe80::1%eth0 - - [22/Nov/2026:05:41:57 +0200] "GET\x1b /a\x20b\x22\x0a127.0.0.1\x20-\x20- HTTP/2.0" 404 - "\xe2\x80\xae\x22x\x5c" "curl/8\x0d\x0a"`},
		{JSON, plain, `{"time":"2026-11-22T03:41:57.12Z","remote":"127.0.0.1","host":"localhost:8000","method":"GET","target":"/f.txt","proto":"HTTP/1.1","status":200,"length":1234,"duration_ms":0.420,"referer":"","user_agent":""}`},
		{JSON, hostile, `{"time":"2026-11-22T03:41:57.12Z","remote":"fe80::1%eth0","host":"","method":"GET\u001b","target":"/a b\"\u000a127.0.0.1 - -","proto":"HTTP/2.0","status":404,"length":0,"duration_ms":90000.000,"referer":"\u202e\"x\\","user_agent":"curl/8\u000d\u000a"}`},
		{Python, salver.Access{RemoteAddr: "@"}, `@ - - [01/Jan/0001 02:00:00] "- - -" 0 0 0.0ms`},
	}
	for _, tt := range tests {
		got := string(Append([]byte("before\n"), tt.format, tt.access))
		if diff := cmp.Diff("before\n"+tt.want+"\n", got); diff != "" {
			t.Errorf("%v:\n%s", tt.format, diff)
		}
	}
}

func TestAppendColors(t *testing.T) {
	for status, color := range map[int]string{101: "36", 206: "32", 304: "36", 404: "33", 500: "31"} {
		a := plain
		a.Status = status
		second := appendSecond(nil, Python, a.Time)
		got := string(appendPython(nil, &a, second, &terminalColors))
		bare := string(appendPython(nil, &a, second, &noColors))
		for _, seq := range []string{"\x1b[" + color + "m", "\x1b[2m", "\x1b[0m"} {
			if !strings.Contains(got, seq) {
				t.Errorf("%d: no %q in %q", status, seq, got)
			}
			got = strings.ReplaceAll(got, seq, "")
		}
		if got != bare {
			t.Errorf("%d: colours aside: %s", status, cmp.Diff(bare, got))
		}
	}
}

func TestParseFormat(t *testing.T) {
	for _, f := range []Format{Python, Combined, JSON} {
		if got, err := ParseFormat(f.String()); got != f || err != nil {
			t.Errorf("ParseFormat(%q) = %v, %v", f, got, err)
		}
	}
	_, err := ParseFormat("xml")
	if want := `"xml" is none of python, combined, json`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if got, want := Format(7).String(), "Format(7)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzRemoteHost(f *testing.F) {
	for _, s := range []string{"127.0.0.1:50412", "127.0.0.1:", "127.0.0.1", "1:2:3", ":80", ".:.", "[::1]:1", "[fe80::1%eth0]:1", "1.2.3.4:5]", "@", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, _, err := net.SplitHostPort(s)
		if err != nil {
			want = s
		}
		if got := remoteHost(s); got != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	})
}

func FuzzAppend(f *testing.F) {
	f.Add("127.0.0.1:1", "GET", "/", "HTTP/1.1", "", "curl")
	f.Add("[::1]:1", "G\"ET", "/ \n", "HTTP/2.0", "\u202e", "\xff\\")
	f.Add("", "", "", "", "-", "\"")
	f.Fuzz(func(t *testing.T, remote, method, target, proto, referer, agent string) {
		a := salver.Access{RemoteAddr: remote, Method: method, Target: target, Proto: proto, Referer: referer, UserAgent: agent}
		for _, format := range []Format{Python, Combined, JSON} {
			line := string(Append(nil, format, a))
			if strings.IndexByte(line, '\n') != len(line)-1 || strings.ContainsAny(line, "\r\u2028\u2029") {
				t.Errorf("%v: not one line: %q", format, line)
			}
			switch quotes := strings.Count(line, `"`); format {
			case Python:
				if quotes != 2 || len(strings.Fields(line)) != 11 {
					t.Errorf("%d quotation marks, %d words: %q", quotes, len(strings.Fields(line)), line)
				}
			case Combined:
				if quotes != 6 {
					t.Errorf("%d quotation marks: %q", quotes, line)
				}
			case JSON:
				var members map[string]any
				if err := json.Unmarshal([]byte(line), &members); err != nil || len(members) != 11 {
					t.Errorf("%d members, %v: %q", len(members), err, line)
				}
			}
		}
	})
}
