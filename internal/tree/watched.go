package tree

import (
	"errors"
	"fmt"
	"sync/atomic"
)

// watchedLimit bounds a watched file, in bytes.
const watchedLimit = 1 << 20

// Watched are files at the top of a tree that many answers rest on. It may be used concurrently.
type Watched struct {
	t       *Tree
	names   []string
	current atomic.Pointer[Edition]
}

// Watch makes a Watched of the files of those names.
func (t *Tree) Watch(names ...string) *Watched { return &Watched{t: t, names: names} }

// Edition is what watched files hold, from one moment on. What is exported is not changed.
type Edition struct {
	Content [][]byte // by the order of the names; nil where there is no such file
	Errs    []error  // why a file that is there cannot be read

	w       *Watched
	view    *view
	prober  prober // nil where there is none
	probes  []probeName
	stamps  []Stamp // of those that are there
	there   []bool
	missing bool // one is not there
	settled bool // a change would show
	near    bool // see Basis.near

	// dir is a stamp of the root under which the missing names were missing, nil before one
	// is known. No name can come without a change of it.
	dir atomic.Pointer[Stamp]
}

// Current returns what the files hold now.
func (w *Watched) Current() *Edition {
	last := w.current.Load()
	if last != nil && last.settled && last.holds(false) {
		return last
	}
	e := w.read(last)
	w.current.Store(e)
	return e
}

// read reads the files, but for those that are as they were in last.
func (w *Watched) read(last *Edition) *Edition {
	n := len(w.names)
	e := &Edition{
		Content: make([][]byte, n), Errs: make([]error, n), w: w, view: w.t.root.get(lookAgain),
		probes: make([]probeName, n), stamps: make([]Stamp, n), there: make([]bool, n),
	}
	if last != nil && (last.view != e.view || !last.settled) {
		last = nil
	}
	frozen := false
	if f, ok := e.view.backend.(ioFS); ok {
		frozen = f.frozen
	}
	e.prober, _ = e.view.backend.(prober)
	e.settled = e.prober != nil || frozen
	for i, name := range w.names {
		e.probes[i] = probeNameOf(name)
		e.readFile(i, name, last)
	}
	if e.prober != nil {
		device, ok := e.prober.near()
		e.near = ok
		for i, there := range e.there {
			e.near = e.near && (!there || e.stamps[i].Dev == device)
			e.settled = e.settled && (!there || e.stamps[i].settled(w.t.now()))
		}
	}
	return e
}

func (e *Edition) readFile(i int, name string, last *Edition) {
	f, err := openWatched(e.view, name)
	if err != nil {
		if isNothing(err) {
			e.missing = true
			return
		}
		e.Errs[i], e.settled = err, false
		return
	}
	defer f.Close()
	e.stamps[i], e.there[i] = f.Stamp, true
	if last != nil && last.there[i] && last.stamps[i] == f.Stamp {
		e.Content[i], e.Errs[i] = last.Content[i], last.Errs[i]
		return
	}
	if f.Stamp.Size > watchedLimit {
		e.Errs[i] = fmt.Errorf("it has %d bytes: at most %d are read", f.Stamp.Size, watchedLimit)
		return
	}
	b := make([]byte, f.Stamp.Size)
	if n, err := f.ReadAt(b, 0); n < len(b) {
		e.Errs[i], e.settled = ReadError(err), false
		return
	}
	if err := f.Intact(); err != nil {
		e.settled = false
	}
	e.Content[i] = b
}

// openWatched opens a regular file of a view.
func openWatched(v *view, name string) (*File, error) {
	h, s, err := v.open(name)
	if err != nil {
		return nil, err
	}
	if s.Type != 0 {
		h.Close()
		return nil, errors.New("is not a file")
	}
	return &File{Name: name, Stamp: s, h: h}, nil
}

var rootName = probeNameOf(".")

// holds reports whether the files are what they were, without reading them.
func (e *Edition) holds(lately bool) bool {
	if e.w.t.root.get(lookAgain) != e.view {
		return false
	}
	if e.prober == nil {
		return true // nothing ever changes
	}
	atOnce := lately && e.near
	if e.missing && !e.stillMissing(atOnce) {
		return false
	}
	for i, there := range e.there {
		if !there {
			continue
		}
		if s, err := e.prober.probe(e.probes[i], atOnce); err != nil || s != e.stamps[i] {
			return false
		}
	}
	return true
}

// stillMissing reports whether the names that were not there are not.
func (e *Edition) stillMissing(atOnce bool) bool {
	dir, err := e.prober.probe(rootName, atOnce)
	if err != nil {
		return false
	}
	if known := e.dir.Load(); known != nil && *known == dir {
		return true
	}
	bare := true // not even a link leads nowhere
	for i, there := range e.there {
		if there {
			continue
		}
		if _, err := e.prober.probe(e.probes[i], atOnce); !isNothing(err) {
			return false
		}
		bare = bare && e.prober.nothing(e.probes[i])
	}
	if bare && dir.settled(e.w.t.now()) {
		e.dir.Store(&dir)
	}
	return true
}

// On records that the answer rests on an edition.
func (b *Basis) On(e *Edition) {
	if b == nil {
		return
	}
	b.on(e.w.t, e.view)
	b.edition = e
	b.spoiled = b.spoiled || !e.settled
}
