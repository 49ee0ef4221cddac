package hot

import (
	"hash/maphash"
	"sync/atomic"

	"github.com/maypok86/otter/v2"
)

// DefaultBytes is how much memory a Set takes unless told otherwise.
const DefaultBytes = 64 << 20

// Set holds entries by the requests that they answer, within a number of bytes. It may
// be used concurrently; reading takes no lock.
type Set struct {
	entries *otter.Cache[uint64, *Entry]
	seed    maphash.Seed
	seen    [1 << 14]bucket
}

// bucket holds parts of the hashes of the last keys that were asked for, of those that
// share it: more than one, or two hot keys could keep each other out.
type bucket [4]atomic.Uint32

// New makes a Set that holds up to bytes.
func New(bytes int64) *Set {
	return &Set{
		seed: maphash.MakeSeed(),
		entries: otter.Must(&otter.Options[uint64, *Entry]{
			MaximumWeight: uint64(bytes),
			Weigher:       func(_ uint64, e *Entry) uint32 { return uint32(e.weight()) },
		}),
	}
}

// Get returns the entry for key, nil if there is none. It does not allocate.
func (s *Set) Get(key []byte) *Entry {
	e, ok := s.entries.GetIfPresent(maphash.Bytes(s.seed, key))
	if !ok || e.key != string(key) {
		return nil
	}
	return e
}

// Asked reports whether key has been asked for before, as far as is remembered: what is
// asked for once, as by a crawler, is not worth an entry. It may be wrong.
func (s *Set) Asked(key []byte) bool {
	h := maphash.Bytes(s.seed, key)
	b, mark := &s.seen[h>>50], uint32(h)|1
	for i := range b {
		if b[i].Load() == mark {
			return true
		}
	}
	for i := range b {
		mark = b[i].Swap(mark) // the oldest goes
	}
	return false
}

// Put keeps e for key, if it is worth it.
func (s *Set) Put(key []byte, e *Entry) {
	e.key = string(key)
	s.entries.Set(maphash.Bytes(s.seed, key), e)
}

// Drop forgets what there is for key.
func (s *Set) Drop(key []byte) {
	s.entries.Invalidate(maphash.Bytes(s.seed, key))
}
