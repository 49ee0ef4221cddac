package coding

import "github.com/salver-http/salver/internal/semantics"

// forms are the forms of one content that are kept. None of them is stale.
type forms struct {
	digest string
	of     [len(All) + 1]*Form // by coding
	no     Set                 // in which it does not shrink
	best   Set                 // in which it was to be at its best: tried once, whatever came of it
}

// weight is about how much memory f takes.
func (f *forms) weight() int64 {
	const each, of = 512, 128
	w := int64(each + len(f.digest))
	for _, form := range f.of {
		if form != nil {
			w += of + int64(cap(form.Bytes))
		}
	}
	return w
}

// shortest is the shortest form in one of the codings of want, nil when there is none.
func (f *forms) shortest(want Set) (shortest *Form) {
	for _, c := range All {
		if form := f.of[c]; want.Has(c) && form != nil && (shortest == nil || len(form.Bytes) < len(shortest.Bytes)) {
			shortest = form
		}
	}
	return shortest
}

// put keeps form if it is of use: if it is shorter than the one in the same coding. Longer
// ones that were given to who would have taken it become stale; those who would not are
// given another of the same bytes, and where there are none it goes.
func (f *forms) put(form *Form) {
	if old := f.of[form.Coding]; old != nil {
		if len(old.Bytes) <= len(form.Bytes) {
			return
		}
		old.stale.Store(true)
	}
	f.of[form.Coding] = form
	for c, other := range f.of {
		if other == nil || len(other.Bytes) <= len(form.Bytes) {
			continue
		}
		better, others := other.given.with(form.Coding)
		if better == 0 {
			continue
		}
		if f.of[c] = nil; others != 0 {
			f.of[c] = other.again(others)
		}
		other.stale.Store(true)
	}
}

// better is the coding that is worth most work for who wants want.
func better(want Set) semantics.Coding {
	return want.first(semantics.Brotli, semantics.Zstd, semantics.Gzip)
}
