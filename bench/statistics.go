package main

import "slices"

// median is the middle of v, the mean of the two in the middle of an even number,
// and 0 of none.
func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(v))
	m := len(s) / 2
	if len(s)%2 == 0 {
		return (s[m-1] + s[m]) / 2
	}
	return s[m]
}

// ratio is a over b, 0 where there is none.
func ratio(a, b float64) float64 {
	if b <= 0 {
		return 0
	}
	return a / b
}

// spread is the lowest and the highest ratio of the rounds that both have, 0 and 0
// without any.
func spread(a, b []sample) (lowest, highest float64) {
	for _, x := range a {
		for _, y := range b {
			if x.Round != y.Round || y.Value <= 0 {
				continue
			}
			r := x.Value / y.Value
			if lowest == 0 || r < lowest {
				lowest = r
			}
			highest = max(highest, r)
		}
	}
	return lowest, highest
}
