package tree

import (
	"errors"
	"io/fs"
)

// errSpecial is a name that leads to neither a regular file nor a directory.
var errSpecial = errors.New("not a regular file or a directory")

// backend opens names of one directory. Names are slash-separated, relative, and
// clean; "." is the directory itself. No name leads out of it, unless the backend
// was made to follow links. All methods may be used concurrently.
type backend interface {
	// open opens what name leads to for reading, without waiting for the writer of
	// a FIFO, and stats what it has opened.
	open(name string) (handle, Stamp, error)
	// stat is open without the handle.
	stat(name string) (Stamp, error)
}

// linker is a backend that refuses links whose text leaves the root, even when
// they come back: absolute links, above all.
type linker interface {
	backend
	// readlink returns the text of the link at name, with links before its last
	// segment followed; ok is false when it is no link.
	readlink(name string) (target string, ok bool, err error)
	// isEscape reports whether err says that a link left the root.
	isEscape(err error) bool
}

// open is backend.open, with links followed that leave the root in their text only.
func (v *view) open(name string) (handle, Stamp, error) {
	h, s, err := v.backend.open(name)
	if err == nil || !v.escaped(err) {
		return h, s, err
	}
	if name, err = v.inside(name); err != nil {
		return nil, s, err
	}
	return v.backend.open(name)
}

// stat is backend.stat, likewise.
func (v *view) stat(name string) (Stamp, error) {
	s, err := v.backend.stat(name)
	if err == nil || !v.escaped(err) {
		return s, err
	}
	if name, err = v.inside(name); err != nil {
		return s, err
	}
	return v.backend.stat(name)
}

func (v *view) escaped(err error) bool {
	l, ok := v.backend.(linker)
	return ok && l.isEscape(err)
}

// inside is where name leads to in the tree, after it has escaped.
func (v *view) inside(name string) (string, error) {
	return followInside(v.backend.(linker), v.roots, name)
}

// open opens the regular file or the directory that name leads to. Anything else is
// errSpecial. What it comes to is recorded in basis.
func (t *Tree) open(name string, basis *Basis) (handle, Stamp, error) {
	v := t.root.get(lookAgain)
	h, s, err := v.open(name)
	if err != nil && errors.Is(err, fs.ErrNotExist) {
		// The root itself may just have been replaced.
		if w := t.root.get(lookMissing); w != v {
			v = w
			h, s, err = v.open(name)
		}
	}
	if err == nil && s.Type != 0 && s.Type != fs.ModeDir {
		h.Close()
		err = errSpecial
	}
	basis.found(t, v, name, s, err)
	if err != nil {
		return nil, s, err
	}
	return h, s, nil
}
