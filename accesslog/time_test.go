package accesslog

import (
	"math"
	"strconv"
	"testing"
	"time"
)

// naiveMillis is appendMillis as one would write it without caring for speed.
func naiveMillis(ns int64, decimals int) string {
	return strconv.FormatFloat(float64(ns)/1e6, 'f', decimals, 64)
}

func FuzzTime(f *testing.F) {
	for _, ns := range []int64{0, 1, 999, 49_999, 50_000, 50_001, 150_000, 950_000, 999_999, 999_950_000, 1e9, 1<<50 - 1, 1 << 50, math.MaxInt64, -1, -50_000, math.MinInt64} {
		f.Add(ns)
	}
	f.Fuzz(func(t *testing.T, ns int64) {
		for decimals := 1; decimals <= 6; decimals++ {
			if got, want := string(appendMillis([]byte("a"), ns, decimals)), "a"+naiveMillis(ns, decimals); got != want {
				t.Errorf("%d ns with %d decimals: got %s, want %s", ns, decimals, got, want)
			}
		}
		at := time.Unix(0, ns).UTC()
		got := appendFraction(appendSecond(nil, JSON, at), at.Nanosecond())
		if want := at.Format(time.RFC3339Nano); string(got)+"Z" != want {
			t.Errorf("%d ns after the epoch: got %sZ, want %s", ns, got, want)
		}
	})
}

// TestMillisMiddle goes through what lies at, below and above the middle between two
// results, where rounding is easily wrong.
func TestMillisMiddle(t *testing.T) {
	for decimals, unit := range map[int]int64{1: 1e5, 3: 1e3} {
		for n := range int64(20_000) {
			for ns := n*unit + unit/2 - 1; ns <= n*unit+unit/2+1; ns++ {
				if got, want := string(appendMillis(nil, ns, decimals)), naiveMillis(ns, decimals); got != want {
					t.Fatalf("%d ns: got %s, want %s", ns, got, want)
				}
			}
		}
	}
}
