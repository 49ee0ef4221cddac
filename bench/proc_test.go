package main

import (
	"slices"
	"testing"
	"time"
)

// A name may hold what looks like other fields.
const statText = "4711 (a) S 9 (x y) S 1 42 42 0 -1 4194560 571 8 0 0 123 45 6 7 20 0 5 0 990 1 2\n"

func TestParseStat(t *testing.T) {
	group, u, err := parseStat([]byte(statText))
	if want := (usage{1230 * time.Millisecond, 450 * time.Millisecond}); err != nil || group != 42 || u != want {
		t.Errorf("got %d, %+v, %v", group, u, err)
	}
	for _, text := range []string{"", "1 (a) S 1 2", "1 (a) S 1 x 1 0 -1 0 0 0 0 0 1 1 ", "1 a S 1 1 1 0 -1 0 0 0 0 0 1 1"} {
		if _, _, err := parseStat([]byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte(statText))
	f.Add([]byte("1 ()) S"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, u, err := parseStat(text); err != nil && u != (usage{}) {
			t.Errorf("%+v beside %v", u, err)
		}
	})
}

func TestParseReady(t *testing.T) {
	for text, want := range map[string]bool{
		statText: false, "": false, "1 (R)": false, "1 (R) ": false, "1 (R) S": false,
		"1 (S) R 1": true, "1 ()) D 1": true, "1 (a": false,
	} {
		if parseReady([]byte(text)) != want {
			t.Errorf("%q: %t", text, !want)
		}
	}
}

func TestUsage(t *testing.T) {
	a, b := usage{5, 7}, usage{1, 2}
	if got := a.plus(b); got != (usage{6, 9}) || got.sum() != 15 {
		t.Errorf("sum %+v, %d", got, got.sum())
	}
	if got := a.minus(b); got != (usage{4, 5}) {
		t.Errorf("difference %+v", got)
	}
}

func TestParseBusy(t *testing.T) {
	const text = "cpu  1 1 1 1 1 1 1 1 1 1\ncpu1 1 2 4 1000 2000 8 16 32 4000 8000\ncpu10 9 9 9 9 9 9 9 9 9 9\nintr 1\n"
	if got, err := parseBusy(text, 1); err != nil || got != 630*time.Millisecond {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := parseBusy(text, 0); err == nil {
		t.Error("a processor that is not there is busy")
	}
}

func TestParseResident(t *testing.T) {
	const text = "558d743af000-7ffd4c8dc000 ---p 00000000 00:00 0 [rollup]\nRss:                1700 kB\nPss:                 625 kB\n"
	if got, err := parseResident(text); err != nil || got != 1700 {
		t.Errorf("got %d, %v", got, err)
	}
	for _, text := range []string{"", "Pss: 625 kB\n", "Rss: 1700 MB\n", "Rss: x kB\n"} {
		if _, err := parseResident(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestParseCPUs(t *testing.T) {
	for list, want := range map[string][]int{"0\n": {0}, "\t0-2,7": {0, 1, 2, 7}, "3,5": {3, 5}} {
		if got, err := parseCPUs(list); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %v, %v", list, got, err)
		}
	}
	for _, list := range []string{"", "a", "1-", "2-1", "0-99999999999"} {
		if got, err := parseCPUs(list); err == nil {
			t.Errorf("%q is taken for %v", list, got)
		}
	}
}

func TestTwoCPUs(t *testing.T) {
	for _, tt := range []struct {
		allowed, siblings []int
		server, load      int
		shared            bool
	}{
		{[]int{0, 1}, []int{0}, 0, 1, false},
		{[]int{0, 1, 2, 3}, []int{0, 1}, 0, 2, false},
		{[]int{4, 5}, nil, 4, 5, false},
		{[]int{0, 1}, []int{0, 1}, 0, 1, true},
		{[]int{3}, []int{3, 7}, 3, 3, true},
	} {
		server, load, shared := twoCPUs(tt.allowed, tt.siblings)
		if server != tt.server || load != tt.load || shared != tt.shared {
			t.Errorf("%v, siblings %v: got %d, %d, %v", tt.allowed, tt.siblings, server, load, shared)
		}
	}
}
