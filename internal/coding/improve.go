package coding

import (
	"bytes"

	"github.com/salver-http/salver/internal/semantics"

	"github.com/salver-http/salver/internal/turns"
)

const (
	// queued is how much waits to be improved. More is left as it is: an answer that is kept
	// does not ask again, so there are as many as there can be contents in memory.
	queued = 4096
	// longest is the longest content, in bytes, that is dealt with.
	longest = 8 << 20
)

// task is a content to be improved for those who want want.
type task struct {
	digest string
	want   Set
}

// enqueue has f improved, once for each coding. The lock is held.
func (s *Store) enqueue(f *forms, want Set) {
	if c := better(want); !f.best.Has(c) && len(s.queue) < s.queued {
		f.best |= SetOf(c)
		s.queue = append(s.queue, task{f.digest, want})
		s.startImprover()
	}
}

// startImprover sees to it that the queue is worked on as soon as there is a slot. It does
// not take it: what is compressed for the first time goes before. The lock is held.
func (s *Store) startImprover() {
	if len(s.queue) > 0 && !s.improver && s.slots.free() {
		s.improver = true
		go s.improve()
	}
}

// improve works on the first task, and leaves the next to another goroutine.
func (s *Store) improve() {
	t, old := s.nextTask()
	var made *Form
	if old != nil {
		made = s.supersede(old, t)
	}
	if made != nil {
		s.dir.put(t.digest, made)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.improver = false
	s.startImprover()
}

// nextTask is the first task, and what there is for it, nil when that is not kept any more.
func (s *Store) nextTask() (t task, old *Form) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t = s.queue[0]
	if s.queue = s.queue[1:]; len(s.queue) == 0 {
		s.queue = nil
	}
	if e := s.contents[t.digest]; e != nil {
		old = e.Value.(*forms).shortest(t.want)
	}
	return t, old
}

// supersede finds what is better than old on disk, or makes it, and returns what it made if
// that is of use.
func (s *Store) supersede(old *Form, t task) (made *Form) {
	c := better(t.want)
	form := s.dir.get(t.digest, SetOf(c))
	if form == nil {
		if form = s.improved(old, c); form == nil {
			return nil
		}
		if len(form.Bytes) < len(old.Bytes) {
			made = form
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.change(t.digest, func(f *forms) { f.put(form) })
	return made
}

// improved is the content of old at its best in the coding c, nil when that is not shorter
// than the content or cannot be had. Of the content no more is held than what is worked on.
func (s *Store) improved(old *Form, c semantics.Coding) *Form {
	t := turns.New()
	t.Way = s.slots.giveAllWay
	defer t.End()
	length, err := old.decodedLength(t)
	if err != nil {
		return nil
	}
	content, err := NewReader(old.Coding, bytes.NewReader(old.Bytes))
	if err != nil {
		return nil
	}
	defer content.Close()
	coded, err := s.encode(c, Best, content, length, t)
	if err != nil || len(coded) >= length {
		return nil
	}
	// It will be kept for long, on disk too, and to look costs little beside making it.
	made := newForm(c, coded)
	if same, err := made.decodesAs(old, t); !same || err != nil {
		return nil
	}
	return made
}
