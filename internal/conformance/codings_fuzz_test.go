package conformance

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// memberSyntax is RFC 9110 §12.5.3, with white space around it.
var memberSyntax = regexp.MustCompile("^[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:[ \t]*;[ \t]*[qQ]=(0(?:\\.[0-9]{0,3})?|1(?:\\.0{0,3})?))?[ \t]*$")

// weigh reads an Accept-Encoding naively: the weight of a coding, of several the highest.
// Identity that it does not speak of is worth less than anything, and acceptable.
func weigh(field, coding string) float64 {
	const unsaid = -1
	own, rest := float64(unsaid), float64(unsaid)
	for member := range strings.SplitSeq(field, ",") {
		m := memberSyntax.FindStringSubmatch(member)
		if m == nil {
			continue
		}
		weight := 1.0
		if m[2] != "" {
			weight, _ = strconv.ParseFloat(m[2], 64)
		}
		switch name := strings.ToLower(m[1]); {
		case name == "*":
			rest = max(rest, weight)
		case name == coding, name == "x-gzip" && coding == "gzip":
			own = max(own, weight)
		}
	}
	switch {
	case own != unsaid:
		return own
	case rest != unsaid:
		return rest
	case coding == "identity":
		return 1e-6
	}
	return 0
}

// FuzzCodings holds what the answer to any Accept-Encoding must be: it decodes to the
// file, in a coding that the field accepts, and there is none that it would rather have; or
// it is 406, and there is none that it accepts.
func FuzzCodings(f *testing.F) {
	const all = "identity gzip br zstd"
	targets := []struct{ path, file, there string }{
		{"/page.txt", "page.txt", all},
		{"/data.bin", "page.txt", "identity"},
		{"/side.txt", "page.txt", all},
		{"/side.bin", "page.txt", "identity gzip br"},
		{"/short.txt", "short.txt", "identity"},
		{"/empty.txt", "empty.txt", "identity"},
		{"/alone.txt", "page.txt", all},
		{"/alone.bin", "page.txt", "identity br"},
	}
	for _, field := range []string{
		"", "gzip", "GZip;Q=0.5, bR;q=0.9", "*", "*;q=0", "identity;q=0", "identity;q=0, gzip;q=0.001", "gzip;q=0, *", "x-gzip", "zstd, br, gzip, deflate",
		"gzip;q=0.5, br;q=0.5, identity;q=0.5", "identity, *;q=0.1", " ,, gzip ,", "gzip;q=1.0001", "gzip;level=1", `"gzip, br"`, "gzip\x00", "gzip\r\nbr",
		"br;q=0.3, gzip;q=0.4, *;q=0.9, identity;q=0", "identity;q=0, br;q=0.2, br;q=0", "*;q=0, identity;q=0.001, zstd;q=0.001",
	} {
		for i := range targets {
			f.Add(field, uint8(i))
		}
	}
	th := &theme{name: "codings"}
	for _, line := range []string{
		"page.txt bytes 3000", "data.bin bytes 3000", "side.txt bytes 3000", "side.txt.gz gzip page.txt", "side.bin bytes 3000", "side.bin.gz gzip page.txt",
		"side.bin.br br page.txt", "short.txt bytes 100", "alone.txt.zst zstd page.txt", "alone.bin.br br page.txt", `empty.txt ""`,
	} {
		var err error
		if th.nodes, err = addNode(th.nodes, line); err != nil {
			f.Fatal(err)
		}
	}
	if err := encodeNodes(th.nodes); err != nil {
		f.Fatal(err)
	}
	c, _, err := configOf(nil)
	if err != nil {
		f.Fatal(err)
	}
	c.FS, _ = th.makeFS()
	ask := startPlan(f, c)
	f.Fuzz(func(t *testing.T, field string, which uint8) {
		target := targets[int(which)%len(targets)]
		got, err := ask(request{method: "GET", target: target.path, version: "HTTP/1.1"}.with("Accept-Encoding", field))
		if err != nil {
			t.Fatal(err)
		}
		there := target.there
		if weigh(field, "identity") == 0 && target.file != "empty.txt" {
			there = all // short content and data are compressed, too
		}
		best := 0.0
		for coding := range strings.FieldsSeq(there) {
			best = max(best, weigh(field, coding))
		}
		if got.get("Vary") != "Accept-Encoding" {
			t.Errorf("Vary is %q", got.get("Vary"))
		}
		if best == 0 {
			if got.Status != "406" {
				t.Errorf("%s: %q accepts nothing, and is answered %s in %q", target.path, field, got.Status, got.get("Content-Encoding"))
			}
			return
		}
		coding := got.get("Content-Encoding")
		if coding == "" {
			coding = "identity"
		} else if got.Content, err = decoded(coding, got.Content); err != nil {
			t.Fatal(err)
		}
		switch w := weigh(field, coding); {
		case got.Status != "200":
			t.Errorf("%s: %q is answered %s", target.path, field, got.Status)
		case w == 0 || w < best:
			t.Errorf("%s: %q gives %v to %s, and %v to what it could have", target.path, field, w, coding, best)
		case got.Content != nodeOf(th.nodes, target.file).content:
			t.Errorf("%s: %q gets %d bytes of something else in %s", target.path, field, len(got.Content), coding)
		}
	})
}
