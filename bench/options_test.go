package main

import (
	"errors"
	"flag"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseOptions(t *testing.T) {
	o, err := parseOptions(strings.Fields("-rounds 3 -seconds 1 -only handler,1k -servers nginx,salver -json a -chart b"), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range o.chosen {
		names = append(names, s.name)
	}
	if want := "1k handler-1k handler-10k handler-100k handler-4m"; strings.Join(names, " ") != want {
		t.Errorf("chosen %s, want %s", names, want)
	}
	if o.rounds != 3 || o.visit() != time.Second || o.json != "a" || o.chart != "b" || o.salver != nil || !slices.Equal(o.servers, []string{"nginx", "salver"}) {
		t.Errorf("%+v", o)
	}
	for only, want := range map[string]string{
		"h2":           "h2-1k h2-10k h2-100k h2-mix",
		"tls":          "h2-1k h2-10k h2-100k h2-mix tls-10k tls-connect tls-idle",
		"tls-idle,404": "404 tls-idle",
	} {
		chosen, err := choose(scenarios(), only)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, s := range chosen {
			names = append(names, s.name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s are %s, want %s", only, got, want)
		}
	}
	if o, err = parseOptions([]string{"-salver", " /bin/salver  --x "}, io.Discard); err != nil || !slices.Equal(o.salver, []string{"/bin/salver", "--x"}) {
		t.Errorf("-salver: %q, %v", o.salver, err)
	}
	if o, err := parseOptions(strings.Fields("-sizes a -salver b"), io.Discard); err != nil || o.sizes != "a" {
		t.Errorf("-sizes: %q, %v", o.sizes, err)
	}
	if len(o.chosen) != len(scenarios()) || o.servers != nil {
		t.Errorf("%d scenarios, servers %v", len(o.chosen), o.servers)
	}
	for args, want := range map[string]string{
		"-only 1k,2k":         `no scenario is called "2k": they are 1k, `,
		"-servers apache":     `no server is called "apache": they are nginx, `,
		"-rounds 0":           "1 or more",
		"-from a -json b":     "-from measures nothing",
		"-from a -salver b":   "-from measures nothing",
		"-sizes a -only 1k":   "-sizes goes with -salver alone",
		"-sizes a -json b":    "-sizes goes with -salver alone",
		"-only h2 -chart a":   "a chart shows ratios to nginx without TLS",
		"1k":                  `"1k" is not a flag`,
		"-round 3":            "-help lists the flags",
		"-servers nginx,":     `no server is called ""`,
		"-only 1k-revalidat":  `no scenario is called "1k-revalidat"`,
		"-seconds 1 -rounds ": "-help lists the flags",
	} {
		if _, err := parseOptions(strings.Fields(args), io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", args, err)
		}
	}
	var help strings.Builder
	if _, err := parseOptions([]string{"-help"}, &help); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("-help: %v", err)
	}
	for _, want := range []string{"usage: go run .", "-rounds N", "scenarios: 1k, 1k-revalidate, ", ", tls, h2, h2-1k", ", handler, handler-1k"} {
		if !strings.Contains(help.String(), want) {
			t.Errorf("help does not have %q:\n%s", want, &help)
		}
	}
}

// TestScenarios holds together what the table refers to.
func TestScenarios(t *testing.T) {
	all := scenarios()
	names := scenarioNames(all)
	sorted := slices.Sorted(slices.Values(names))
	if unique := slices.Compact(slices.Clone(sorted)); len(unique) != len(names) {
		t.Errorf("a name is there twice: %v", sorted)
	}
	for _, s := range all {
		if len(s.load.targets) == 0 || s.title == "" {
			t.Errorf("%s asks for nothing or has no title", s.name)
		}
		for _, p := range append(slices.Clone(s.peers), s.reference()) {
			if order(p) < 0 {
				t.Errorf("%s: there is no server %s", s.name, p)
			}
		}
		if s.base != "" && (!slices.Contains(names, s.base) || s.label == "" || s.flags == nil) {
			t.Errorf("%s varies %q as %q with %q", s.name, s.base, s.label, s.flags)
		}
	}
	if got := thousands(12) + " " + thousands(123456) + " " + thousands(1000); got != "12 123,456 1,000" {
		t.Error(got)
	}
	if got := count(1, "round") + ", " + count(1200, "round"); got != "1 round, 1,200 rounds" {
		t.Error(got)
	}
}

func TestLacks(t *testing.T) {
	const help = "  -q, --quiet   no\n      --log-format FORMAT   x\n  --window[=1s]  instead of --revalidated\n"
	for _, tt := range []struct{ flags, want string }{
		{"", ""},
		{"--quiet --log-format combined --window 1s", ""},
		{"--revalidate 1s", "--revalidate"},
		{"--log-format json --log", "--log"},
	} {
		if got := lacks(help, strings.Fields(tt.flags)); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.flags, got, tt.want)
		}
	}
}
