package htpasswd

import (
	"runtime"
	"time"
)

// slots bound how many hashes are computed at once: it holds one value for each.
type slots chan struct{}

// hashing holds for the process, however many files it has: memory is what runs out.
var hashing = make(slots, max(1, runtime.GOMAXPROCS(0)-1))

// take waits for a slot, in order of arrival, and reports whether there was one in time.
func (s slots) take(wait time.Duration) bool {
	select {
	case s <- struct{}{}:
		return true
	default:
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case s <- struct{}{}:
		return true
	case <-timer.C:
		return false
	}
}

func (s slots) leave() { <-s }
