package coding

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/salver-http/salver/internal/semantics"

	"github.com/salver-http/salver/internal/turns"
)

// Who waits for a slot gets it in turn, or nothing once patience is at its end; where too
// many wait, at once.
func TestSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		s := newSlots(&mu)
		s.limit = func() int { return 1 }
		give := func() {
			mu.Lock()
			defer mu.Unlock()
			s.give()
		}
		if !s.take() {
			t.Fatal("there is no slot")
		}
		var got []int
		took := make([]time.Duration, queue)
		began := time.Now()
		for i := range took {
			go func() {
				if s.take() {
					got = append(got, i)
				}
				took[i] = time.Since(began)
			}()
			synctest.Wait()
		}
		if s.take() || time.Since(began) > 0 {
			t.Errorf("one more than may wait was refused after %v", time.Since(began))
		}
		for range 3 {
			time.Sleep(time.Millisecond)
			give()
			synctest.Wait()
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if !slices.Equal(got, []int{0, 1, 2}) || took[2] != 3*time.Millisecond || took[3] != patience || s.taken != 1 || s.waiting.Len() != 0 {
			t.Errorf("slots went to %v, after %v; %d are taken, %d wait", got, took, s.taken, s.waiting.Len())
		}
		give()
		if s.taken != 0 || !s.take() {
			t.Errorf("the slot did not come back: %d are taken", s.taken)
		}
	})
}

// Where there are fewer processors than before, slots that come back are not given on.
func TestSlotsFewer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		s, limit := newSlots(&mu), 2
		s.limit = func() int { return limit }
		s.take()
		s.take()
		limit = 1
		refused := false
		go func() { refused = !s.take() }()
		synctest.Wait()
		mu.Lock()
		s.give()
		mu.Unlock()
		time.Sleep(time.Minute)
		synctest.Wait()
		if !refused || s.taken != 1 {
			t.Errorf("refused %v, %d are taken", refused, s.taken)
		}
	})
}

// Long content is compressed one at a time, and is not even loaded again while another is;
// what is short goes before it at the end of a turn.
func TestStoreLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTestStore(t, 16<<20, nil)
		s.slots.limit = func() int { return 1 }
		encode := s.encode
		s.encode = func(c semantics.Coding, l Level, content io.Reader, length int, turns *turns.Turns) ([]byte, error) {
			if length > long {
				for range 100 {
					time.Sleep(10 * time.Millisecond)
					turns.Pause()
				}
			}
			return encode(c, l, content, length, turns)
		}
		first, second, short := &loader{content: page(long + 1)}, &loader{content: page(long + 2)}, &loader{content: page(5000)}
		go get(t, s, "first", onlyGzip, first)
		time.Sleep(1500 * time.Millisecond) // it is loaded, and more
		for range 3 {
			if f, busy, err := s.Get("second", onlyGzip, second.load); f != nil || !busy || err != nil {
				t.Errorf("got %v, busy %v, %v", f, busy, err)
			}
		}
		if n := second.times.Load(); n != 1 {
			t.Errorf("loaded %d times to find out that it is long", n)
		}
		before := time.Now()
		get(t, s, "short", onlyGzip, short)
		if took := time.Since(before); took > 2*time.Second+10*time.Millisecond { // to load and to encode, after a turn
			t.Errorf("what is short waited %v", took)
		}
		s.mu.Lock()
		if s.slots.taken != 1 || !s.slots.long {
			t.Errorf("%d slots are taken, long %v", s.slots.taken, s.slots.long)
		}
		s.mu.Unlock()
		time.Sleep(10 * time.Second)
		get(t, s, "second", onlyGzip, second)
		for i := range 2 * remembered {
			s.takeLong(fmt.Sprint(i))
		}
		if len(s.long) > remembered {
			t.Errorf("%d contents are known to be long", len(s.long))
		}
		s.giveLong()
	})
}

// What improves lets others go first at the end of each turn.
func TestStoreImproverGivesWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, l := newTestStore(t, 1<<20, nil), &loader{content: page(5000)}
		s.slots.limit = func() int { return 1 }
		encode := s.encode
		s.encode = func(c semantics.Coding, level Level, content io.Reader, length int, turns *turns.Turns) ([]byte, error) {
			for range 10 {
				if level == Best {
					time.Sleep(10 * time.Millisecond)
					turns.Pause()
					s.mu.Lock()
					if s.slots.taken > 0 {
						t.Error("it went on beside what is compressed for the first time")
					}
					s.mu.Unlock()
				}
			}
			return encode(c, level, content, length, turns)
		}
		get(t, s, "a", onlyGzip, l)
		get(t, s, "a", onlyGzip, l)
		for i := range 3 {
			get(t, s, fmt.Sprint(i), onlyGzip, l)
			time.Sleep(25 * time.Millisecond)
		}
		if !s.improving() {
			t.Error("it is at its end")
		}
		settle()
		if s.improving() || s.contents["a"].Value.(*forms).best == 0 {
			t.Error("it does not end")
		}
	})
}
