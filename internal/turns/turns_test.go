package turns

import (
	"testing"
	"time"
)

// A turn that was short goes on; one that was long ends with a rest, after which another
// begins. Who gives way does so after each.
func TestTurns(t *testing.T) {
	ways := 0
	turns := New()
	defer turns.End()
	turns.Way = func() { ways++ }
	turns.began = time.Now().Add(time.Hour)
	turns.Pause()
	if turns.pipe != nil || ways != 0 {
		t.Error("it rested at once")
	}
	for i := range 3 {
		turns.began = time.Now().Add(-time.Hour)
		turns.Pause()
		if turns.pipe == nil || ways != i+1 || time.Since(turns.began) > time.Minute {
			t.Errorf("no rest: %+v, %d ways given", turns, ways)
		}
	}
	turns.End()
	turns.began = time.Time{}
	turns.Rested()
	turns.Pause()
	if turns.pipe != nil {
		t.Error("it rested again at once")
	}
	turns.began = time.Time{}
	turns.Pause() // it can be used on
	turns.End()
	turns.End()
	var none *Turns
	none.Pause()
	none.Rested()
	none.End()
}

// There is a rest without descriptors, too.
func TestRestWithoutPipe(t *testing.T) {
	p := &pipe{}
	p.rest()
	p.close()
}
