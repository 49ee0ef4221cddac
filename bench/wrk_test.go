package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	wrkGood = `Running 2s test @ http://127.0.0.1:19001/1k.html
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.32ms  412.11us  12.90ms   92.35%
    Req/Sec    48.90k     2.61k   52.21k    85.00%
  97312 requests in 2.00s, 117.04MB read
Requests/sec:  48648.80
Transfer/sec:     58.51MB
`
	wrkBad = `Running 1s test @ http://127.0.0.1:8765/nope
  1 threads and 4 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     3.49ms    2.44ms  30.52ms   95.38%
    Req/Sec     1.20k   148.43     1.40k    80.00%
  1193 requests in 1.10m, 512B read
  Socket errors: connect 1, read 20, write 300, timeout 4000
  Non-2xx or 3xx responses: 1190
Requests/sec:   1191.55
Transfer/sec:    605.09KB
`
)

func TestParseWrk(t *testing.T) {
	mib := 117.04
	for text, want := range map[string]tally{
		wrkGood: {requests: 97312, bytes: int64(mib * (1 << 20)), elapsed: 2 * time.Second},
		wrkBad:  {requests: 1193, bytes: 512, refused: 1190, broken: 4321, elapsed: 66 * time.Second},
	} {
		if got, err := parseWrk(text); err != nil || got != want {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
	_, err := parseWrk("unable to connect to 127.0.0.1:1 Connection refused\n")
	if err == nil || !strings.HasSuffix(err.Error(), "Connection refused") {
		t.Errorf("of wrk that could not connect: %v", err)
	}
}

func FuzzParseWrk(f *testing.F) {
	f.Add(wrkGood)
	f.Add(wrkBad)
	f.Add("1 requests in 1.0.0s, 1.00GB read")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parseWrk(text)
		if err == nil && (got.requests < 0 || got.refused < 0 || got.elapsed < 0) {
			t.Errorf("%+v", got)
		}
	})
}

func TestWrkArguments(t *testing.T) {
	r := request{targets: []string{"/a"}, fields: []string{"Range: bytes=0-1"}, close: true}
	want := "-t 1 -c 64 -d 2s --timeout 10s -H Range: bytes=0-1 -H Connection: close http://127.0.0.1:80/a"
	if got := strings.Join(wrkArguments(r, "127.0.0.1:80", 64, 2, "x.lua"), " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	r = request{targets: []string{"/a", "/b"}}
	want = "-t 1 -c 1 -d 9s --timeout 10s -s x.lua http://127.0.0.1:80/"
	if got := strings.Join(wrkArguments(r, "127.0.0.1:80", 1, 9, "x.lua"), " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if script := wrkScript(r.targets); !strings.HasPrefix(script, "local targets = {\n\"/a\",\n\"/b\",\n}\n") {
		t.Error(script)
	}
}

func TestDoubt(t *testing.T) {
	for _, tt := range []struct {
		tally  tally
		status int
		answer int64
		want   string
	}{
		{tally{requests: 100, bytes: 130_000}, 200, 1300, ""},
		{tally{requests: 100, bytes: 1}, 200, 0, ""},
		{tally{requests: 100, bytes: 25_000, refused: 100}, 404, 250, ""},
		{tally{}, 200, 1300, "no request was answered"},
		{tally{requests: 100, bytes: 130_000, broken: 3}, 200, 1300, "3 connections failed"},
		{tally{requests: 100, bytes: 130_000, refused: 7}, 200, 1300, "7 of 100 answers were 4xx or 5xx"},
		{tally{requests: 100, bytes: 130_000, refused: 99}, 404, 1300, "1 of 100 answers were not 4xx or 5xx"},
		{tally{requests: 100, bytes: 110_000}, 200, 1300, "100 answers took 110000 bytes where one takes 1300"},
		// A 200 in place of a 304.
		{tally{requests: 1000, bytes: 10_500_000}, 304, 250, "1000 answers took 10500000 bytes where one takes 250"},
		// Parts of 64 answers are no reason.
		{tally{requests: 100, bytes: 160_000_000}, 200, 1_000_000, ""},
	} {
		if got := tt.tally.doubt(tt.status, tt.answer, 64); got != tt.want {
			t.Errorf("%+v: got %q, want %q", tt.tally, got, tt.want)
		}
	}
}

func TestLastLine(t *testing.T) {
	var got []string
	for _, text := range []string{"", "\n", "a", "a\nb c\n\n"} {
		got = append(got, lastLine(text))
	}
	if want := []string{"", "", "a", "b c"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
