package semantics

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	anyCoding   = "zstd=br=gzip=identity"
	noneBut     = "identity"
	chromeValue = "gzip, deflate, br, zstd"
)

// codingCases are fields, and what they accept, from the best down.
var codingCases = []struct{ accept, want string }{
	// the examples of RFC 9110 §12.5.3
	{"compress, gzip", "gzip identity"},
	{"", noneBut},
	{"*", anyCoding},
	{"compress;q=0.5, gzip;q=1.0", "gzip identity"},
	{"gzip;q=1.0, identity; q=0.5, *;q=0", "gzip identity"},

	// what clients send
	{chromeValue, "zstd=br=gzip identity"},
	{"gzip, deflate", "gzip identity"},
	{"br;q=1.0, gzip;q=0.8, *;q=0.1", "br gzip zstd=identity"},
	{"gzip;q=1.0,deflate;q=0.6,identity;q=0.3", "gzip identity"},
	{"identity", noneBut},
	{"identity;q=1, *;q=0", noneBut},
	{"deflate, compress", noneBut},

	// what is excluded
	{"identity;q=0", ""},
	{"identity;q=0, br", "br"},
	{"identity;q=0.000, *", "zstd=br=gzip"},
	{"*;q=0", ""},
	{"*;q=0.0, zstd;q=0.001", "zstd"},
	{"*;q=0, identity", noneBut},
	{"gzip;q=0", noneBut},
	{"gzip;q=0, *", "zstd=br=identity"},
	{"*, gzip;q=0", "zstd=br=identity"},
	{"br;q=0, gzip", "gzip identity"},

	// weights
	{"gzip;q=0.001", "gzip identity"},
	{"*;q=0.001", anyCoding},
	{"gzip;q=0.5, br;q=0.500, zstd;q=0.501", "zstd br=gzip identity"},
	{"identity, gzip;q=0.999", "identity gzip"},
	{"identity;q=0.001, gzip;q=0.001", "gzip=identity"},
	{"gzip;q=1.000, br;q=1., zstd;q=0.", "br=gzip identity"},
	{"gzip;q=0.5, *;q=0.7", "zstd=br=identity gzip"},
	{"*;q=0.2, *;q=0.4, gzip;q=0.3", "zstd=br=identity gzip"},
	{"*;q=0.4, *;q=0.2, gzip;q=0.3", "zstd=br=identity gzip"},

	// names
	{"x-gzip", "gzip identity"},
	{"X-GZIP;Q=0.5, Br;q=0.4", "gzip br identity"},
	{"x-gzip;q=0, *", "zstd=br=identity"},
	{"x-gzip;q=0.2, gzip;q=0.6, br;q=0.4", "gzip br identity"},
	{"gzip;q=0.6, x-gzip;q=0.2, br;q=0.4", "gzip br identity"},
	{"GZIP, bR, zStD, IDENTITY", anyCoding},
	{"x-br, gzipped, gzi, **, *gzip, x-identity, zstd-1", noneBut},
	{"\u017ftd, g\u0131zip", noneBut}, // letters that fold in Unicode alone

	// a coding named twice
	{"gzip;q=0.2, gzip;q=0.6, br;q=0.4", "gzip br identity"},
	{"gzip;q=0.6, gzip;q=0.2, br;q=0.4", "gzip br identity"},
	{"gzip;q=0, gzip", "gzip identity"},
	{"identity;q=0, identity;q=0.5", noneBut},

	// malformed members say nothing, and the others count
	{"gzip;q=0.1234, br", "br identity"},
	{"gzip;q=1.001, br;q=2, zstd;q=-1", noneBut},
	{"gzip;q=, br", "br identity"},
	{"gzip;q, br", "br identity"},
	{"gzip;, br", "br identity"},
	{"gzip;level=3, br", "br identity"},
	{"gzip;q=0.5;q=0.6, br", "br identity"},
	{"gzip;q=0.5;level=3, br", "br identity"},
	{"gzip;level=3;q=0.5, br", "br identity"},
	{`gzip;q="0.5", br`, "br identity"},
	{"gzip q=0.5, br", "br identity"},
	{"gzip br", noneBut},
	{"gzip/q=0.5, br:q=1, zstd,q=1", "zstd identity"},
	{"gzip;q =0.5, br;q= 0.5, zstd;qq=1", noneBut},
	{"gzip;q=.5, br;q=00, zstd;q=0,5", noneBut},
	{"gzip;q=1e0, br;q=0x1, zstd;q=\u0661", noneBut},
	{"identity;q=0.0000", noneBut},
	{"*;q=0.0000", noneBut},
	{"g zip, ;q=1, =, /, \x00, gzip\x00, gzip\n", noneBut},
	{`"gzip, br", zstd`, "zstd identity"}, // no member has a quoted-string
	{`gzip;x="a, br, b", zstd`, "zstd=br identity"},

	// white space and empty members (§5.6.1.2)
	{" \t gzip \t;\t q=0.5\t , \tbr;q=0.4 ", "gzip br identity"},
	{",,gzip,,br;q=0.5,,", "gzip br identity"},
	{" , ,\t,", noneBut},
	{" ", noneBut},
	{",", noneBut},
	{"gzip\v, br\u00a0", noneBut},
	{strings.Repeat(",", 10<<10), noneBut},
	{strings.Repeat(",", 10<<10) + "gzip", "gzip identity"},
	{strings.Repeat("deflate,", 2<<10) + "br", "br identity"},
}

// inOrder is the codings with a weight, from the best down, equals joined by "=".
func inOrder[W cmp.Ordered](weights []W) string {
	var accepted []Coding
	for c := range codings {
		if weights[c] > *new(W) {
			accepted = append(accepted, c)
		}
	}
	slices.SortFunc(accepted, func(a, b Coding) int {
		return cmp.Or(cmp.Compare(weights[b], weights[a]), cmp.Compare(b, a))
	})
	s := ""
	for i, c := range accepted {
		if i > 0 && weights[accepted[i-1]] == weights[c] {
			s += "="
		} else if i > 0 {
			s += " "
		}
		s += c.String()
	}
	return s
}

func TestCodingsAccepted(t *testing.T) {
	for _, c := range codingCases {
		w := CodingsAccepted(is(c.accept))
		if got := inOrder(w[:]); got != c.want {
			t.Errorf("%.99q: %s, want %s", c.accept, got, c.want)
		}
		twin := naiveCodings(is(c.accept))
		if got := inOrder(twin[:]); got != c.want {
			t.Errorf("twin, %.99q: %s, want %s", c.accept, got, c.want)
		}
		for coding := range codings {
			if w.Accepts(coding) != (twin[coding] > 0) {
				t.Errorf("%.99q: accepts %v: %v", c.accept, coding, w.Accepts(coding))
			}
		}
	}
	if w := CodingsAccepted(Value{}); inOrder(w[:]) != noneBut {
		t.Errorf("no field: %s", inOrder(w[:]))
	}
}

// TestCodingWeights: every weight is another one, in their order, above that of an
// identity that is not named.
func TestCodingWeights(t *testing.T) {
	last := int16(unlisted)
	for q := 1; q <= 1000; q++ {
		w := CodingsAccepted(is(fmt.Sprintf("br;q=%d.%03d, *;q=0, identity;q=%g", q/1000, q%1000, float64(q)/1000)))
		if w[Brotli] <= last || w[Identity] != w[Brotli] || w.Accepts(Gzip) || w.Accepts(Zstd) {
			t.Errorf("%d thousandths are %v", q, w)
		}
		last = w[Brotli]
	}
	if w := CodingsAccepted(is("br")); w[Brotli] != last {
		t.Errorf("no weight is %d, and 1 is %d", w[Brotli], last)
	}
}

// naiveCoding is codings [ weight ] as RFC 9110 §12.5.3 and §12.4.2 have it, with the OWS
// of a list around it.
var naiveCoding = regexp.MustCompile(`(?s)\A[ \t]*(` + token + `)(?:[ \t]*;[ \t]*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?[ \t]*\z`)

// naiveCodings is the twin of CodingsAccepted: the sentences of §12.5.3, one by one.
func naiveCodings(accept Value) (q [codings]float64) {
	named := map[string][]float64{}
	for member := range strings.SplitSeq(accept.Text, ",") {
		m := naiveCoding.FindStringSubmatch(member)
		if m == nil {
			continue
		}
		weight := 1.0 // "if no weight is present, it is 1", §12.4.2
		if m[2] != "" {
			weight, _ = strconv.ParseFloat(m[2], 64)
		}
		name := strings.ToLower(m[1])
		if name == "x-gzip" { // "a recipient SHOULD consider it to be equivalent to gzip", §8.4.1.3
			name = "gzip"
		}
		named[name] = append(named[name], weight)
	}
	for c := range codings {
		listed := named[c.String()]
		if len(listed) == 0 { // "* matches any coding not explicitly listed"
			listed = named["*"]
		}
		switch {
		case len(listed) > 0:
			q[c] = slices.Max(listed) // "q=0 is not acceptable"
		case c == Identity: // "acceptable by default unless specifically excluded"
			q[c] = 0.0001
		}
	}
	return q
}

func FuzzAcceptEncoding(f *testing.F) {
	for _, c := range codingCases {
		f.Add(c.accept)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		w, twin := CodingsAccepted(is(accept)), naiveCodings(is(accept))
		if got, want := inOrder(w[:]), inOrder(twin[:]); got != want {
			t.Fatalf("%q: %s, want %s", accept, got, want)
		}
	})
}

func TestCodingsAcceptedAllocates(t *testing.T) {
	for _, c := range codingCases {
		if n := testing.AllocsPerRun(10, func() { CodingsAccepted(is(c.accept)) }); n != 0 {
			t.Errorf("%.99q: %v allocations", c.accept, n)
		}
	}
}

func BenchmarkCodingsAccepted(b *testing.B) {
	for name, accept := range map[string]string{
		"Chrome":  chromeValue,
		"weights": "br;q=1.0, gzip;q=0.8, *;q=0.1",
		"commas":  strings.Repeat(",", 10<<10),
		"10KiB":   strings.Repeat("gzip;q=0.1,", 931),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				CodingsAccepted(is(accept))
			}
		})
	}
}
