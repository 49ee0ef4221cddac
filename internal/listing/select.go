package listing

import (
	"math/bits"
	"slices"
)

// selection keeps the first limit of the candidates added to it. It holds up to
// twice as many, and drops the rest when it is full.
type selection struct {
	limit int
	order func(a, b candidate) int
	kept  []candidate
	full  bool      // limit candidates are known to come first, the last of which
	last  candidate // is last
}

func (s *selection) add(c candidate) {
	if s.full && s.order(c, s.last) > 0 {
		return
	}
	s.kept = append(s.kept, c)
	if len(s.kept)/2 < s.limit {
		return
	}
	divide(s.kept, s.limit, s.order)
	clear(s.kept[s.limit:]) // let go of their names
	s.kept = s.kept[:s.limit]
	s.full, s.last = true, slices.MaxFunc(s.kept, s.order)
}

// page is the candidates from first to end, in order. It is called once, after
// the last add, with an end of at most limit.
func (s *selection) page(first, end int) []candidate {
	divide(s.kept, end, s.order)
	divide(s.kept[:end], first, s.order)
	page := s.kept[first:end]
	slices.SortFunc(page, s.order)
	return page
}

// divide moves the n elements of s that come first to its front, in any order
// (Hoare's FIND). It takes time in proportion to len(s), unless the pivots are
// so bad that it sorts instead.
func divide[E any](s []E, n int, order func(a, b E) int) {
	if n <= 0 || n >= len(s) {
		return
	}
	lo, hi := 0, len(s)-1
	for rounds := 4 * bits.Len(uint(len(s))); lo < hi; rounds-- {
		if rounds == 0 {
			slices.SortFunc(s[lo:hi+1], order)
			return
		}
		pivot := median(s[lo], s[lo+(hi-lo)/2], s[hi], order)
		i, j := lo, hi
		for i <= j {
			for order(s[i], pivot) < 0 {
				i++
			}
			for order(s[j], pivot) > 0 {
				j--
			}
			if i <= j {
				s[i], s[j] = s[j], s[i]
				i, j = i+1, j-1
			}
		}
		// s[lo:j+1] ≤ pivot ≤ s[i:hi+1], and what lies between is the pivot.
		switch {
		case n <= j:
			hi = j
		case n >= i:
			lo = i
		default:
			return
		}
	}
}

func median[E any](a, b, c E, order func(a, b E) int) E {
	if order(a, b) > 0 {
		a, b = b, a
	}
	if order(b, c) <= 0 {
		return b
	}
	if order(a, c) > 0 {
		return a
	}
	return c
}
