package accesslog

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestAppendEscaped(t *testing.T) {
	tests := []struct{ in, text, json string }{
		{"/f.txt", "/f.txt", "/f.txt"},
		{"a b", "a b", "a b"},
		{"\r\n", `\x0d\x0a`, `\u000d\u000a`},
		{"\x1b[2J", `\x1b[2J`, `\u001b[2J`},
		{"\x7f", `\x7f`, `\u007f`},
		{`"\`, `\x22\x5c`, `\"\\`},
		{"\u009b31m", `\xc2\x9b31m`, `\u009b31m`},          // C1 as UTF-8
		{"\x9b31m", `\x9b31m`, `\ufffd31m`},                // C1 as a byte
		{"\u202egpj", `\xe2\x80\xaegpj`, `\u202egpj`},      // right-to-left override
		{"\u2067", `\xe2\x81\xa7`, `\u2067`},               // isolate
		{"\u2028", `\xe2\x80\xa8`, `\u2028`},               // line separator
		{"\U000e0041", `\xf3\xa0\x81\x81`, `\udb40\udc41`}, // tag
		{"é漢🙂", "é漢🙂", "é漢🙂"},
		{"\xff", `\xff`, `\ufffd`},
		{"\ufffd", "\ufffd", "\ufffd"},
	}
	for _, tt := range tests {
		if got := string(AppendEscaped(nil, tt.in)); got != tt.text {
			t.Errorf("text of %q: got %s, want %s", tt.in, got, tt.text)
		}
		if got := string(appendEscaped(nil, tt.in, style{json: true})); got != tt.json {
			t.Errorf("JSON of %q: got %s, want %s", tt.in, got, tt.json)
		}
	}
}

func TestEscapeCap(t *testing.T) {
	tests := []struct {
		name, in, want string
	}{
		{"full", strings.Repeat("a", fieldLimit), strings.Repeat("a", fieldLimit)},
		{"one over", strings.Repeat("a", fieldLimit+1), strings.Repeat("a", fieldLimit) + ellipsis},
		{"escapes stay whole", "a" + strings.Repeat("\x00", fieldLimit), "a" + strings.Repeat(`\x00`, fieldLimit/4-1) + ellipsis},
	}
	for _, tt := range tests {
		if got := string(AppendEscaped([]byte("x"), tt.in)); got != "x"+tt.want {
			t.Errorf("%s: %s", tt.name, cmp.Diff("x"+tt.want, got))
		}
	}
}

// naiveEscape is the escaper as one would write it without caring for speed.
func naiveEscape(s string) string {
	var out strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if (r == utf8.RuneError && n == 1) || !unicode.IsPrint(r) || r == '"' || r == '\\' {
			for i := range n {
				out.WriteString(`\x` + strconv.FormatInt(int64(s[i])>>4, 16) + strconv.FormatInt(int64(s[i])&15, 16))
			}
		} else {
			out.WriteString(s[:n])
		}
		s = s[n:]
	}
	return out.String()
}

func FuzzLogEscape(f *testing.F) {
	for _, s := range []string{"/f.txt", "\x1b]0;x\a", "\"\\\r\n", "\u009b\x9b", "\u202e\u2069", "\xff\ufffd", "a b", strings.Repeat("\x00", 600)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := string(AppendEscaped(nil, s))
		if i := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
			t.Errorf("%q: %q at %d is not printable", s, text[i:], i)
		}
		want := naiveEscape(s)
		if len(want) > fieldLimit {
			if cut, ok := strings.CutSuffix(text, ellipsis); !ok || !strings.HasPrefix(want, cut) || len(cut) > fieldLimit {
				t.Errorf("%q is cut to %q", s, text)
			}
		} else {
			if text != want {
				t.Errorf("%q: got %q, want %q", s, text, want)
			}
			if back, err := strconv.Unquote(`"` + text + `"`); err != nil || back != s {
				t.Errorf("%q comes back as %q, %v", s, back, err)
			}
		}

		object := appendQuoted(nil, s, style{json: true})
		var back string
		if err := json.Unmarshal(object, &back); err != nil {
			t.Fatalf("%q: %s: %v", s, object, err)
		}
		if i := strings.IndexFunc(string(object), func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
			t.Errorf("%q: %q is not printable", s, object[i:])
		}
		if valid := strings.ToValidUTF8(s, "\ufffd"); utf8.ValidString(s) && len(object) < fieldLimit && back != valid {
			t.Errorf("%q comes back from JSON as %q", s, back)
		}
	})
}
