package listing

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// compareNames is natural order: digits compare by the number they write, letters
// without case, and what is equal so far by its bytes. It is a total order on
// all strings, and allocates nothing.
func compareNames(a, b string) int {
	i := commonPrefix(a, b)
	j := i
	for i < len(a) && j < len(b) {
		if isDigit(a[i]) && isDigit(b[j]) {
			m, n := digits(a, i), digits(b, j)
			if c := compareDigits(a[i:m], b[j:n]); c != 0 {
				return c
			}
			i, j = m, n
			continue
		}
		x, n := foldedRune(a, i)
		y, m := foldedRune(b, j)
		if x != y {
			if x < y {
				return -1
			}
			return 1
		}
		i, j = i+n, j+m
	}
	switch {
	case i < len(a):
		return 1
	case j < len(b):
		return -1
	}
	return strings.Compare(a, b)
}

// commonPrefix is how many bytes of a and b are the same and compare as equal
// whatever follows: it ends before a number or a rune that it would cut. Names in a
// directory tend to begin alike.
func commonPrefix(a, b string) int {
	n := min(len(a), len(b))
	i := 0
	for i < n && a[i] == b[i] {
		i++
	}
	for i > 0 && (isDigit(a[i-1]) || i < len(a) && !utf8.RuneStart(a[i]) || i < len(b) && !utf8.RuneStart(b[i])) {
		i--
	}
	return i
}

// foldedRune is the rune of s at i in lower case, and its length. A byte that is
// not UTF-8 sorts after every rune.
func foldedRune(s string, i int) (rune, int) {
	c := s[i]
	if c < utf8.RuneSelf {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		return rune(c), 1
	}
	r, n := utf8.DecodeRuneInString(s[i:])
	if r == utf8.RuneError && n == 1 {
		return utf8.MaxRune + rune(c), 1
	}
	return unicode.ToLower(r), n
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// digits is the end of the digits that begin at i.
func digits(s string, i int) int {
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return i
}

// compareDigits compares numbers of any length.
func compareDigits(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) != len(b) {
		if len(a) < len(b) {
			return -1
		}
		return 1
	}
	return strings.Compare(a, b)
}
