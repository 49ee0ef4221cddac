package hot

import (
	"fmt"
	"strconv"
	"testing"
)

func entryOf(bytes int) *Entry { return &Entry{Status: 200, Content: make([]byte, bytes)} }

// TestBudget: whatever is put in, the bytes stay within bounds, and something is kept.
func TestBudget(t *testing.T) {
	const budget = 1 << 20
	s := New(budget)
	var keys [][]byte
	for i := range 10_000 {
		key := fmt.Appendf(nil, "G/%d", i)
		keys = append(keys, key)
		s.Put(key, entryOf(1000))
	}
	s.entries.CleanUp()
	bytes, kept := 0, 0
	for _, k := range keys {
		if e := s.Get(k); e != nil {
			bytes += e.weight()
			kept++
		}
	}
	if bytes > budget || kept < 100 {
		t.Errorf("%d entries of %d bytes are kept in %d", kept, bytes, budget)
	}
	s.Put([]byte("large"), entryOf(2*budget))
	s.entries.CleanUp()
	if s.Get([]byte("large")) != nil {
		t.Error("an entry larger than all is kept")
	}
}

// TestCrawl: what is hot stays while a crawler asks for a million files.
func TestCrawl(t *testing.T) {
	t.Parallel()
	const hot = 500
	s := New(1 << 20)
	var key []byte
	ask := func(kind string, i int) {
		key = strconv.AppendInt(append(key[:0], kind...), int64(i), 10)
		if s.Get(key) == nil && s.Asked(key) {
			s.Put(key, entryOf(1000))
		}
	}
	for range 20 {
		for i := range hot {
			ask("G/hot/", i)
		}
	}
	for i := range 1_000_000 {
		ask("G/crawled/", i)
	}
	left := 0
	for i := range hot {
		if s.Get(fmt.Appendf(nil, "G/hot/%d", i)) != nil {
			left++
		}
	}
	if left < hot*99/100 {
		t.Errorf("of %d hot entries %d are left", hot, left)
	}
}

// TestAsked: a key counts from the second time on, also among many.
func TestAsked(t *testing.T) {
	s := New(1)
	for i := range 1000 {
		key := fmt.Appendf(nil, "G/%d", i)
		if s.Asked(key) {
			t.Errorf("%s was not asked for", key)
		}
		if !s.Asked(key) {
			t.Errorf("%s was asked for", key)
		}
	}
}

// TestKeys: an entry is for its own key only, whatever the hash.
func TestKeys(t *testing.T) {
	s := New(1 << 20)
	e := entryOf(1)
	s.Put([]byte("a"), e)
	if s.Get([]byte("a")) != e || s.Get([]byte("b")) != nil {
		t.Error("a key has what another was given")
	}
	e.key = "b" // as if both had one hash
	if s.Get([]byte("a")) != nil {
		t.Error("an entry answers for another key")
	}
	e.key = "a"
	s.Drop([]byte("a"))
	if s.Get([]byte("a")) != nil {
		t.Error("what is dropped is still there")
	}
}

func BenchmarkGet(b *testing.B) {
	s := New(1 << 20)
	key := []byte("G/index.html")
	s.Put(key, entryOf(100))
	b.ReportAllocs()
	for b.Loop() {
		if s.Get(key) == nil {
			b.Fatal("it is not there")
		}
	}
}
