//go:build unix

package engine

import (
	"math"

	"golang.org/x/sys/unix"
)

// connLimit is how many connections leave a fifth of the descriptors for files.
func connLimit() int {
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil || uint64(l.Cur) > math.MaxInt32 {
		return math.MaxInt32
	}
	return max(int(l.Cur)/5*4, 1)
}
