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
		{nil, []Field{{"Vary", "a,b ,, a"}}, []Field{{"Vary", "a,b ,, a"}}}, // as its owner wrote it
		{[]Field{{"Vary", "Accept"}}, []Field{{"Vary", "Origin ,accept\t, ,Cookie,origin"}}, []Field{{"Vary", "Accept, Origin, Cookie"}}},
		{[]Field{{"Vary", "Accept"}, {"A", "1"}}, []Field{{"Vary", "Accept-Encoding"}, {"Vary", "Accept, *"}}, []Field{{"A", "1"}, {"Vary", "Accept, Accept-Encoding, *"}}},
		{[]Field{{"Vary", "Accept"}}, []Field{{"Vary", ""}}, []Field{{"Vary", "Accept"}}},
	} {
		p := &Response{Fields: c.had}
		p.replace(c.extra)
		if diff := cmp.Diff(c.want, p.Fields); diff != "" {
			t.Errorf("%v, %v:\n%s", c.had, c.extra, diff)
		}
	}
}

// TestVary: what an answer was chosen by is in one line, in one order, whoever says it first.
func TestVary(t *testing.T) {
	for _, c := range []struct {
		extra string
		by    []Vary // before what its owner wants, and after
		want  string
	}{
		{"", []Vary{VaryAccept, 0}, "Accept"},
		{"", []Vary{VaryAcceptEncoding, VaryAccept}, "Accept, Accept-Encoding"},
		{"", []Vary{VaryAcceptEncoding | VaryAccept, VaryAccept}, "Accept, Accept-Encoding"},
		{"Origin", []Vary{VaryAcceptEncoding, VaryAccept}, "Accept, Accept-Encoding, Origin"},
		{"accept-encoding, Origin", []Vary{VaryAccept, VaryAcceptEncoding}, "Accept, Accept-Encoding, Origin"},
		{"Origin", []Vary{0, VaryAcceptEncoding}, "Accept-Encoding, Origin"},
	} {
		p := &Response{Fields: []Field{{"A", "1"}}}
		p.vary(c.by[0])
		if c.extra != "" {
			p.replace([]Field{{"Vary", c.extra}})
		}
		p.vary(c.by[1])
		if diff := cmp.Diff([]Field{{"A", "1"}, {"Vary", c.want}}, p.Fields); diff != "" || p.Vary != c.by[0]|c.by[1] {
			t.Errorf("%q, %v: %v\n%s", c.extra, c.by, p.Vary, diff)
		}
	}
	p := &Response{Fields: []Field{{"A", "1"}}}
	if p.vary(0); len(p.Fields) != 1 {
		t.Errorf("what nothing chose varies: %v", p.Fields)
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
