package media

import (
	"regexp"
	"strings"
	"testing"
)

// grammar is RFC 9110 §8.3.1, §5.6.6, §5.6.2 and §5.6.4, transcribed.
var grammar = func() *regexp.Regexp {
	const (
		ows    = `[ \t]*`
		token  = "[-!#$%&'*+.^_`|~0-9A-Za-z]+"
		obs    = `[^\x00-\x7f]`
		qdtext = `(?:[\t \x21\x23-\x5b\x5d-\x7e]|` + obs + `)`
		pair   = `(?:\\(?:[\t \x21-\x7e]|` + obs + `))`
		quoted = `"(?:` + qdtext + `|` + pair + `)*"`
	)
	return regexp.MustCompile(`^` + token + `/` + token +
		`(?:` + ows + `;` + ows + `(?:` + token + `=(?:` + token + `|` + quoted + `))?)*$`)
}()

// charset finds the name of a parameter in a valid media type once the quoted
// strings are gone.
var (
	quotedString = regexp.MustCompile(`"(?:[^"\\]|\\(?s:.))*"`)
	charset      = regexp.MustCompile(`(?i);[ \t]*charset=`)
)

var mediaTypes = []struct {
	s       string
	valid   bool
	charset bool
}{
	{"text/html", true, false},
	{"TEXT/HTML", true, false},
	{"text/html;charset=utf-8", true, true},
	{"text/html; CharSet=\"utf-8\"", true, true},
	{"text/html \t; \ta=b ; charset=x", true, true},
	{"text/html;", true, false},
	{"text/html; ", true, false},
	{"text/html;;;a=b;", true, false},
	{"text/html; ;charset=x", true, true},
	{`text/html; a="; charset=utf-8"`, true, false},
	{`text/html; a="\"; charset=utf-8"`, true, false},
	{`text/html; a=""`, true, false},
	{"text/html; a=\"\u00e9\t\xff\"", true, false},
	{"text/html; xcharset=utf-8; charsets=b", true, false},
	{"a/b", true, false},
	{"", false, false},
	{"text", false, false},
	{"text/", false, false},
	{"/html", false, false},
	{"text//html", false, false},
	{"text/html/x", false, false},
	{" text/html", false, false},
	{"text/html ", false, false},
	{"text /html", false, false},
	{"text/html a=b", false, false},
	{"text/html; a", false, false},
	{"text/html; a=", false, false},
	{"text/html; =b", false, false},
	{"text/html; a =b", false, false},
	{"text/html; a= b", false, false},
	{"text/html; a=b c", false, false},
	{`text/html; a="b`, false, false},
	{`text/html; a="b\`, false, false},
	{`text/html; a="b\"`, false, false},
	{`text/html; a="b"c`, false, false},
	{"text/html; a=\"\x00\"", false, false},
	{"text/html; a=\"\\\x7f\"", false, false},
	{"text/html\n", false, false},
	{"text/html\r\nA: b", false, false},
	{"text/html, text/plain", false, false},
	{"t\u00e9xt/html", false, false},
}

func TestValid(t *testing.T) {
	for _, c := range mediaTypes {
		if got := Valid(c.s); got != c.valid {
			t.Errorf("Valid(%q) = %v", c.s, got)
		}
		if got := grammar.MatchString(c.s); got != c.valid {
			t.Errorf("the grammar says %v of %q", got, c.s)
		}
	}
}

func TestWithCharset(t *testing.T) {
	for _, c := range mediaTypes {
		want := c.s
		if c.valid && !c.charset {
			want += "; charset=utf-8"
		}
		if got := WithCharset(c.s); got != want {
			t.Errorf("WithCharset(%q) = %q", c.s, got)
		}
	}
}

func TestText(t *testing.T) {
	for s, want := range map[string]bool{
		"text/html":        true,
		"TeXt/x; a=b":      true,
		"text/":            false,
		"text":             false,
		"":                 false,
		"texts/html":       false,
		"application/json": false,
		"x-text/html":      false,
	} {
		if got := Text(s); got != want {
			t.Errorf("Text(%q) = %v", s, got)
		}
	}
}

func FuzzMediaType(f *testing.F) {
	for _, c := range mediaTypes {
		f.Add(c.s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want := grammar.MatchString(s)
		if got := Valid(s); got != want {
			t.Fatalf("Valid(%q) = %v", s, got)
		}
		got := WithCharset(s)
		if !want {
			if _, ok := strings.CutPrefix(got, s); !ok || (got != s && Valid(got)) {
				t.Fatalf("WithCharset(%q) = %q", s, got)
			}
			return
		}
		wantCharset := s
		if !charset.MatchString(quotedString.ReplaceAllString(s, `""`)) {
			wantCharset += "; charset=utf-8"
		}
		if got != wantCharset || !Valid(got) {
			t.Fatalf("WithCharset(%q) = %q", s, got)
		}
		if again := WithCharset(got); again != got {
			t.Fatalf("WithCharset twice makes %q", again)
		}
	})
}
