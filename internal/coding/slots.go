package coding

import (
	"container/list"
	"runtime"
	"sync"
	"time"
)

const (
	// patience is how long is waited for a slot: long enough for the texts of a page that are
	// asked for at once. Ten of 720 KiB in all shrink by 430, which 10 Mbit/s take 350 ms for.
	patience = 40 * time.Millisecond
	// queue is how many may wait for each slot. More would wait in vain.
	queue = 16
	// long is the length above which content takes so much time and memory that it is
	// compressed one at a time, and lets others go first between two turns.
	long = 1 << 20
)

// slots are the right to compress for the first time, for some at once. Who waits for one
// gets it in turn.
type slots struct {
	limit func() int

	mu      *sync.Mutex
	taken   int
	waiting list.List // of chan struct{}, which are closed by who hands a slot over
	long    bool      // content that is long has one of them
	given   sync.Cond // is told when one may be free
}

// atOnce is how many may compress: one processor, if there are more, is left for who asks
// for what is there.
func atOnce() int { return max(1, runtime.GOMAXPROCS(0)-1) }

func newSlots(mu *sync.Mutex) slots {
	return slots{limit: atOnce, mu: mu, given: sync.Cond{L: mu}}
}

// free reports whether nobody would have to wait for a slot. The lock is held.
func (s *slots) free() bool { return s.taken < s.limit() && s.waiting.Len() == 0 }

// take takes a slot, or waits for one for a while.
func (s *slots) take() bool {
	s.mu.Lock()
	if s.free() {
		s.taken++
		s.mu.Unlock()
		return true
	}
	if s.waiting.Len() >= queue*s.limit() {
		s.mu.Unlock()
		return false
	}
	handed := make(chan struct{})
	e := s.waiting.PushBack(handed)
	s.mu.Unlock()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-handed:
		return true
	case <-timer.C:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-handed: // at the last moment
		return true
	default:
		s.waiting.Remove(e)
		return false
	}
}

// give gives a slot back. The lock is held.
func (s *slots) give() {
	if first := s.waiting.Front(); first != nil && s.taken <= s.limit() {
		close(s.waiting.Remove(first).(chan struct{}))
		return
	}
	s.taken--
	s.given.Broadcast()
}

// giveWay lets those who wait have the slot of long content first.
func (s *slots) giveWay() {
	s.mu.Lock()
	if s.waiting.Len() == 0 {
		s.mu.Unlock()
		return
	}
	handed := make(chan struct{})
	s.waiting.PushBack(handed)
	s.give()
	s.mu.Unlock()
	<-handed
}

// giveAllWay waits until nobody would have to wait for a slot.
func (s *slots) giveAllWay() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.free() {
		s.given.Wait()
	}
}
