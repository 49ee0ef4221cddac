package rules

import (
	"strings"
	"testing"
	"time"
)

func TestGlob(t *testing.T) {
	for _, tc := range []struct {
		glob    string
		yes, no []string
	}{
		{"*.js", []string{"a.js", "b/a.js", "b/c/.js"}, []string{"a.jsx", "a.js/b", "js"}},
		{"/*.js", []string{"a.js"}, []string{"b/a.js"}},
		{"assets/*", []string{"assets/a"}, []string{"assets/a/b", "x/assets/a", "assets"}},
		{"assets/**", []string{"assets/a", "assets/a/b.js"}, []string{"x/assets/a", "assets"}},
		{"**/a.js", []string{"a.js", "b/a.js", "b/c/a.js"}, []string{"ba.js"}},
		{"a/**/b", []string{"a/b", "a/x/b", "a/x/y/b"}, []string{"a/xb", "ab"}},
		{"*.{js,css}", []string{"a.js", "x/a.css"}, []string{"a.html", "a.js,css"}},
		{"a-[0-9a-f][!x].js", []string{"a-0a.js", "d/a-ff.js"}, []string{"a-gx.js", "a-0x.js"}},
		{"?.js", []string{"a.js", "é.js"}, []string{"ab.js", ".js"}},
		{`\*.js`, []string{"*.js"}, []string{"a.js"}},
		{"**", []string{"a", "a/b"}, nil},
		{"a/**/**", []string{"a/b", "a/b/c"}, []string{"b"}},
		{"**/**/a", []string{"a", "x/y/a"}, []string{"b"}},
		{"/a", []string{"a"}, []string{"b/a"}},
	} {
		g, err := ParseGlob(tc.glob)
		if err != nil {
			t.Errorf("%s: %v", tc.glob, err)
			continue
		}
		for _, name := range tc.yes {
			if !g.Match(name) {
				t.Errorf("%s does not match %s", tc.glob, name)
			}
		}
		for _, name := range tc.no {
			if g.Match(name) {
				t.Errorf("%s matches %s", tc.glob, name)
			}
		}
	}
	if (Glob{}).Match("") || (Glob{}).Match("a") {
		t.Error("the zero Glob matches")
	}
}

func TestGlobErrors(t *testing.T) {
	for glob, want := range map[string]string{
		"":                       `"" is not a glob: it is empty`,
		"/":                      `"/" is not a glob: it is empty`,
		"a[":                     `"a[" is not a glob: a [ is not closed`,
		"{a":                     `"{a" is not a glob: a { is not closed`,
		"a}":                     `"a}" is not a glob: a } closes nothing`,
		"[]":                     `"[]" is not a glob: the characters in a [ ] are missing`,
		`a\`:                     `"a\\" is not a glob: nothing follows its backslash`,
		strings.Repeat("a", 501): "a glob of 501 bytes is longer than 500",
		"*a*a*a*a*a*a*a*a*":      `"*a*a*a*a*a*a*a*a*" has more than 8 stars`,
		"{" + strings.Repeat("a,", 15) + "}{" + strings.Repeat("a,", 16) + "}": `"{a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,}{a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,}" stands for more than 256 globs without braces`,
		"{a,b}{a,b}{a,b}{a,b}": `"{a,b}{a,b}{a,b}{a,b}" has more than 3 braces`,
	} {
		if _, err := ParseGlob(glob); err == nil || err.Error() != want {
			t.Errorf("%.20s: %v, want %s", glob, err, want)
		}
	}
}

// twinGlob matches by trying everything, for globs of letters, ?, *, ** and braces without others in them.
func twinGlob(glob, name string) bool {
	if i := strings.IndexByte(glob, '{'); i >= 0 {
		j := i + strings.IndexByte(glob[i:], '}')
		for one := range strings.SplitSeq(glob[i+1:j], ",") {
			if twinGlob(glob[:i]+one+glob[j+1:], name) {
				return true
			}
		}
		return false
	}
	return twinSegments(strings.Split(glob, "/"), strings.Split(name, "/"))
}

func twinSegments(glob, name []string) bool {
	switch {
	case len(glob) == 0:
		return len(name) == 0
	case glob[0] == "**" && len(glob) == 1:
		return len(name) > 0
	case glob[0] == "**":
		for n := range len(name) + 1 {
			if twinSegments(glob[1:], name[n:]) {
				return true
			}
		}
		return false
	}
	return len(name) > 0 && twinStars(glob[0], name[0]) && twinSegments(glob[1:], name[1:])
}

func twinStars(glob, s string) bool {
	switch {
	case glob == "":
		return s == ""
	case glob[0] == '*':
		return twinStars(glob[1:], s) || s != "" && twinStars(glob, s[1:])
	}
	return s != "" && (glob[0] == '?' || glob[0] == s[0]) && twinStars(glob[1:], s[1:])
}

func FuzzGlob(f *testing.F) {
	f.Add([]byte("\x03\x01\x02\x03\x04\x05\x06\x07\x08\x09\x00\x01\x02\x03"))
	f.Fuzz(func(t *testing.T, data []byte) {
		x := &dice{data}
		var glob, name []string
		for n := 1 + x.n(4); n > 0; n-- {
			glob = append(glob, x.of("a", "b", "*", "**", "?", "a*", "*b", "a*b*", "{a,b}", "{a,*b}", "{ab,a?}a", "x{,a}"))
		}
		for n := 1 + x.n(5); n > 0; n-- {
			name = append(name, x.of("a", "b", "ab", "aab", "ba", "aa", "x", "xa", "abab"))
		}
		text, path := strings.Join(glob, "/"), strings.Join(name, "/")
		g, err := ParseGlob("/" + text)
		if err != nil {
			return // too many stars
		}
		if got, want := g.Match(path), twinGlob(text, path); got != want {
			t.Errorf("%s, %s: %v, want %v", text, path, got, want)
		}
	})
}

// TestGlobTime matches long names by globs that leave many ways to do so. It takes milliseconds;
// the bound is wide, and yet nothing for what doubles with each star.
func TestGlobTime(t *testing.T) {
	globs := []string{
		"*a*a*a*a*a*a*a*b", "**/*a*a*a*a*b", "a*/**/a*/**/b", "/**/**/**/**/b", "**/a/**/a/**/a/**", "{*a,*aa,*aaa}{*a,*aa}b", "{a,aa,{a,aa,*}}*a*a*b", "{**/a,**/b}/{**/a,*}b",
		"{" + strings.Repeat("a,", 5) + "a}{" + strings.Repeat("a,", 5) + "a}{" + strings.Repeat("a,", 5) + "a}*a*a*a*a*b",
		"{" + strings.Repeat("a,", 200) + "a}*a*a*a*b", "**/{" + strings.Repeat("a,", 15) + "*}/**/{" + strings.Repeat("a,", 15) + "*}b",
		"**/{" + strings.Repeat("a,", 15) + "**}/{" + strings.Repeat("a/,", 15) + "**}/b", "{" + strings.Repeat("*a,", 3) + "*}{" + strings.Repeat("a*,", 2) + "a}b",
		"/**/{a,**}/{a,**}/{a,**}/b", "/{a,a/a,**/}{a,a/a,**/}{a,a/a,**/}b",
	}
	names := []string{strings.Repeat("a", 8192), strings.Repeat("a/", 4095) + "a", strings.Repeat("aaaaaaa/", 1023) + "a", strings.Repeat("b/a/", 2047) + "a"}
	for _, glob := range globs {
		g, err := ParseGlob(glob)
		if err != nil {
			t.Errorf("%s: %v", glob, err)
			continue
		}
		for _, name := range names {
			begin := time.Now()
			g.Match(name)
			took := time.Since(begin)
			t.Logf("%-20.20s %-10.10s %v", glob, name, took)
			if took > time.Second {
				t.Errorf("%s takes %v for %.10s…", glob, took, name)
			}
		}
	}
}
