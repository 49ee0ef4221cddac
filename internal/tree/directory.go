package tree

import (
	"io/fs"
	"path"

	"github.com/salver-http/salver/internal/listing"
)

// Directory is an open directory, for one listing. It implements [listing.Dir]
// and is not for concurrent use.
type Directory struct {
	Name string // slash-separated, relative to the root; "." for the root

	t     *Tree
	h     handle
	basis *Basis // of the listing
}

// Names yields what may be shown: names that may be asked for, of files,
// directories and links.
func (d *Directory) Names(yield func(name string, typ fs.FileMode) bool) error {
	return d.h.names(func(name string, typ fs.FileMode) bool {
		switch typ {
		case 0, fs.ModeDir, fs.ModeSymlink:
		default:
			return true
		}
		if d.t.options.withholdSegment(name, d.Name == ".") != nil {
			return true
		}
		return yield(name, typ)
	})
}

// Info says what name leads to, and fails when that may not be served.
func (d *Directory) Info(name string) (listing.Info, error) {
	s, link, err := d.stat(name)
	d.basis.listed(d.Name, name, s, link, err)
	switch {
	case err != nil:
		return listing.Info{}, err
	case s.Type == fs.ModeDir:
		return listing.Info{IsDir: true, ModTime: s.MTime.Time()}, nil
	case s.Type != 0:
		return listing.Info{}, errSpecial
	}
	if !d.t.options.Secrets && mayHoldPrivateKey(name) {
		f, err := d.Open(name)
		if err != nil {
			return listing.Info{}, err
		}
		f.Close()
	}
	return listing.Info{Size: s.Size, ModTime: s.MTime.Time()}, nil
}

// stat stats what name leads to. link says that it may be by way of a link.
func (d *Directory) stat(name string) (s Stamp, link bool, err error) {
	if l, ok := d.h.(interface{ lstat(string) (Stamp, error) }); ok {
		if s, err := l.lstat(name); err != nil || s.Type != fs.ModeSymlink {
			return s, false, err
		}
	}
	s, err = d.t.root.get(lookAgain).stat(path.Join(d.Name, name))
	return s, true, err
}

// Open opens a file of the directory, such as its README.
func (d *Directory) Open(name string) (*File, error) {
	return d.t.openFile(path.Join(d.Name, name), d.basis)
}

// Close releases the directory.
func (d *Directory) Close() error { return d.h.Close() }
