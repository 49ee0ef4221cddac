package listing

import (
	"cmp"
	"math/big"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestCompareNames(t *testing.T) {
	ordered := []string{
		"", " a", "!", "0", "00", "01", "1", "1.2", "1.10", "1a", "2", "10", "99999999999999999999", "100000000000000000000",
		"_", "a", "a-1", "A01", "A1", "a01", "a1", "a01b", "a1b", "A2", "A10", "a10", "ab", "B", "b1", "Z", "z", "zz",
		"é", "É2", "é10", "中", "😀", "\x80", "\xff",
	}
	for i, a := range ordered {
		for j, b := range ordered {
			if got, want := compareNames(a, b), cmp.Compare(i, j); got != want {
				t.Errorf("compareNames(%q, %q) = %d, want %d", a, b, got, want)
			}
		}
	}
}

var token = regexp.MustCompile(`(?s)[0-9]+|.`)

// naiveCompare cuts names into numbers and letters and compares those.
func naiveCompare(a, b string) int {
	rank := func(s string) (n *big.Int, r rune) {
		if s[0] >= '0' && s[0] <= '9' {
			n, _ = new(big.Int).SetString(s, 10)
			return n, '0'
		}
		r, size := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && size == 1 {
			return nil, utf8.MaxRune + 1 + rune(s[0])
		}
		return nil, unicode.ToLower(r)
	}
	x, y := token.FindAllString(a, -1), token.FindAllString(b, -1)
	for i := range min(len(x), len(y)) {
		m, r := rank(x[i])
		n, q := rank(y[i])
		c := cmp.Compare(r, q)
		if m != nil && n != nil {
			c = m.Cmp(n)
		}
		if c != 0 {
			return c
		}
	}
	if c := cmp.Compare(len(x), len(y)); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}

func FuzzCompareNames(f *testing.F) {
	f.Add("file2", "file10", "FILE02")
	f.Add("a\xff1", "a\xfe01", "A\u212a")
	f.Add("1", "1:", "1/")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		ab, ba, bc, ac := compareNames(a, b), compareNames(b, a), compareNames(b, c), compareNames(a, c)
		if want := naiveCompare(a, b); ab != want {
			t.Errorf("compareNames(%q, %q) = %d, want %d", a, b, ab, want)
		}
		if ab != -ba || (ab == 0) != (a == b) {
			t.Errorf("%q and %q: %d and %d", a, b, ab, ba)
		}
		if ab <= 0 && bc <= 0 && ac > 0 || ab >= 0 && bc >= 0 && ac < 0 {
			t.Errorf("%q, %q, %q: %d, %d, but %d", a, b, c, ab, bc, ac)
		}
		if n := testing.AllocsPerRun(1, func() { compareNames(a, b) }); n != 0 {
			t.Errorf("compareNames(%q, %q) allocates %v times", a, b, n)
		}
	})
}

func BenchmarkCompareNames(b *testing.B) {
	for b.Loop() {
		compareNames("IMG_20260101_123456.jpg", "img_20260101_123457.jpg")
	}
}
