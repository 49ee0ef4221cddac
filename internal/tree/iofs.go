package tree

import (
	"errors"
	"io"
	"io/fs"
	"reflect"
	"syscall"
	"time"
)

// ioFS is any fs.FS. Confinement is its own affair: names are only ever valid ones.
type ioFS struct{ fsys fs.FS }

// isFrozen reports whether f is of a file system whose files never change: of an
// embed.FS or a zip.Reader, also behind fs.Sub, which hides what it wraps.
func isFrozen(f fs.File) bool {
	t := reflect.TypeOf(f)
	if t.Kind() != reflect.Pointer {
		return false
	}
	switch t.Elem().PkgPath() {
	case "embed", "archive/zip":
		return true
	}
	return false
}

func (b ioFS) open(name string) (handle, Stamp, error) {
	if !fs.ValidPath(name) {
		return nil, Stamp{}, fs.ErrNotExist
	}
	if sfs, ok := b.fsys.(fs.StatFS); ok {
		// Opening the FIFOs of an os.DirFS would wait for a writer.
		info, err := sfs.Stat(name)
		if err != nil {
			return nil, Stamp{}, err
		}
		if !info.Mode().IsRegular() && !info.IsDir() {
			return nil, Stamp{}, errSpecial
		}
	}
	f, err := b.fsys.Open(name)
	if err != nil {
		return nil, Stamp{}, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, Stamp{}, err
	}
	return &fsFile{b: b, name: name, f: f}, stampOfFS(info), nil
}

func (b ioFS) stat(name string) (Stamp, error) {
	if !fs.ValidPath(name) {
		return Stamp{}, fs.ErrNotExist
	}
	info, err := fs.Stat(b.fsys, name)
	if err != nil {
		return Stamp{}, err
	}
	return stampOfFS(info), nil
}

// timeless is before when a file in an archive says nothing by its time: formats
// that count from 1980, zip above all, have their first day or the one that their zero
// reads as where the builder had no time, or wanted none.
var timeless = time.Date(1980, 1, 2, 0, 0, 0, 0, time.UTC)

func stampOfFS(info fs.FileInfo) Stamp {
	s := stampOf(info)
	if info.ModTime().Before(timeless) {
		s.MTime = Instant{}
	}
	return s
}

// fsFile is a handle with an fs.File behind it, which need not be able to seek.
type fsFile struct {
	b    ioFS
	name string
	f    fs.File
	pos  int64 // of f, while it is read as a stream
}

func (f *fsFile) Close() error { return f.f.Close() }

func (f *fsFile) stat() (Stamp, error) {
	info, err := f.f.Stat()
	if err != nil {
		return Stamp{}, err
	}
	return stampOfFS(info), nil
}

// ReadAt implements [io.ReaderAt], by opening the file anew and skipping when
// there is no better way.
func (f *fsFile) ReadAt(p []byte, off int64) (int, error) {
	if r, ok := f.f.(io.ReaderAt); ok {
		return r.ReadAt(p, off)
	}
	r, err := f.section(off)
	if err != nil {
		return 0, err
	}
	n, err := io.ReadFull(r, p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n, err
}

func (f *fsFile) section(first int64) (io.Reader, error) {
	if s, ok := f.f.(io.Seeker); ok {
		if _, err := s.Seek(first, io.SeekStart); err != nil {
			return nil, err
		}
		return f.f, nil
	}
	if first < f.pos {
		again, err := f.b.fsys.Open(f.name)
		if err != nil {
			return nil, err
		}
		f.f.Close()
		f.f, f.pos = again, 0
	}
	skipped, err := io.CopyN(io.Discard, f.f, first-f.pos)
	f.pos += skipped
	if err != nil {
		return nil, err
	}
	return (*fsStream)(f), nil
}

func (f *fsFile) names(yield func(string, fs.FileMode) bool) error {
	d, ok := f.f.(fs.ReadDirFile)
	if !ok {
		return syscall.ENOTDIR
	}
	return readNames(d, yield)
}

// fsStream reads on, and keeps count.
type fsStream fsFile

func (s *fsStream) Read(p []byte) (int, error) {
	n, err := s.f.Read(p)
	s.pos += int64(n)
	return n, err
}
