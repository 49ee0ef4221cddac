package semantics

import (
	"cmp"
	"slices"
)

// maxGap is the number of bytes between two ranges that cost no more to send than
// the heading of another part (RFC 9110 §15.3.7.2).
const maxGap = 80

// coalesce joins ranges that overlap, touch or lie no further than maxGap apart,
// in the order in which the first member of each was requested. It reuses ranges.
func coalesce(ranges []Range) []Range {
	if len(ranges) < 2 {
		return ranges
	}
	type group struct {
		Range
		order int // of the member requested first
	}
	sorted := make([]group, len(ranges))
	for i, r := range ranges {
		sorted[i] = group{r, i}
	}
	slices.SortFunc(sorted, func(a, b group) int { return cmp.Compare(a.First, b.First) })

	joined := sorted[:1]
	for _, g := range sorted[1:] {
		last := &joined[len(joined)-1]
		if g.First-last.Last-1 > maxGap {
			joined = append(joined, g)
			continue
		}
		last.Last = max(last.Last, g.Last)
		last.order = min(last.order, g.order)
	}

	slices.SortFunc(joined, func(a, b group) int { return cmp.Compare(a.order, b.order) })
	ranges = ranges[:len(joined)]
	for i, g := range joined {
		ranges[i] = g.Range
	}
	return ranges
}
