package plan

import (
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

func TestReplace(t *testing.T) {
	for _, c := range []struct{ had, extra, want []Field }{
		{[]Field{{"A", "1"}, {"B", "2"}}, nil, []Field{{"A", "1"}, {"B", "2"}}},
		{[]Field{{"A", "1"}, {"B", "2"}}, []Field{{"A", "3"}}, []Field{{"B", "2"}, {"A", "3"}}},
		{[]Field{{"A", "1"}}, []Field{{"A", "2"}, {"A", "3"}}, []Field{{"A", "2"}, {"A", "3"}}},
		{nil, []Field{{"Link", "a"}, {"Link", "b"}}, []Field{{"Link", "a"}, {"Link", "b"}}},
		{[]Field{{"Vary", "Accept"}}, []Field{{"Vary", "Cookie"}}, []Field{{"Vary", "Accept, Cookie"}}},
		{nil, []Field{{"Vary", "Cookie"}}, []Field{{"Vary", "Cookie"}}},
	} {
		p := &Response{Fields: c.had}
		p.replace(c.extra)
		if diff := cmp.Diff(c.want, p.Fields); diff != "" {
			t.Errorf("%v, %v:\n%s", c.had, c.extra, diff)
		}
	}
}

// TestGate: a third large listing waits, and is refused when its turn does not come.
func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		was := largeListings
		largeListings = make(chan struct{}, 2)
		defer func() { largeListings = was }()
		var a, b, c gated
		if !a.enter() || !b.enter() {
			t.Fatal("the first two had to wait")
		}
		if c.enter() {
			t.Fatal("a third went in")
		}
		done := make(chan bool)
		go func() { done <- c.enter() }()
		synctest.Wait()
		a.leave()
		if !<-done {
			t.Fatal("the turn that came free was not taken")
		}
		b.leave()
		c.leave()
		c.leave()
		if len(largeListings) != 0 {
			t.Errorf("%d turns are still taken", len(largeListings))
		}
	})
}
