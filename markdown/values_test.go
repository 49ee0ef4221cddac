package markdown

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html/atom"
)

func TestValues(t *testing.T) {
	for _, c := range []struct {
		kind     string
		value    value
		yes, not []string
	}{
		{"integer", when(isInteger), []string{"0", "42", "007"}, []string{"", "-1", "1.5", "1 ", "٣", "1e3"}},
		{"number", when(isNumber), []string{"0", "-1", "+1.5", ".5", "1e3", "2E-3"}, []string{"", "1.", "e", "inf", "NaN", "0x1p4", "1_0", "1,5", " 1", "1e999"}},
		{"size", when(isNumberOrPercent), []string{"0", "100%"}, []string{"", "%", "1%%", "-1", "1px", "1.5"}},
		{"token", one("ltr", "rtl"), []string{"ltr", "RTL"}, []string{"", "auto", "ltr ", "ltrrtl"}},
		{"token with an s", one("square"), []string{"Square"}, []string{"ſquare"}},
		{
			"date", when(isDate),
			[]string{"2020", "2020-01", "2020-02-29", "2020-01-02T03:04", "2020-01-02 03:04:05Z", "2020-01-02T03:04:05.678+01:00"},
			[]string{"", "20", "20200", "2021-02-29", "2020-13", "2020-1-2", "2020-01-02T", "2020-01-02T25:00", "1h", "2020-01-02T03:04:05." + strings.Repeat("0", 99)},
		},
		{"language", when(isLanguage), []string{"en", "de-AT", "zh-Hant-TW", "es-419"}, []string{"", "e", "zh_CN", "en-", "1a", "en us", "\"en", "en-abcdefghi", strings.Repeat("ab-", 20) + "ab"}},
		{"plain text", when(isPlainText), []string{"", "a, b (c) [d]_e-f/g\\h'i' ä 中 3!"}, []string{"<", ">", "\"", "&", "a:b", "`", "=", "javascript:x"}},
		{
			"link", link,
			[]string{"a", "a/b?c=d&e", "//h/a", "///h", "http://h", "HTTPS://h", "mailto:a@h", "a%20b", " a "},
			[]string{"", "#", " ", "a b", "a\tb", "a\x01", "\x01a", "a?\u0085b", "a#\x7f", "javascript:x", "JaVaScRiPt:x", "java\nscript:x", "vbscript:x", "data:image/png;base64,AAAA", "a%zz", "http://h h", "about:blank", "blob:x", "a:b", ":a", "http://a\\b"},
		},
		{
			"image", image,
			[]string{"a", "/a.png", "a//b", ".//a", "/.//a", "?a", "data:image/png;base64,AA+/AA==", "DATA:image/gif;base64,"},
			[]string{"", "//h/a", "///h/a", "////h", "http:a", "http:///a", "mailto:a", "data:image/svg+xml;base64,AAAA", "data:image/png,AAAA", "data:text/html;base64,AAAA", "data:image/png;base64,A<", "data:image/png;base64,A=A", "data:image/png;base64,A#b", "data:image/png;base64,A?b", "/\t/h", "/\n/h", "a?\u009f"},
		},
	} {
		t.Run(c.kind, func(t *testing.T) {
			for _, s := range c.yes {
				if _, ok := c.value(s); !ok {
					t.Errorf("%q is refused", s)
				}
			}
			for _, s := range c.not {
				if written, ok := c.value(s); ok {
					t.Errorf("%q is written as %q", s, written)
				}
			}
		})
	}
}

func TestWritten(t *testing.T) {
	for _, c := range []struct {
		value    value
		in, want string
	}{
		{link, " http://H/a ", "http://H/a"},
		{link, `\\h\a?\b#\c`, "%5C%5Ch%5Ca?%5Cb#%5Cc"},
		{link, `http:\\h`, "http:%5C%5Ch"},
		{link, "#a", "#readme-a"},
		{link, `a"><b>`, "a%22%3E%3Cb%3E"},
		{image, `/\h/a`, "/%5Ch/a"},
		{image, `\\h\a`, "%5C%5Ch%5Ca"},
		{id, "a\x00b\n", "readme-a b "},
		{ids, " a\tb ", "readme-a readme-b"},
		{anyText, "a\r\nb\x7f\u009f\"<", "a  b  \"<"},
		{present, "x", ""},
	} {
		if got, ok := c.value(c.in); !ok || got != c.want {
			t.Errorf("%q is written as %q, %t, want %q", c.in, got, ok, c.want)
		}
	}
}

// The tables allow nothing that is not known to be harmless.
func TestElements(t *testing.T) {
	for a, attrs := range elements() {
		if !slices.Contains(harmless, a.String()) {
			t.Errorf("%s is allowed", a)
		}
		for key := range attrs {
			if harmlessAttributes[key] == nil {
				t.Errorf("%s is allowed on %s", key, a)
			}
		}
	}
	for key := range anywhere() {
		if harmlessAttributes[key] == nil {
			t.Errorf("%s is allowed", key)
		}
	}
}

// What the tokenizer reads as raw text must never be written, for it is not decoded.
func TestRawTextIsHidden(t *testing.T) {
	for _, a := range []atom.Atom{
		atom.Iframe, atom.Noembed, atom.Noframes, atom.Noscript, atom.Plaintext, atom.Script, atom.Style,
		atom.Textarea, atom.Title, atom.Xmp,
	} {
		if _, ok := elements()[a]; ok || !isHidden(a) {
			t.Errorf("%s is not hidden", a)
		}
	}
	for a := range elements() {
		if isHidden(a) {
			t.Errorf("%s is allowed and hidden", a)
		}
	}
}
