package main

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestMedian(t *testing.T) {
	for _, tt := range []struct {
		v    []float64
		want float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 3, 2}, 2.5}} {
		before := append([]float64(nil), tt.v...)
		if got := median(tt.v); got != tt.want || !reflect.DeepEqual(before, tt.v) {
			t.Errorf("%v: got %v", before, got)
		}
	}
	if ratio(1, 0) != 0 || ratio(3, 2) != 1.5 {
		t.Errorf("ratios %v, %v", ratio(1, 0), ratio(3, 2))
	}
}

// sampled is a result of which the second round of nginx does not count.
func sampled() result {
	r := result{
		Name: "1k", Title: "1 KiB", Unit: perRequest.unit(), Reference: "nginx",
		Rows: []row{
			{Server: "nginx", Rounds: []sample{{1, 20, 5, 15, 50_000}, {3, 30, 6, 24, 40_000}}},
			{Server: "salver", Rounds: []sample{{1, 10, 4, 6, 90_000}, {2, 500, 1, 1, 1}, {3, 24, 8, 16, 41_000}}, Notes: []string{"a note"}},
		},
	}
	r.summarize()
	return r
}

func TestSummarize(t *testing.T) {
	r := sampled()
	got := *r.row("salver")
	got.Rounds = nil
	want := row{
		Server: "salver", Value: 24, User: 4, System: 6, PerSecond: 41_000,
		Ratio: 24.0 / 25, Lowest: 0.5, Highest: 0.8, Notes: []string{"a note"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if r.row("h2o") != nil {
		t.Error("h2o has a row")
	}
	r = result{Reference: "nginx", Rows: []row{{Server: "salver", Rounds: []sample{{Round: 1, Value: 3}}}}}
	if r.summarize(); r.Rows[0].Ratio != 0 || r.Rows[0].Value != 3 {
		t.Errorf("without nginx: %+v", r.Rows[0])
	}
}

func TestLines(t *testing.T) {
	r := sampled()
	r.Others = 0.2
	r.Rows[1].Length = 1272
	const want = `1k: 1 KiB, µs of CPU per request
  nginx                25.0  (user 5.50, system 19.5; 45,000/s)
  salver               24.0  (user 4.00, system 6.00; 41,000/s; 1,272 bytes)  0.96 × nginx, rounds 0.50 to 0.80
    a note
  other programs took 20% of the two processors meanwhile
`
	if got := r.lines(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	r.Others = 0.01
	if strings.Contains(r.lines(), "other programs") {
		t.Error("others are mentioned that did nothing")
	}
}

func TestMarkdown(t *testing.T) {
	late := result{Title: "start", Unit: toAccept.unit(), Reference: "nginx", Rows: []row{{Server: "salver", Value: 1234.5}, {Server: "h2o", Value: 3}}}
	handler := result{Title: "10 KiB", Unit: perRequest.unit(), Reference: "http.FileServer", Rows: []row{{Server: "http.FileServer", Value: 80}, {Server: "salver.Handler", Value: 60, Ratio: 0.75}}}
	r := &report{Results: []result{sampled(), late, handler}}
	const want = `| µs of CPU per request | nginx | h2o | salver |
|---|---|---|---|
| 1 KiB | 25.0 | – | 24.0 (0.96) |
| start (ms to the first accept) | – | 3.00 | 1,235 |

| µs of CPU per request | http.FileServer | salver.Handler |
|---|---|---|
| 10 KiB | 80.0 | 60.0 (0.75) |

`
	if got := r.markdown(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestCaveats(t *testing.T) {
	busy := sampled()
	busy.Others = 0.2
	r := &report{LeftOut: []omission{{Server: "h2o", Reason: "gone"}}, Results: []result{busy}}
	const want = `left out: h2o: gone
1k: other programs took 20% of the two processors
1k, salver: a note
`
	if got := r.caveats(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestFigure(t *testing.T) {
	for v, want := range map[float64]string{0: "0.00", 0.456: "0.46", 9.99: "9.99", 9.996: "10.0", 99.94: "99.9", 99.96: "100", 1234567: "1,234,567"} {
		if got := figure(v); got != want {
			t.Errorf("%v: got %s, want %s", v, got, want)
		}
	}
}

func TestReportFile(t *testing.T) {
	want := &report{
		Machine: machine{Processor: "x", LoadCPU: 1}, Settings: settings{Rounds: 2, Load: "wrk"}, Servers: []version{{"nginx", "1"}},
		LeftOut: []omission{{"1k", "h2o", "gone"}}, Results: []result{sampled()},
	}
	name := filepath.Join(t.TempDir(), "r.json")
	if err := writeReport(name, want); err != nil {
		t.Fatal(err)
	}
	got, err := readReport(name)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
	got.keep([]scenario{{name: "1k"}}, []string{"salver"})
	if len(got.Results) != 1 || len(got.Results[0].Rows) != 1 || got.Results[0].Rows[0].Server != "salver" {
		t.Errorf("kept %+v", got.Results)
	}
	if got.keep([]scenario{{name: "10k"}}, nil); len(got.Results) != 0 {
		t.Errorf("kept %+v", got.Results)
	}
	if _, err := readReport("result_test.go"); err == nil || !strings.Contains(err.Error(), "-json") {
		t.Errorf("of another file: %v", err)
	}
}

func TestOmission(t *testing.T) {
	for want, o := range map[string]omission{
		"h2o: gone":     {Server: "h2o", Reason: "gone"},
		"1k: gone":      {Scenario: "1k", Reason: "gone"},
		"1k, h2o: gone": {"1k", "h2o", "gone"},
	} {
		if got := o.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
