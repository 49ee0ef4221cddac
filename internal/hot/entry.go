// Package hot keeps answers ready to send: frozen plans, each believed only after a look
// at what it rests on.
package hot

import (
	"io"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/tree"
)

// MaxContent is the longest content that is kept, in bytes.
const MaxContent = 256 << 10

// Entry is a frozen plan. What is exported is not changed.
type Entry struct {
	Status int
	// Head is the head of the answer as HTTP/1.1 writes it, but for Date and what
	// belongs to the connection.
	Head []byte
	// Block is the same, with the same exceptions, as HTTP/2 does.
	Block   []byte
	Content []byte
	Cause   error // why the answer is an error, for the log
	Owner   any   // whose answer it is
	Mark    bool  // it is none, and says only that there are others

	// Varies are the fields that it was chosen by. What is found by all else of a request
	// is the answer to one with none of them, or a mark that there are others.
	Varies plan.Vary

	key   string
	basis *tree.Basis

	looked atomic.Int64  // when a look began that found the basis to hold, in Unix nanoseconds
	looks  atomic.Uint64 // how many looks have begun
	good   atomic.Uint64 // the last of them, by its number, that found the basis to hold
}

// Freezable reports whether p, which rests on basis, can be kept.
func Freezable(p *plan.Response, basis *tree.Basis) bool {
	return !p.Fleeting && basis.Sound() && contentLength(p) <= MaxContent
}

// contentLength is how much content p sends, in bytes.
func contentLength(p *plan.Response) (n int64) {
	for _, piece := range p.Pieces {
		if n += piece.Length; n > MaxContent {
			break
		}
	}
	return n
}

// Freeze makes an Entry of a freezable p, which was planned at now. head and block are what
// becomes Head and Block. It returns nil when the content cannot be had whole.
func Freeze(p *plan.Response, basis *tree.Basis, head, block []byte, now time.Time) *Entry {
	basis.Condense()
	n := int(contentLength(p))
	e := &Entry{Status: p.Status, Cause: p.Cause, basis: basis}
	all := make([]byte, 0, len(head)+len(block)+n)
	all = append(append(all, head...), block...)
	for _, piece := range p.Pieces {
		if piece.Bytes != nil {
			all = append(all, piece.Bytes...)
			continue
		}
		to := all[len(all) : len(all)+int(piece.Length)]
		if m, err := io.ReadFull(io.NewSectionReader(p.File, piece.First, piece.Length), to); err != nil || m < len(to) {
			return nil
		}
		all = all[:len(all)+len(to)]
	}
	if p.File != nil && p.File.Intact() != nil {
		return nil
	}
	content := len(head) + len(block)
	e.Head, e.Block, e.Content = all[:len(head):len(head)], all[len(head):content:content], all[content:]
	e.looked.Store(now.UnixNano())
	return e
}

// crowd is how long after a look at an entry another request for it is taken for one of
// many, for each name that is looked at: then it is worth to wait for those that can
// share the next look.
const crowd = 50 * time.Microsecond

// Fresh reports whether the entry is still the answer to a request that has been read by
// the time now. It looks at the file system unless it did so less than revalidate ago,
// or another request has made it look since this one was read: one look is enough for
// all that had come before it began. Where there are many it waits for the others to be
// read, too.
func (e *Entry) Fresh(now time.Time, revalidate time.Duration) bool {
	age := now.UnixNano() - e.looked.Load()
	if 0 <= age && age < int64(revalidate) {
		return true
	}
	read := e.looks.Load()
	if age < int64(crowd)*int64(e.basis.Names()) {
		runtime.Gosched()
		if e.good.Load() > read {
			return true // by a look that began later
		}
	}
	return e.look(now)
}

// FreshNow is Fresh for one who cannot wait.
func (e *Entry) FreshNow(now time.Time, revalidate time.Duration) bool {
	age := now.UnixNano() - e.looked.Load()
	return 0 <= age && age < int64(revalidate) || e.look(now)
}

// lately is how long what was looked at is in the system's memory, as far as can be
// known: under a great lack of memory a look then waits for a disk.
const lately = 10 * time.Second

// look looks at what the entry rests on.
func (e *Entry) look(now time.Time) bool {
	n := e.looks.Add(1)
	age := now.UnixNano() - e.looked.Load()
	if !e.basis.Holds(0 <= age && age < int64(lately)) {
		return false
	}
	e.looked.Store(now.UnixNano())
	for {
		good := e.good.Load()
		if good >= n || e.good.CompareAndSwap(good, n) {
			return true
		}
	}
}

// overhead is about what an entry takes beside its bytes and its basis.
const overhead = 300

func (e *Entry) weight() int {
	n := overhead + len(e.key) + len(e.Head) + len(e.Block) + len(e.Content)
	if e.basis != nil {
		n += e.basis.Weight()
	}
	return n
}
