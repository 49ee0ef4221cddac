// Package tree says what a target names, in a directory or any fs.FS, and opens
// it: confined to the root, hidden files kept back, never waiting. Every name
// that is opened goes through [Tree], the index, a listing's entries and their README too.
package tree

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// Options are what the owner of a tree chose. The zero Options are the safe ones.
type Options struct {
	Index          []string // names that stand for their directory, in order
	Hidden         bool     // names that begin with a dot
	Secrets        bool     // .git, .env, private keys
	FollowSymlinks bool     // also out of the root
	NoSidecars     bool     // nothing stands for another name
	Own            []string // names right below the root that are read and not served
}

// Tree is a directory, a single file, or an fs.FS. It may be used concurrently.
type Tree struct {
	options   Options
	root      *root
	single    string // the only name there is, "" for any
	facts     memory[Facts]
	keys      memory[bool]     // whether a file holds a private key
	decodings memory[decoding] // of sidecars
	now       func() time.Time // of the clock that files are stamped by
}

// New makes a Tree of the directory or the single file at path.
func New(path string, o Options) (*Tree, error) {
	if Portable.Load() {
		return newTree(path, o, osRootBackend)
	}
	return newTree(path, o, anyBackend)
}

// Portable makes New do without openat2, as it does where there is none. It is for
// tests of that way from other packages.
var Portable atomic.Bool

func newTree(path string, o Options, kind backendKind) (*Tree, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	t := &Tree{options: o, now: time.Now}
	switch {
	case info.Mode().IsRegular():
		// The name was typed by the owner: it may be hidden, and a link.
		t.single = filepath.Base(path)
		t.options.Hidden, t.options.Secrets, t.options.FollowSymlinks = true, true, true
		path = filepath.Dir(path)
	case !info.IsDir():
		return nil, &fs.PathError{Op: "serve", Path: path, Err: errSpecial}
	}
	if t.root, err = newRoot(path, t.options.FollowSymlinks, kind); err != nil {
		return nil, err
	}
	h, _, err := t.open(t.start(), nil)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return t, h.Close()
}

// IsSingle reports whether there is only one file.
func (t *Tree) IsSingle() bool { return t.single != "" }

// start is the name that must open for the tree to be of use.
func (t *Tree) start() string {
	if t.single != "" {
		return t.single
	}
	return "."
}

// NewFS makes a Tree of fsys. Options about links do not apply.
func NewFS(fsys fs.FS, o Options) *Tree {
	t := &Tree{options: o, root: &root{}, now: time.Now}
	t.root.current.Store(&view{backend: ioFS{fsys, isFrozen(fsys)}})
	return t
}

// Resource is what a target names (RFC 9110 §3.1): exactly one of the fields is set.
type Resource struct {
	File *File // to be closed
	// Sidecars are there where a File would be, if only content in a coding is: of the same
	// content each; to be closed.
	Sidecars  []*Sidecar
	Directory *Directory // without an index; to be closed
	// Unslashed says that it is a directory, named without the slash that its
	// relative links need.
	Unslashed bool
}

// Resolve finds what the percent-encoded path of a target names. The error is
// ErrMalformed, one for which IsExhausted is true, or else means that there is
// nothing, or nothing that may be served: clients are not told which, but IsMissing is.
// What that rests on is recorded in basis, also what is looked up of a Directory later.
func (t *Tree) Resolve(encoded string, basis *Basis) (Resource, error) {
	name, slash, err := ParsePath(encoded)
	if err != nil {
		return Resource{}, err
	}
	if t.single != "" {
		if name != "." && (name != t.single || slash) {
			return Resource{}, ErrNotFound
		}
		f, err := t.openFile(t.single, basis)
		return Resource{File: f}, err
	}
	if err := t.options.withhold(name); err != nil {
		return Resource{}, err
	}
	if slash {
		return t.resolveDirectory(name, basis)
	}
	h, s, err := t.open(name, basis)
	if err != nil {
		return t.resolveUnopened(name, err, basis)
	}
	if s.Type == fs.ModeDir {
		return Resource{Unslashed: true}, h.Close()
	}
	f, err := t.fileOf(name, h, s)
	return Resource{File: f}, err
}

// resolveUnopened is Resolve of a name that cannot be opened.
func (t *Tree) resolveUnopened(name string, err error, basis *Basis) (Resource, error) {
	switch {
	case errors.Is(err, fs.ErrPermission):
		// A directory that may be passed through but not read can have an index.
		if r, ierr := t.openIndex(name, basis); r.found() && ierr == nil {
			r.Close()
			return Resource{Unslashed: true}, nil
		}
	case isNothing(err):
		if alone, aerr := t.sidecarsAlone(name, basis); alone != nil || aerr != nil {
			return Resource{Sidecars: alone}, aerr
		}
	}
	return Resource{}, err
}

// resolveDirectory finds the index of the directory at name, or opens the directory.
// It does not begin with the directory: an index that opens proves that there is one.
func (t *Tree) resolveDirectory(name string, basis *Basis) (Resource, error) {
	if r, err := t.openIndex(name, basis); r.found() || err != nil {
		return r, err
	}
	h, s, err := t.open(name, basis)
	if err != nil {
		return Resource{}, err
	}
	if s.Type != fs.ModeDir {
		h.Close()
		return Resource{}, syscall.ENOTDIR
	}
	return Resource{Directory: &Directory{Name: name, t: t, h: h, basis: basis}}, nil
}

// openIndex opens the index of the directory at name, if it has one. One that is
// there but cannot be opened is an error: its directory is not to be listed instead.
func (t *Tree) openIndex(name string, basis *Basis) (Resource, error) {
	prefix := name + "/"
	if name == "." {
		prefix = ""
	}
	for _, index := range t.options.Index {
		f, err := t.openFile(prefix+index, basis)
		if err == nil {
			return Resource{File: f}, nil
		}
		if !isAbsent(err) {
			return Resource{}, err
		}
		if isNothing(err) {
			if alone, err := t.sidecarsAlone(prefix+index, basis); alone != nil || err != nil {
				return Resource{Sidecars: alone}, err
			}
		}
	}
	return Resource{}, nil
}

// Nearest opens the file of that name, which is a single segment, in the directory that the path of a target
// is in, or in the nearest above it that has one. Those whose name may says no to, as it is looked for or as it is
// found, are as if they were not there. The File is nil where none has one.
func (t *Tree) Nearest(encoded, name string, may func(name string) bool, basis *Basis) (*File, error) {
	if t.single != "" {
		return nil, nil
	}
	dirs := []string{""}
	if target, slash, err := NormalizePath(encoded); err == nil && target != "." {
		if slash {
			target += "/"
		}
		for i := 0; i < len(target); i++ {
			if target[i] != '/' {
				continue
			}
			dir := target[:i]
			if strings.IndexByte(dir, EncodedSlash) >= 0 || t.options.withhold(dir) != nil {
				break // no directory that is served
			}
			// What is beneath a directory that is not there need not be looked for.
			if !t.isThere(dir, basis) {
				break
			}
			dirs = append(dirs, target[:i+1])
		}
	}
	for _, dir := range slices.Backward(dirs) {
		if !may(dir + name) {
			continue
		}
		f, err := t.openFile(dir+name, basis)
		if err == nil && !may(f.Name) {
			f.Close()
			continue
		}
		if err == nil || !isAbsent(err) {
			return f, err
		}
	}
	return nil, nil
}

// isThere reports whether something has the name; that nothing has, basis records.
func (t *Tree) isThere(name string, basis *Basis) bool {
	v := t.root.get(lookAgain)
	_, err := v.stat(name)
	if err != nil {
		basis.found(t, v, name, Stamp{}, err)
	}
	return err == nil
}

// found reports whether r is something to answer with.
func (r *Resource) found() bool { return r.File != nil || r.Sidecars != nil }

// Release leaves f, if it is of r, to somebody else to close.
func (r *Resource) Release(f *File) {
	if r.File == f {
		r.File = nil
	}
	r.Sidecars = slices.DeleteFunc(r.Sidecars, func(s *Sidecar) bool { return s.File == f })
}

// Close releases what is open.
func (r *Resource) Close() {
	r.File.Close()
	closeAll(r.Sidecars)
	if r.Directory != nil {
		r.Directory.Close()
	}
}

// openFile opens the regular file at name.
func (t *Tree) openFile(name string, basis *Basis) (*File, error) {
	h, s, err := t.open(name, basis)
	if err != nil {
		return nil, err
	}
	if s.Type == fs.ModeDir {
		h.Close()
		return nil, errSpecial
	}
	return t.fileOf(name, h, s)
}

// fileOf makes a File of an open handle, unless it holds a private key.
func (t *Tree) fileOf(name string, h handle, s Stamp) (*File, error) {
	f := &File{Name: name, Stamp: s, h: h, key: keyOf(name, s)}
	if h, ok := h.(*fsFile); ok {
		f.frozen = h.b.frozen
	}
	if !t.options.Secrets && mayHoldPrivateKey(name) && t.holdsPrivateKey(f) {
		f.Close()
		return nil, errPrivateKey
	}
	return f, nil
}
