package coding

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/salver-http/salver/internal/semantics"

	"github.com/salver-http/salver/internal/turns"
)

var (
	all      = SetOf(All[:]...)
	onlyGzip = SetOf(semantics.Gzip)
)

// newTestStore makes a Store for a bubble of synctest: what is pooled in one must not be
// used outside. Each quick encoding takes a second, each best one a minute and a bit, so that
// it does not end at the moment at which something else does.
func newTestStore(t *testing.T, bytes int64, dir *Dir) *Store {
	s := NewStore(bytes, dir)
	t.Cleanup(settle)
	s.slots.limit = func() int { return 2 }
	s.encode = func(c semantics.Coding, l Level, content io.Reader, length int, turns *turns.Turns) ([]byte, error) {
		time.Sleep([]time.Duration{time.Second, time.Minute + 345*time.Millisecond}[l])
		return poolFor(c, l, length).New().(encoder).encode(work{content, length, turns})
	}
	return s
}

// settle lets all end that runs.
func settle() {
	time.Sleep(24 * time.Hour)
	synctest.Wait()
}

// improving reports whether something is being improved.
func (s *Store) improving() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.improver
}

// loader counts how often content is loaded.
type loader struct {
	content []byte
	times   atomic.Int32
}

func (l *loader) load() ([]byte, error) {
	l.times.Add(1)
	time.Sleep(time.Second)
	return l.content, nil
}

// get is Get of what must be there.
func get(t *testing.T, s *Store, digest string, want Set, l *loader) *Form {
	t.Helper()
	f, busy, err := s.Get(digest, want, l.load)
	if f == nil || busy || err != nil {
		t.Errorf("%s: got %v, busy %v, %v", digest, f, busy, err)
		return &Form{}
	}
	if !want.Has(f.Coding) {
		t.Errorf("%s: got %s, which is not wanted", digest, f.Coding)
	}
	if got, err := decode(f.Coding, f.Bytes); err != nil || !bytes.Equal(got, l.content) {
		t.Errorf("%s in %s decodes to %d bytes of %d: %v", digest, f.Coding, len(got), len(l.content), err)
	}
	if len(f.Sum) != 8 {
		t.Errorf("the fingerprint is %q", f.Sum)
	}
	return f
}

// However many ask at once, content is loaded and compressed once, and they get one form.
func TestStoreOneLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, l := newTestStore(t, 1<<20, nil), &loader{content: text(1, 5000)}
		var forms [64]*Form
		var wg sync.WaitGroup
		for i := range forms {
			wg.Go(func() { forms[i] = get(t, s, "a", onlyGzip, l) })
		}
		wg.Wait()
		for _, f := range forms {
			if f != forms[0] {
				t.Fatal("there are two forms")
			}
		}
		if n := l.times.Load(); n != 1 {
			t.Errorf("loaded %d times", n)
		}
		if forms[0].Stale().Load() {
			t.Error("stale before there is a better one")
		}
	})
}

// The first form is quick, in the coding preferred most; from the second time on there is a
// better one, and the first is stale from then on.
func TestStoreImproves(t *testing.T) {
	for name, test := range map[string]struct {
		want        Set
		first, best semantics.Coding
	}{
		"all":           {all, semantics.Zstd, semantics.Brotli},
		"gzip and br":   {SetOf(semantics.Gzip, semantics.Brotli), semantics.Brotli, semantics.Brotli},
		"gzip and zstd": {SetOf(semantics.Gzip, semantics.Zstd), semantics.Zstd, semantics.Zstd},
		"gzip":          {onlyGzip, semantics.Gzip, semantics.Gzip},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, l := newTestStore(t, 1<<20, nil), &loader{content: page(40_000)}
				quick := get(t, s, "a", test.want, l)
				if quick.Coding != test.first {
					t.Errorf("first %s, want %s", quick.Coding, test.first)
				}
				synctest.Wait()
				if quick.Stale().Load() {
					t.Error("improved when it was asked for once")
				}
				if again := get(t, s, "a", test.want, l); again != quick {
					t.Error("another form at once")
				}
				time.Sleep(2 * time.Minute)
				if !quick.Stale().Load() {
					t.Fatal("not improved")
				}
				best := get(t, s, "a", test.want, l)
				if best.Coding != test.best || len(best.Bytes) >= len(quick.Bytes) || best.Sum == quick.Sum {
					t.Errorf("%s of %d bytes after %s of %d", best.Coding, len(best.Bytes), quick.Coding, len(quick.Bytes))
				}
				for range 5 { // no more comes
					if f := get(t, s, "a", test.want, l); f != best {
						t.Error("yet another form")
					}
					time.Sleep(2 * time.Minute)
				}
				if best.Stale().Load() || l.times.Load() != 1 {
					t.Errorf("stale %v, loaded %d times", best.Stale().Load(), l.times.Load())
				}
			})
		})
	}
}

// page is text that best shrinks more than quick does, in every coding.
func page(length int) []byte {
	var b bytes.Buffer
	r := rand.New(rand.NewPCG(7, 7))
	for i := 0; b.Len() < length; i++ {
		fmt.Fprintf(&b, "<li class=\"item item-%d\"><a href=\"/articles/%d/%s.html\">Article %d</a></li>\n",
			i%7, r.IntN(100), strings.Repeat(string(rune('a'+r.IntN(20))), 1+r.IntN(9)), i)
	}
	return b.Bytes()[:length:length]
}

// A form that goes stale because those who accept more get another is not given again to
// those who accept only it: they would plan anew for ever.
func TestStoreStaleEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, l := newTestStore(t, 1<<20, nil), &loader{content: page(40_000)}
		sets := []Set{all, onlyGzip, SetOf(semantics.Zstd), SetOf(semantics.Zstd, semantics.Gzip), SetOf(semantics.Brotli, semantics.Gzip)}
		plans := map[Set]*Form{}
		replanned := 0
		for range 50 {
			for _, want := range sets {
				if f := plans[want]; f == nil || f.Stale().Load() {
					plans[want] = get(t, s, "a", want, l)
					if plans[want].Stale().Load() {
						t.Fatalf("%b got what is stale", want)
					}
					replanned++
				} else if replanned < 20 {
					get(t, s, "a", want, l)
				}
			}
			time.Sleep(time.Minute)
		}
		if replanned < 2*len(sets) || replanned > 4*len(sets) {
			t.Errorf("planned %d times", replanned)
		}
		for _, want := range sets {
			if f := get(t, s, "a", want, l); f != plans[want] {
				t.Errorf("%b rests on %s of %d bytes, and there is %s of %d", want, plans[want].Coding, len(plans[want].Bytes), f.Coding, len(f.Bytes))
			}
		}
	})
}

// With every slot taken, what would have to be compressed is refused after a moment, and what
// is there or under way is not.
func TestStoreBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, l := newTestStore(t, 1<<20, nil), &loader{content: text(1, 5000)}
		kept := get(t, s, "kept", onlyGzip, l)
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() { get(t, s, fmt.Sprint(i%2), onlyGzip, l) })
		}
		time.Sleep(500 * time.Millisecond)
		before := time.Now()
		if f, busy, err := s.Get("more", onlyGzip, l.load); f != nil || !busy || err != nil || time.Since(before) != patience {
			t.Errorf("got %v, busy %v, %v after %v", f, busy, err, time.Since(before))
		}
		before = time.Now()
		if f := get(t, s, "kept", onlyGzip, l); f != kept || time.Since(before) > 0 {
			t.Errorf("waited %v for what was there", time.Since(before))
		}
		wg.Wait()
		if n := l.times.Load(); n != 3 {
			t.Errorf("loaded %d times", n)
		}
		get(t, s, "more", onlyGzip, l)
		settle() // what was asked for twice is improved
		if s.slots.taken != 0 || s.slots.waiting.Len() > 0 || s.improver || len(s.queue)+len(s.flights) > 0 {
			t.Errorf("%d slots are taken, %d wait, %d in the queue, %d in flight", s.slots.taken, s.slots.waiting.Len(), len(s.queue), len(s.flights))
		}
	})
}

// What improves waits for a slot to be free, and keeps nobody from it.
func TestStoreBusyImproving(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, l := newTestStore(t, 1<<20, nil), &loader{content: text(1, 5000)}
		s.slots.limit = func() int { return 1 }
		get(t, s, "a", onlyGzip, l)
		go get(t, s, "b", onlyGzip, l)
		synctest.Wait()
		get(t, s, "a", onlyGzip, l)
		synctest.Wait()
		if s.improving() {
			t.Error("it is improved while something else is compressed for the first time")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if !s.improving() {
			t.Error("there was a slot, and nothing is improved")
		}
		before := time.Now()
		get(t, s, "c", onlyGzip, l)
		if took := time.Since(before); took != 2*time.Second || !s.improving() { // to load and to encode
			t.Errorf("it took %v beside what is improved", took)
		}
		settle()
		if s.improving() {
			t.Error("it never ends")
		}
	})
}

// An error reaches all who wait, and is not remembered.
func TestStoreError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTestStore(t, 1<<20, nil)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				f, busy, err := s.Get("a", all, func() ([]byte, error) {
					time.Sleep(time.Second)
					return nil, errSource
				})
				if f != nil || busy || err != errSource {
					t.Errorf("got %v, busy %v, %v", f, busy, err)
				}
			})
		}
		wg.Wait()
		get(t, s, "a", all, &loader{content: text(1, 5000)})
	})
}

// A panic while loading is for who loads; others get an error, and all goes on.
func TestStorePanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, l := newTestStore(t, 1<<20, nil), &loader{content: text(1, 5000)}
		var panics, failures atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				defer func() {
					if recover() != nil {
						panics.Add(1)
					}
				}()
				if _, busy, err := s.Get("a", all, func() ([]byte, error) {
					time.Sleep(time.Second)
					panic("broken")
				}); err != nil && !busy {
					failures.Add(1)
				}
			})
		}
		wg.Wait()
		if panics.Load() != 1 || failures.Load() != 7 {
			t.Errorf("%d panics, %d failures", panics.Load(), failures.Load())
		}
		for i := range 5 {
			get(t, s, fmt.Sprint(i), all, l)
		}
		get(t, s, "a", all, l)
	})
}

// A codec that fails is an error at first, and later leaves things as they are.
func TestStoreCodecFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, l := newTestStore(t, 1<<20, nil), &loader{content: page(5000)}
		encode := s.encode
		wrong := make([]byte, 5000) // which is shorter when it is coded
		for name, failing := range map[string]func(semantics.Coding, Level, io.Reader, int, *turns.Turns) ([]byte, error){
			"an error": func(semantics.Coding, Level, io.Reader, int, *turns.Turns) ([]byte, error) { return nil, errSource },
			"not the same": func(c semantics.Coding, l Level, _ io.Reader, _ int, turns *turns.Turns) ([]byte, error) {
				return encode(c, l, bytes.NewReader(wrong), len(wrong), turns)
			},
			"no such thing": func(semantics.Coding, Level, io.Reader, int, *turns.Turns) ([]byte, error) { return []byte("x"), nil },
		} {
			s.encode = encode
			quick := get(t, s, name, onlyGzip, l)
			s.encode = failing
			for range 3 {
				if f := get(t, s, name, onlyGzip, l); f != quick {
					t.Errorf("%s: another form", name)
				}
				settle()
			}
			if quick.Stale().Load() || s.slots.taken != 0 {
				t.Errorf("%s: stale %v, %d run", name, quick.Stale().Load(), s.slots.taken)
			}
		}
		s.encode = func(semantics.Coding, Level, io.Reader, int, *turns.Turns) ([]byte, error) { return nil, errSource }
		if _, _, err := s.Get("new", onlyGzip, l.load); !errors.Is(err, errSource) {
			t.Errorf("got %v", err)
		}
	})
}

// That content does not shrink is remembered; and nothing is no coding.
func TestStoreDoesNotShrink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTestStore(t, 1<<20, nil)
		for _, content := range [][]byte{noise(1, 5000), {}} {
			l := &loader{content: content}
			digest := fmt.Sprint(len(content))
			for range 3 {
				if f, busy, err := s.Get(digest, all, l.load); f != nil || busy || err != nil {
					t.Errorf("got %v, busy %v, %v", f, busy, err)
				}
			}
			if n := l.times.Load(); n != 1 {
				t.Errorf("loaded %d times", n)
			}
			for _, want := range []Set{0, SetOf(semantics.Identity)} {
				if f, busy, err := s.Get(digest, want, l.load); f != nil || busy || err != nil || l.times.Load() != 1 {
					t.Errorf("nothing wanted, and got %v, busy %v, %v", f, busy, err)
				}
			}
		}
	})
}

// Those who ask at once for different codings get what they accept.
func TestStoreDifferentWants(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, l := newTestStore(t, 1<<20, nil), &loader{content: page(20_000)}
		s.slots.limit = func() int { return 8 }
		var wg sync.WaitGroup
		for want := range Set(16) {
			if want>>1 == 0 || want.Has(semantics.Identity) {
				continue
			}
			for range 3 {
				wg.Go(func() {
					for range 3 {
						get(t, s, "a", want, l)
						time.Sleep(90 * time.Second)
					}
				})
			}
		}
		time.Sleep(30 * time.Second)
		if n := l.times.Load(); n > int32(len(All)) {
			t.Errorf("loaded %d times", n)
		}
		wg.Wait()
	})
}

// Those who wait for a form count among those it is for before they have it: another form
// that comes at the same moment must not take it from them.
func TestStoreWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, l := newTestStore(t, 1<<20, nil), &loader{content: page(20_000)}
		both, one := SetOf(semantics.Zstd, semantics.Gzip), SetOf(semantics.Zstd)
		encode := s.encode
		s.encode = func(c semantics.Coding, level Level, content io.Reader, length int, turns *turns.Turns) ([]byte, error) {
			s.mu.Lock()
			fl := s.flights[flightKey{"a", semantics.Zstd}]
			if want := wants(1<<both | 1<<one); level == Quick && (fl == nil || fl.wants != want) {
				t.Errorf("the flight is %+v, want %b", fl, want)
			}
			s.mu.Unlock()
			return encode(c, level, content, length, turns)
		}
		go get(t, s, "a", both, l)
		synctest.Wait()
		go get(t, s, "a", one, l)
		settle()
		s.mu.Lock()
		fl := s.takeOff("b", semantics.Zstd)
		s.mu.Unlock()
		fl.wants = 1<<both | 1<<one // and the second has not come back yet
		s.encode = encode
		s.fly(fl, both, l.load)
		if fl.form == nil || fl.form.given != fl.wants {
			t.Errorf("the form is %+v, want it for %b", fl.form, fl.wants)
		}
	})
	f := &forms{digest: "a"}
	form := testForm(semantics.Zstd, 1, 300)
	form.given = 1<<all | 1<<SetOf(semantics.Zstd)
	f.put(form)
	f.put(testForm(semantics.Gzip, 1, 200))
	if other := f.of[semantics.Zstd]; other == nil || other == form || !form.Stale().Load() || other.Stale().Load() || other.given != 1<<SetOf(semantics.Zstd) {
		t.Errorf("for those who want only it there is %+v", other)
	}
	f.put(testForm(semantics.Gzip, 1, 100))
	f.put(testForm(semantics.Brotli, 1, 90))
	if f.of[semantics.Zstd] == nil || f.of[semantics.Gzip] == nil {
		t.Error("a form went that somebody needs, or that nobody was given")
	}
}

// The memory that is kept is bounded at every moment, and follows SetBytes. What was asked
// for last stays; what is let go of stays valid for who has it.
func TestStoreBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTestStore(t, 100_000, nil)
		check := func() {
			t.Helper()
			s.mu.Lock()
			defer s.mu.Unlock()
			sum := int64(0)
			for e := s.recent.Front(); e != nil; e = e.Next() {
				sum += e.Value.(*forms).weight()
			}
			if sum != s.weight || sum > s.bytes || s.recent.Len() != len(s.contents) {
				t.Fatalf("%d bytes of %d are kept, and %d counted; %d contents, %d in the list", sum, s.bytes, s.weight, len(s.contents), s.recent.Len())
			}
		}
		l := &loader{content: page(50_000)}
		first := get(t, s, "first", onlyGzip, l)
		for i := range 60 {
			get(t, s, fmt.Sprint("content ", i), []Set{onlyGzip, all}[i%2], &loader{content: page(1000 + i*1000)})
			get(t, s, "first", onlyGzip, l)
			check()
		}
		settle()
		check()
		if n := l.times.Load(); n != 1 || len(s.contents) < 5 {
			t.Errorf("what is asked for again and again was loaded %d times; %d contents are kept", n, len(s.contents))
		}
		for _, bytes := range []int64{20_000, 1000, 0} {
			s.SetBytes(bytes)
			check()
		}
		if len(s.contents) > 0 {
			t.Errorf("%d contents in no memory", len(s.contents))
		}
		get(t, s, "first", onlyGzip, l) // it is answered all the same
		get(t, s, "first", all, l)
		check()
		if got, err := decode(first.Coding, first.Bytes); err != nil || !bytes.Equal(got, l.content) {
			t.Error("what was let go of is not valid any more")
		}
		for i := range 10_000 { // what does not shrink takes memory as well
			s.SetBytes(100_000)
			s.mu.Lock()
			s.change(fmt.Sprint("noise ", i), func(f *forms) { f.no = all })
			s.mu.Unlock()
		}
		check()
	})
}

// More than fits the queue is left as it is, and improved when it is asked for again.
func TestStoreQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTestStore(t, 1<<20, nil)
		const queued, n = 64, 128
		s.queued = queued
		var forms [n]*Form
		ask := func() {
			for i := range forms {
				forms[i] = get(t, s, fmt.Sprint(i), onlyGzip, &loader{content: page(3000 + i)})
			}
		}
		ask()
		stale := func() (n int) {
			for _, f := range forms {
				if f.Stale().Load() {
					n++
				}
			}
			return n
		}
		before := forms
		ask()
		s.mu.Lock()
		if len(s.queue) > queued {
			t.Errorf("%d in the queue", len(s.queue))
		}
		s.mu.Unlock()
		settle()
		if got := stale(); got < queued || got > queued+2 {
			t.Errorf("%d were improved", got)
		}
		ask()
		settle()
		forms = before
		if got := stale(); got != n {
			t.Errorf("%d of %d were improved in the end", got, n)
		}
		if s.queue != nil || s.improver {
			t.Error("the queue is not empty")
		}
	})
}

// With real encoders, no clock, and all at once.
func TestStoreConcurrently(t *testing.T) {
	dir, err := OpenDir(t.TempDir(), 100_000)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	dir.OnError = func(err error) { t.Error(err) }
	s := NewStore(50_000, dir)
	contents := make([][]byte, 20)
	for i := range contents {
		contents[i] = page(2000 + 500*i)
	}
	contents[3] = noise(1, 3000)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 0))
			for range 300 {
				i, want := r.IntN(len(contents)), Set(r.IntN(16))
				f, busy, err := s.Get(fmt.Sprint(i), want, func() ([]byte, error) { return contents[i], nil })
				if err != nil || busy && f != nil {
					t.Error(f, busy, err)
				}
				if f == nil {
					continue
				}
				if !want.Has(f.Coding) {
					t.Errorf("%s is not wanted", f.Coding)
				}
				if got, err := decode(f.Coding, f.Bytes); err != nil || !bytes.Equal(got, contents[i]) {
					t.Errorf("content %d comes as %d bytes of another: %v", i, len(got), err)
				}
				if r.IntN(50) == 0 {
					s.SetBytes(int64(r.IntN(100_000)))
				}
			}
		})
	}
	wg.Wait()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		s.mu.Lock()
		rest := s.slots.taken > 0 || s.improver
		s.mu.Unlock()
		if !rest {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it does not come to rest")
		}
	}
}
