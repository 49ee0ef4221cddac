package semantics

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var acceptCases = []struct {
	accept string
	offers string
	want   string
}{
	{"", "text/html application/json", "text/html"},
	{" , ,", "text/html application/json", "text/html"},
	{"*/*", "text/html application/json", "text/html"},
	{"application/json", "text/html application/json", "application/json"},
	{"application/*", "text/html application/json", "application/json"},
	{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json text/html text/plain", "text/html"},
	{"text/plain, application/json", "text/html application/json text/plain", "application/json"},
	{"TEXT/Plain;Q=0.5", "text/html text/plain", "text/plain"},
	{"image/png", "text/html application/json", ""},
	{"image/png", "", ""},
	{"", "", ""},

	// the example of RFC 9110 §12.5.1
	{"text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5", "text/html text/plain image/jpeg", "text/plain"},
	{"text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5", "text/html image/jpeg", "image/jpeg"},

	// weights
	{"text/html;q=0.1, application/json;q=0.101", "text/html application/json", "application/json"},
	{"text/html;q=0.5, application/json;q=0.500", "text/html application/json", "text/html"},
	{"text/html;q=0, */*", "text/html application/json", "application/json"},
	{"text/*;q=0, */*;q=0.1", "text/html text/plain application/json", "application/json"},
	{"*/*;q=0", "text/html", ""},
	{"text/html;q=0.000", "text/html", ""},
	{"*/*, text/html;q=0.1", "text/html application/json", "application/json"},
	{"text/html;q=0.2, text/html;q=0.6, application/json;q=0.4", "application/json text/html", "text/html"},
	{"text/html ; q=0.4 , application/json\t;\tq=0.5", "text/html application/json", "application/json"},
	{"text/html;q=1.000, application/json", "application/json text/html", "application/json"},

	// parameters
	{"text/html;level=1", "text/html", ""},
	{"text/html;level=1, application/json;q=0.1", "text/html application/json", "application/json"},
	{"text/html;q=0.5;level=1", "text/html", ""},
	{"text/html;;q=0.5;, application/json;q=0.4", "application/json text/html", "text/html"},
	{`image/png;a="b,c;q=0\"", application/json`, "text/html application/json", "application/json"},

	// malformed members
	{"text/html;q=2, application/json;q=0.1", "text/html application/json", "application/json"},
	{"text/html;q=1.001, application/json;q=0.1", "text/html application/json", "application/json"},
	{"text/html;q=0.1234, application/json;q=0.1", "text/html application/json", "application/json"},
	{"text/html;q=.5, application/json;q=0.1", "text/html application/json", "application/json"},
	{"text/html;q=-1, application/json;q=0.1", "text/html application/json", "application/json"},
	{"text/html;q=, application/json;q=0.1", "text/html application/json", "application/json"},
	{"text/html;q, application/json;q=0.1", "text/html application/json", "application/json"},
	{`text/html;q="1", application/json;q=0.1`, "text/html application/json", "application/json"},
	{"text/html;q=0x1, application/json;q=0.1", "text/html application/json", "application/json"},
	{"text/html;a=\"\x00\", application/json;q=0.1", "text/html application/json", "application/json"},
	{"text/html;a=\"\\\x00\", application/json;q=0.1", "text/html application/json", "application/json"},
	{"text/html;q=1;q=1, application/json;q=0.1", "text/html application/json", "application/json"},
	{"text/html q=1, application/json;q=0.1", "text/html application/json", "application/json"},
	{"text / html, application/json;q=0.1", "text/html application/json", "application/json"},
	{"text, application/json;q=0.1", "text/html application/json", "application/json"},
	{"text/, application/json;q=0.1", "text/html application/json", "application/json"},
	{"/html, application/json;q=0.1", "text/html application/json", "application/json"},
	{"*/html, application/json;q=0.1", "text/html application/json", "application/json"},
	{"text/html, image/gif, *; q=.2, */*; q=.2", "application/json text/html", "text/html"},
	{"*", "text/html application/json", "text/html"},
	{"json", "text/html application/json", "text/html"},
	{`text/html;a="b, application/json`, "text/html application/json", "text/html"},
}

func TestNegotiate(t *testing.T) {
	for _, c := range acceptCases {
		offers := strings.Fields(c.offers)
		if got := Negotiate(is(c.accept), offers...); got != c.want {
			t.Errorf("%q for %v: %q, want %q", c.accept, offers, got, c.want)
		}
		if got := naiveNegotiate(c.accept, offers); got != c.want {
			t.Errorf("twin, %q for %v: %q, want %q", c.accept, offers, got, c.want)
		}
	}
	if got := Negotiate(Value{}, "text/html", "text/plain"); got != "text/html" {
		t.Errorf("no field: %q", got)
	}
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"

var (
	naiveMedia = regexp.MustCompile(`(?s)\A[ \t]*(` + token + `)/(` + token + `)((?:[ \t]*;[ \t]*(?:` + parameter + `)?)*)[ \t]*\z`)
	naiveParam = regexp.MustCompile(parameter)
	naiveQ     = regexp.MustCompile(`\A(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\z`)
)

const parameter = `(` + token + `)=(` + token + `|"(?:[\t !\x23-\x5b\x5d-\x7e\x{80}-\x{ff}]|\\[\t -\x7e\x{80}-\x{ff}])*")`

// naiveNegotiate is the twin of Negotiate: expressions, and every media range
// kept to be asked again.
func naiveNegotiate(accept string, offers []string) string {
	type rated struct {
		name string
		q    float64
	}
	// The expressions speak of code points: widen each byte to one.
	var list []string
	current, quoted, escaped := "", false, false
	for i := range len(accept) {
		c := accept[i]
		if c == ',' && !quoted {
			list = append(list, current)
			current = ""
			continue
		}
		current += string(rune(c))
		switch {
		case escaped:
			escaped = false
		case c == '\\':
			escaped = quoted
		case c == '"':
			quoted = !quoted
		}
	}
	list = append(list, current)

	var ranges []rated
	wellFormed := false
members:
	for _, member := range list {
		m := naiveMedia.FindStringSubmatch(member)
		if m == nil {
			continue
		}
		r := rated{strings.ToLower(m[1] + "/" + m[2]), 1}
		seen, other := false, false
		for _, p := range naiveParam.FindAllStringSubmatch(m[3], -1) {
			if !strings.EqualFold(p[1], "q") {
				other = true
				continue
			}
			if seen || !naiveQ.MatchString(p[2]) {
				continue members
			}
			seen = true
			r.q, _ = strconv.ParseFloat(p[2], 64)
		}
		wellFormed = true
		if !other {
			ranges = append(ranges, r)
		}
	}
	if !wellFormed && len(offers) > 0 {
		return offers[0]
	}
	best := rated{}
	for _, offer := range offers {
		typ, _, _ := strings.Cut(offer, "/")
		for _, name := range []string{offer, typ + "/*", "*/*"} {
			q := -1.0
			for _, r := range ranges {
				if r.name == name {
					q = max(q, r.q)
				}
			}
			if q > best.q {
				best = rated{offer, q}
			}
			if q >= 0 {
				break
			}
		}
	}
	return best.name
}

func FuzzNegotiate(f *testing.F) {
	for _, c := range acceptCases {
		f.Add(c.accept)
	}
	offers := []string{"text/html", "application/json", "text/plain"}
	f.Fuzz(func(t *testing.T, accept string) {
		if got, want := Negotiate(is(accept), offers...), naiveNegotiate(accept, offers); got != want {
			t.Fatalf("%q: %q, want %q", accept, got, want)
		}
	})
}

func TestNegotiateAllocates(t *testing.T) {
	accept := is(strings.Repeat(`text/html;a="\b",`, 100) + "*/*;q=0.5")
	if n := testing.AllocsPerRun(10, func() { Negotiate(accept, "text/html", "application/json") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkNegotiate(b *testing.B) {
	for name, accept := range map[string]string{
		"browser": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8",
		"8KiB":    strings.Repeat("a/b;q=0.1,", 819),
		"quotes":  strings.Repeat(`a/b;c="\,",`, 745),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Negotiate(is(accept), "text/html", "application/json", "text/plain")
			}
		})
	}
}
