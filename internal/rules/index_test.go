package rules

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// manyRedirects are n rules: half of them static, the others splats beneath directories of their own, but for two
// with a placeholder first.
func manyRedirects(n int) string {
	var b strings.Builder
	for i := range n - 2 {
		if i%2 == 0 {
			fmt.Fprintf(&b, "/page-%d /new-%[1]d\n", i)
		} else {
			fmt.Fprintf(&b, "/dir-%d/* /moved-%[1]d/:splat\n", i)
		}
	}
	return b.String() + "/:lang/feed /:lang/index.xml\n/:lang/:year/archive /archive/:lang/:year\n"
}

func manyHeaders(n int) string {
	var b strings.Builder
	b.WriteString("/*\n  X-Frame-Options: DENY\n")
	for i := range n - 2 {
		if i%2 == 0 {
			fmt.Fprintf(&b, "/page-%d\n  X-Page: %[1]d\n", i)
		} else {
			fmt.Fprintf(&b, "/dir-%d/*\n  X-Dir: :splat\n", i)
		}
	}
	return b.String() + "/:lang/feed\n  X-Lang: :lang\n"
}

// askedOfMany are targets of which some match rules of every kind, and some match none.
var askedOfMany = []*Target{
	{Path: "/page-6"},
	{Path: "/dir-7/a/b"},
	{Path: "/de/feed"},
	{Path: "/de/2024/archive"},
	{Path: "/"},
	{Path: "/page-none"},
	{Path: "/dir-none/a/b"},
	{Path: "/de/2024/other/and/more"},
}

// TestCandidates counts how many rules are tried for a target, which does not grow with how many there are.
func TestCandidates(t *testing.T) {
	const most = 6
	for _, d := range []Dialect{Netlify, Cloudflare} {
		few, _ := ParseRedirects([]byte(manyRedirects(20)), d)
		many, _ := ParseRedirects([]byte(manyRedirects(2000)), d)
		headers, _ := ParseHeaders([]byte(manyHeaders(2000)), d)
		if few.Len() != 20 || many.Len() != 2000 || headers.Len() != 2000 {
			t.Fatal(few.Len(), many.Len(), headers.Len())
		}
		tried := 0
		for _, target := range askedOfMany {
			a, b := len(few.index.candidates(target.Path, nil)), len(many.index.candidates(target.Path, nil))
			c := len(headers.index.candidates(target.Path, nil))
			if a != b || b > most || c > most {
				t.Errorf("%s, %s: %d of 20, %d of 2000 rules and %d of 2000 blocks are tried", d, target.Path, a, b, c)
			}
			tried += b
		}
		if tried < 4 { // each of the first four matches one
			t.Errorf("%s: only %d rules are tried", d, tried)
		}
	}
}

// TestCandidatesBegin does so for captures within segments, behind a text.
func TestCandidatesBegin(t *testing.T) {
	var b strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&b, "/x/item%d-:n /y/:n\n", i)
	}
	rs, problems := ParseRedirects([]byte(b.String()), Cloudflare)
	if len(problems) > 0 {
		t.Fatal(problems[0])
	}
	if tried := rs.index.candidates("/x/item77-red", nil); len(tried) != 1 || tried[0] != 77 {
		t.Errorf("%d are tried", len(tried))
	}
}

// TestMatchTime matches long paths by a pattern that leaves many ways to do so. It takes tens of milliseconds;
// the bound is wide, and yet nothing for what goes back over all of them.
func TestMatchTime(t *testing.T) {
	pattern, to := "/", "/"
	for i := range maxCaptures - 1 {
		pattern += fmt.Sprintf(":c%d-", i)
		to += fmt.Sprintf(":c%d", i)
	}
	rs, problems := ParseRedirects([]byte(pattern+"* "+to+"\n"), Cloudflare)
	if len(problems) > 0 {
		t.Fatal(problems[0])
	}
	for _, c := range []string{"-", "a", "a-", "\xff-"} {
		for _, end := range []string{"", "/x", "\n"} {
			path := "/" + strings.Repeat(c, 8192/len(c)) + end
			begin := time.Now()
			rs.Find(&Target{Path: path}, false)
			if took := time.Since(begin); took > 2*time.Second {
				t.Errorf("%q… takes %v", path[:10], took)
			} else {
				t.Logf("%q…%q %v", path[:10], end, took)
			}
		}
	}
}

// TestTriedTime has each of 2,000 rules tried with a path that holds all of what they look for. It takes some ten
// milliseconds.
func TestTriedTime(t *testing.T) {
	for _, form := range []string{"/blog/:y-a%d-:z/:x /z", "/:y-a%d/:x /z", "/*/a%d/:x /z", "/*a%d-:y /z"} {
		var b, path strings.Builder
		path.WriteString("/blog/x")
		for i := range 2000 {
			fmt.Fprintf(&b, form+"\n", i)
			if path.Len() < 8000 {
				fmt.Fprintf(&path, "-a%d-", i)
			}
		}
		rs, problems := ParseRedirects([]byte(b.String()), Cloudflare)
		if len(problems) > 0 {
			t.Fatal(problems[0])
		}
		begin := time.Now()
		rs.Find(&Target{Path: path.String()}, false)
		if took := time.Since(begin); took > 500*time.Millisecond {
			t.Errorf("%s: %v", form, took)
		} else {
			t.Logf("%s: %v", form, took)
		}
	}
}

// TestTriedTimeOfFields does so for _headers of Netlify's, whose * may stand anywhere and more than once.
func TestTriedTimeOfFields(t *testing.T) {
	for _, form := range []string{"/*.x%d", "/*a*a*a*a*a*a*b%d", "/*/a%d/*", "/*aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab*%d"} {
		var b strings.Builder
		for i := range 2000 {
			fmt.Fprintf(&b, form+"\n  X-A: 1\n", i)
		}
		h, problems := ParseHeaders([]byte(b.String()), Netlify)
		if len(problems) > 0 {
			t.Fatal(problems[0])
		}
		for _, path := range []string{"/" + strings.Repeat("a", 8000), strings.Repeat("/a", 4000)} {
			begin := time.Now()
			h.For(&Target{Path: path})
			if took := time.Since(begin); took > 500*time.Millisecond {
				t.Errorf("%s, %.4s: %v", form, path, took)
			} else {
				t.Logf("%s, %.4s: %v", form, path, took)
			}
		}
	}
}

// TestCandidatesApart does so for rules of one path that differ in host or query alone.
func TestCandidatesApart(t *testing.T) {
	var b strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&b, "/item id=%d /items/%[1]d\nhttps://h%[1]d.example/* https://www.h%[1]d.example/:splat\n", i)
	}
	rs, problems := ParseRedirects([]byte(b.String()), Netlify)
	if len(problems) > 0 {
		t.Fatal(problems[0])
	}
	for _, c := range []struct {
		target Target
		want   int
		action Action
	}{
		{Target{Path: "/item", Query: "id=77"}, 1, Action{Status: 301, Location: "/items/77", Line: 155}},
		{Target{Path: "/item", Query: "x=1&id=none&id=%37%37&id=77"}, 1, Action{Status: 301, Location: "/items/77?x=1&id=none&id=77", Line: 155}},
		{Target{Path: "/item", Query: "id=none"}, 0, Action{}},
		{Target{Path: "/item"}, 0, Action{}},
		{Target{Path: "/a", Host: "h77.example", Secure: true}, 1, Action{Status: 301, Location: "https://www.h77.example/a", Line: 156}},
		{Target{Path: "/item", Host: "h77.example", Secure: true, Query: "id=78"}, 2, Action{Status: 301, Location: "https://www.h77.example/item?id=78", Line: 156}},
		{Target{Path: "/a", Host: "none.example"}, 0, Action{}},
	} {
		if tried := rs.index.candidatesFor(&c.target, &query{text: c.target.Query}, nil); len(tried) != c.want {
			t.Errorf("%+v: %d are tried", c.target, len(tried))
		}
		if a, _, _ := rs.Find(&c.target, false); a != c.action {
			t.Errorf("%+v: %+v", c.target, a)
		}
	}
	if all := rs.index.candidates("/item", nil); len(all) != rs.Len() {
		t.Errorf("%d rules can match for some host and query, of %d", len(all), rs.Len())
	}
}

// TestMost holds how many rules a file may have, and that each counts.
func TestMost(t *testing.T) {
	line := "/a /b\n"
	if rs, problems := ParseRedirects([]byte(strings.Repeat(line, maxRules)), Netlify); len(problems) > 0 || rs.Len() != maxRules {
		t.Error(rs.Len(), problems)
	}
	if _, problems := ParseRedirects([]byte(strings.Repeat(line, maxRules+1)), Netlify); len(problems) != 1 || problems[0].Error() != "_redirects:10001:1: more than 10000 rules" {
		t.Error(problems)
	}
	if _, problems := ParseHeaders([]byte(strings.Repeat("/a\n", maxRules+1)), Netlify); len(problems) != 1 || problems[0].Error() != "_headers:10001:1: more than 10000 rules" {
		t.Error(problems)
	}
	// What is left out does not keep the rest from being read, and mistakes are not told for ever.
	left := strings.Repeat("/a /b 302 Country=de\n", 2*maxProblems)
	if rs, problems := ParseRedirects([]byte(left+line+"/a\n"), Netlify); len(problems) != 2*maxProblems+1 || rs.Len() != 1 {
		t.Error(len(problems), rs.Len())
	}
	if _, problems := ParseRedirects([]byte(strings.Repeat("/a\n", 2*maxProblems)), Netlify); len(problems) != maxProblems+1 ||
		problems[maxProblems].Error() != "_redirects:1000:3: and 1000 mistakes more behind it" {
		t.Error(len(problems), problems[len(problems)-1])
	}
}

func BenchmarkRedirects(b *testing.B) {
	for _, n := range []int{20, 2000} {
		rs, _ := ParseRedirects([]byte(manyRedirects(n)), Netlify)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				rs.Find(askedOfMany[i%len(askedOfMany)], false)
			}
		})
	}
}

func BenchmarkHeaders(b *testing.B) {
	for _, n := range []int{20, 2000} {
		h, _ := ParseHeaders([]byte(manyHeaders(n)), Netlify)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				h.For(askedOfMany[i%len(askedOfMany)])
			}
		})
	}
}
