package listing

import (
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"
)

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1: "1 B", 999: "999 B", 1000: "1.0 kB", 1049: "1.0 kB", 1050: "1.1 kB", 999_949: "999.9 kB", 999_950: "1.0 MB",
		1_234_567: "1.2 MB", 4_700_000_000: "4.7 GB", 999_950_000_000_000: "1.0 PB", math.MaxInt64: "9.2 EB",
	} {
		if got := string(appendSize(nil, n)); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

// naiveSize rounds in each unit and takes the first that reads below 1000.
func naiveSize(n int64) string {
	if n < 1000 {
		return fmt.Sprint(n, " B")
	}
	unit := big.NewInt(1)
	for _, prefix := range "kMGTPE" {
		unit.Mul(unit, big.NewInt(1000))
		s := new(big.Rat).SetFrac(big.NewInt(n), unit).FloatString(1) // halves away from zero
		if !strings.HasPrefix(s, "1000.") {
			if len(s) <= len("999.9") {
				return s + " " + string(prefix) + "B"
			}
		}
	}
	panic("larger than an int64")
}

func naiveGrouped(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func FuzzNumber(f *testing.F) {
	for n := int64(1); n < math.MaxInt64/10; n *= 10 {
		f.Add(n)
		f.Add(n - n/20000)
		f.Add(n - n/20000 - 1)
	}
	f.Fuzz(func(t *testing.T, n int64) {
		if n < 0 {
			return
		}
		if got, want := string(appendSize(nil, n)), naiveSize(n); got != want {
			t.Errorf("size of %d is %q, want %q", n, got, want)
		}
		if got, want := string(appendGrouped(nil, n)), naiveGrouped(n); got != want {
			t.Errorf("%d is grouped %q, want %q", n, got, want)
		}
	})
}
