package main

import (
	"strings"

	"github.com/spf13/pflag"
)

// nearest returns the flag whose name is most like the one that was typed, ""
// when none is like it.
func nearest(typed string, s *pflag.FlagSet) string {
	best, bestDistance := "", len(typed)/3+2
	s.VisitAll(func(f *pflag.Flag) {
		d := distance(typed, f.Name)
		if len(typed) > 2 && (strings.Contains(f.Name, typed) || strings.Contains(typed, f.Name)) {
			d = min(d, 1)
		}
		if d < bestDistance {
			best, bestDistance = f.Name, d
		}
	})
	return best
}

// distance returns how many bytes have to be inserted, removed or replaced to
// turn a into b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1) // of the prefix of a that has been seen
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
