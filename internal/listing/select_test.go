package listing

import (
	"cmp"
	"io/fs"
	"slices"
	"testing"
)

// However many names there are, only twice a page of them is ever kept.
func TestSelectionBounded(t *testing.T) {
	s := selection{limit: RowsPerPage, order: Options{}.compare}
	most := 0
	err := endless(200_000).Names(func(name string, _ fs.FileMode) bool {
		s.add(candidate{name: name})
		most = max(most, len(s.kept))
		return true
	})
	if err != nil || most >= 2*RowsPerPage || cap(s.kept) > 4*RowsPerPage {
		t.Errorf("%d names kept, room for %d, %v", most, cap(s.kept), err)
	}
}

// A hundred thousand names take few comparisons, in whatever order they come.
func TestSelectionComparisons(t *testing.T) {
	var random []string
	if err := endless(100_000).Names(func(name string, _ fs.FileMode) bool {
		random = append(random, name)
		return true
	}); err != nil {
		t.Fatal(err)
	}
	up := slices.SortedFunc(slices.Values(random), compareNames)
	down := slices.Clone(up)
	slices.Reverse(down)
	for name, c := range map[string]struct {
		names []string
		page  int
		most  int
	}{
		"random":       {random, 1, 600_000},
		"in order":     {up, 1, 250_000},
		"from the end": {down, 1, 800_000},
		"last page":    {random, 10, 500_000},
	} {
		n := 0
		s := selection{limit: c.page * RowsPerPage, order: func(a, b candidate) int {
			n++
			return compareNames(a.name, b.name)
		}}
		for _, name := range c.names {
			s.add(candidate{name: name})
		}
		first := s.limit - RowsPerPage
		for i, got := range s.page(first, s.limit) {
			if got.name != up[first+i] {
				t.Fatalf("%s: row %d is %q, want %q", name, i, got.name, up[first+i])
			}
		}
		if n > c.most {
			t.Errorf("%s: %d comparisons, want at most %d", name, n, c.most)
		}
		t.Logf("%s: %d comparisons", name, n)
	}
}

func FuzzDivide(f *testing.F) {
	f.Add([]byte("hello, world"), 5)
	f.Add([]byte("aaaaaaaa"), 3)
	f.Add([]byte("abcdefgh"), 8)
	f.Fuzz(func(t *testing.T, s []byte, n int) {
		sorted := slices.Sorted(slices.Values(s))
		got := slices.Clone(s)
		divide(got, n, cmp.Compare[byte])
		n = min(max(n, 0), len(s))
		slices.Sort(got[:n])
		slices.Sort(got[n:])
		if !slices.Equal(got, sorted) {
			t.Errorf("%q at %d is divided into %q and %q", s, n, got[:n], got[n:])
		}
	})
}

// An adversary that decides the order while it is asked, so that each pivot is
// as bad as can be (McIlroy, A Killer Adversary for Quicksort).
func TestDivideAdversary(t *testing.T) {
	const n = 1 << 14
	value, all := make([]int, n), make([]int, n)
	for i := range all {
		value[i], all[i] = n, i // n is larger than all that are decided
	}
	decided, suspect, asked := 0, 0, 0
	divide(all, n/2, func(a, b int) int {
		asked++
		if value[a] == n && value[b] == n {
			if a == suspect {
				value[a] = decided
			} else {
				value[b] = decided
			}
			decided++
		}
		if value[a] == n {
			suspect = a
		} else if value[b] == n {
			suspect = b
		}
		return cmp.Compare(value[a], value[b])
	})
	t.Logf("%d comparisons of %d elements", asked, n)
	if most := 100 * n; asked > most {
		t.Errorf("%d comparisons, want at most %d", asked, most)
	}
	if front, back := slices.MaxFunc(all[:n/2], func(a, b int) int { return value[a] - value[b] }), slices.MinFunc(all[n/2:], func(a, b int) int { return value[a] - value[b] }); value[front] > value[back] {
		t.Errorf("%d is in front of %d", value[front], value[back])
	}
}
