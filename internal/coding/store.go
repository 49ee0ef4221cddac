package coding

import (
	"bytes"
	"container/list"
	"errors"
	"io"
	"sync"

	"github.com/salver-http/salver/internal/semantics"

	"github.com/salver-http/salver/internal/turns"
)

// Store keeps what is compressed for answers, within a number of bytes: what was asked for
// longest ago goes. It may be used concurrently.
//
// A lock and a list are enough, and bound the memory exactly at every moment: answers that
// are hot do not come here.
type Store struct {
	dir    *Dir
	encode func(semantics.Coding, Level, io.Reader, int, *turns.Turns) ([]byte, error)
	queued int // how much waits to be improved, at most

	mu       sync.Mutex
	bytes    int64
	weight   int64
	contents map[string]*list.Element // of *forms, by digest
	recent   list.List                // those asked for last come first
	flights  map[flightKey]*flight
	slots    slots
	long     map[string]bool // contents that are known to be long
	queue    []task
	improver bool // runs
}

// NewStore makes a Store that keeps up to bytes in memory, and what it took trouble with in
// dir, which may be nil.
func NewStore(bytes int64, dir *Dir) *Store {
	s := &Store{
		dir: dir, encode: encodeFrom, bytes: bytes, queued: queued,
		contents: map[string]*list.Element{}, flights: map[flightKey]*flight{}, long: map[string]bool{},
	}
	s.slots = newSlots(&s.mu)
	return s
}

// SetBytes changes how much is kept in memory.
func (s *Store) SetBytes(bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bytes = bytes
	s.evict()
}

// Get returns the shortest form that there is, in one of the codings of want, of the
// content with that digest. Where there is none the content is loaded and compressed
// quickly, in the most preferred coding of want. It returns nil without an error when the
// content does not shrink, which is remembered, or, with busy, when too much is being
// compressed already, also after a moment.
func (s *Store) Get(digest string, want Set, load func() ([]byte, error)) (f *Form, busy bool, err error) {
	want &= SetOf(All[:]...)
	c := want.first(All[:]...)
	if c == semantics.Identity {
		return nil, false, nil
	}
	for {
		s.mu.Lock()
		if f, known := s.find(digest, want, c); known {
			s.mu.Unlock()
			return f, false, nil
		}
		fl, flying := s.flights[flightKey{digest, c}]
		if !flying && s.slots.long && s.long[digest] {
			s.mu.Unlock()
			return nil, true, nil
		}
		if !flying {
			fl = s.takeOff(digest, c)
		}
		fl.wants.add(want)
		s.mu.Unlock()
		if !flying {
			s.fly(fl, want, load)
			return fl.form, fl.busy, fl.err
		}
		<-fl.done
		if fl.err != nil || fl.busy {
			return nil, fl.busy, fl.err
		}
		if f, ok := s.shared(fl, want); ok {
			return f, false, nil
		}
	}
}

// find looks for what is kept for want; known says that there is something, or, without a
// form, that content does not shrink in c. Who finds a form is not the first to ask for it.
func (s *Store) find(digest string, want Set, c semantics.Coding) (form *Form, known bool) {
	e := s.contents[digest]
	if e == nil {
		return nil, false
	}
	s.recent.MoveToFront(e)
	f := e.Value.(*forms)
	if form = f.shortest(want); form == nil {
		return nil, f.no.Has(c)
	}
	form.given.add(want)
	s.enqueue(f, want)
	return form, true
}

// shared is what one who waited for fl gets. It is not ok when fl brought something in a
// coding that only others want.
func (s *Store) shared(fl *flight, want Set) (form *Form, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if form, known := s.find(fl.key.digest, want, fl.key.coding); known {
		return form, true
	}
	return fl.form, fl.form == nil || want.Has(fl.form.Coding) // there was no room for it
}

// change changes what is kept of a content. The lock is held.
func (s *Store) change(digest string, change func(*forms)) {
	e := s.contents[digest]
	if e == nil {
		e = s.recent.PushFront(&forms{digest: digest})
		s.contents[digest] = e
		s.weight += e.Value.(*forms).weight()
	}
	f := e.Value.(*forms)
	s.weight -= f.weight()
	change(f)
	s.weight += f.weight()
	s.evict()
}

// evict makes room. The lock is held.
func (s *Store) evict() {
	for s.weight > s.bytes && s.recent.Len() > 0 {
		f := s.recent.Remove(s.recent.Back()).(*forms)
		delete(s.contents, f.digest)
		s.weight -= f.weight()
	}
}

// flight is the making of a form, which others wait for.
type flight struct {
	key   flightKey
	wants wants // of all who wait
	done  chan struct{}
	form  *Form
	busy  bool
	err   error
}

type flightKey struct {
	digest string
	coding semantics.Coding
}

var errGivenUp = errors.New("compressing was given up")

// takeOff begins a flight. The lock is held.
func (s *Store) takeOff(digest string, c semantics.Coding) *flight {
	fl := &flight{key: flightKey{digest, c}, done: make(chan struct{}), err: errGivenUp}
	s.flights[fl.key] = fl
	return fl
}

// fly finds the form on disk, or makes it. However it ends, those who wait are told.
func (s *Store) fly(fl *flight, want Set, load func() ([]byte, error)) {
	var done func(*forms)
	defer func() {
		s.mu.Lock()
		if done != nil {
			s.change(fl.key.digest, done)
		}
		delete(s.flights, fl.key)
		s.mu.Unlock()
		close(fl.done)
	}()
	kept := func(form *Form) func(*forms) {
		return func(f *forms) {
			form.given, _ = fl.wants.with(form.Coding)
			f.put(form)
			fl.form = f.shortest(want)
			fl.form.given.add(want)
		}
	}
	if form := s.dir.get(fl.key.digest, want); form != nil {
		fl.err, done = nil, kept(form)
		return
	}
	if !s.slots.take() {
		fl.busy, fl.err = true, nil
		return
	}
	defer s.giveSlot()
	t := turns.New()
	defer t.End()
	content, err := load()
	if fl.err = err; err != nil {
		return
	}
	if len(content) > long {
		if !s.takeLong(fl.key.digest) {
			fl.busy = true
			return
		}
		defer s.giveLong()
		t.Way = s.slots.giveWay
	}
	var form *Form
	form, fl.err = s.compress(fl.key.coding, content, t)
	switch {
	case fl.err != nil:
	case form == nil:
		done = func(f *forms) { f.no |= SetOf(fl.key.coding) }
	default:
		done = kept(form)
	}
}

// compress makes a form quickly, nil when the content does not shrink.
func (s *Store) compress(c semantics.Coding, content []byte, t *turns.Turns) (*Form, error) {
	coded, err := s.encode(c, Quick, bytes.NewReader(content), len(content), t)
	if err != nil || len(coded) >= len(content) {
		return nil, err
	}
	return newForm(c, coded), nil
}

func (s *Store) giveSlot() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slots.give()
	s.startImprover()
}

// remembered is of how many contents the Store knows that they are long.
const remembered = 4096

// takeLong takes the right to compress what is long, unless another has it, and remembers
// which that is.
func (s *Store) takeLong(digest string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.long) >= remembered {
		clear(s.long)
	}
	s.long[digest] = true
	if s.slots.long {
		return false
	}
	s.slots.long = true
	return true
}

func (s *Store) giveLong() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slots.long = false
}
