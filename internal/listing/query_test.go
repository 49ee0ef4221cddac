package listing

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseQuery(t *testing.T) {
	for query, want := range map[string]Options{
		"":                                     {Page: 1},
		"format=json":                          {Page: 1, Format: JSON, FormatAsked: true},
		"format=html":                          {Page: 1, Format: HTML, FormatAsked: true},
		"format=xml&format=text&format=json":   {Page: 1, Format: Text, FormatAsked: true},
		"sort=size&order=desc&page=12":         {Page: 12, Sort: BySize, Descending: true},
		"page=2&sort=time":                     {Page: 2, Sort: ByTime},
		"sort=time&sort=size&order=asc":        {Page: 1, Sort: ByTime},
		"order=asc&order=desc":                 {Page: 1},
		"page=0&page=-1&page=+3&page=1_0":      {Page: 1},
		"page=2147483647":                      {Page: 2147483647},
		"page=2147483648":                      {Page: 1},
		"page=99999999999999999999999":         {Page: 1},
		"Sort=size&sort=SIZE&so%72t=size&sort": {Page: 1},
		"&&=&==&sort=size=&sort=size;order":    {Page: 1},
	} {
		if diff := cmp.Diff(want, ParseQuery(query)); diff != "" {
			t.Errorf("%q: %s", query, diff)
		}
	}
}

// What a query is read as can be written again, and is then read as the same.
func FuzzParseQuery(f *testing.F) {
	f.Add("format=json&sort=size&order=desc&page=2")
	f.Add("sort=&&order=desc=&page=007")
	f.Fuzz(func(t *testing.T, query string) {
		o := ParseQuery(query)
		written := string(appendQuery(nil, o, "&"))
		again, ok := strings.CutPrefix(written, "?")
		if !ok && written != "./" {
			t.Fatalf("%q is written %q", query, written)
		}
		if !ok {
			again = ""
		}
		if diff := cmp.Diff(o, ParseQuery(again)); diff != "" {
			t.Errorf("%q is written %q: %s", query, written, diff)
		}
		if o.Page < 1 {
			t.Errorf("%q is page %d", query, o.Page)
		}
	})
}
