package http2

import (
	"regexp"
	"strings"
	"testing"
)

func TestParseOrder(t *testing.T) {
	for value, want := range map[string]Order{
		"":                  {3, false},
		"u=0":               {0, false},
		"u=7":               {7, false},
		"u=8":               {3, false},
		"u=-1":              {3, false},
		"u=1.5":             {3, false},
		"u":                 {3, false},
		"u=?1":              {3, false},
		"i":                 {3, true},
		"i=?1":              {3, true},
		"i=?0":              {3, false},
		"i=1":               {3, false},
		"u=5, i":            {5, true},
		"i,u=5":             {5, true},
		" u=2 \t,\t i=?1 ":  {2, true},
		"u=1;a=b;c, i;d=?0": {1, true},
		"u=1, u=6":          {6, false},
		"i, i=?0":           {3, false},
		"a=1, u=2, b":       {2, false},
		"U=1":               {3, false},
	} {
		if got := ParseOrder(value); got != want {
			t.Errorf("%q is %v, want %v", value, got, want)
		}
	}
}

// The grammar of a Dictionary (RFC 9651 §3.2), but for inner lists, strings and byte
// sequences, which can hold commas.
var member = regexp.MustCompile(`^([a-z*][a-z0-9_.*-]*)(?:=(-?[0-9]{1,15}|-?[0-9]{1,12}\.[0-9]{1,3}|\?[01]|[A-Za-z*][!#$%&'*+.^_|~0-9A-Za-z:/` + "`" + `-]*|@-?[0-9]{1,15}))?` +
	`(?:; *[a-z*][a-z0-9_.*-]*(?:=(?:-?[0-9]{1,15}|\?[01]|[A-Za-z*][!#$%&'*+.^_|~0-9A-Za-z:/` + "`" + `-]*))?)*$`)

// orderOf is what a Dictionary says (RFC 9218 §4). It is not ok where value is none.
func orderOf(value string) (o Order, ok bool) {
	o = DefaultOrder
	if value == "" {
		return o, true
	}
	for m := range strings.SplitSeq(strings.Trim(value, " "), ",") {
		parts := member.FindStringSubmatch(strings.Trim(m, " \t"))
		if parts == nil {
			return DefaultOrder, false
		}
		switch key, v := parts[1], parts[2]; {
		case key == "i" && (v == "" || v == "?1"):
			o.Incremental = true
		case key == "i" && v == "?0":
			o.Incremental = false
		case key == "u" && len(v) == 1 && strings.Contains("01234567", v):
			o.Urgency = v[0] - '0'
		}
	}
	return o, true
}

// FuzzParseOrder compares with the twin where the value is a Dictionary. Where it is none
// RFC 9651 §4.2 would have all of it ignored, and a server that takes what it understands
// harms nobody but the client.
func FuzzParseOrder(f *testing.F) {
	for _, s := range []string{"", "u=1", "i", "u=2, i", "u=3;x=y,i=?0", " u=1 ", "u=1.0", "u=a/b:c, u=7", "i;a;b=?1", "u=1,,i", "a=\"b,i\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		got := ParseOrder(value)
		if got.Urgency > 7 {
			t.Errorf("%q has urgency %d", value, got.Urgency)
		}
		if want, ok := orderOf(value); ok && got != want {
			t.Errorf("%q is %v, want %v", value, got, want)
		}
	})
}
