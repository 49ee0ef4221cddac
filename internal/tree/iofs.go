package tree

import (
	"archive/zip"
	"embed"
	"errors"
	"io"
	"io/fs"
	"path"
	"reflect"
	"syscall"
	"time"
)

// ioFS is any fs.FS. Confinement is its own affair: names are only ever valid ones.
type ioFS struct {
	fsys   fs.FS
	frozen bool
}

// isFrozen reports whether the files of fsys never change: it is an embed.FS or a
// zip.Reader, or one behind fs.Sub, which hides what it wraps but for the type.
func isFrozen(fsys fs.FS) bool {
	switch fsys.(type) {
	case embed.FS, *embed.FS, *zip.Reader, *zip.ReadCloser:
		return true
	}
	v := reflect.ValueOf(fsys)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct || v.Type().Elem().PkgPath() != "io/fs" {
		return false
	}
	inner := v.Elem().FieldByName("fsys")
	if inner.Kind() != reflect.Interface || inner.IsNil() {
		return false
	}
	switch inner.Elem().Type() {
	case reflect.TypeFor[embed.FS](), reflect.TypeFor[*embed.FS](), reflect.TypeFor[*zip.Reader](), reflect.TypeFor[*zip.ReadCloser]():
		return true
	}
	return false
}

func (b ioFS) open(name string) (handle, Stamp, error) {
	if !fs.ValidPath(name) {
		return nil, Stamp{}, fs.ErrNotExist
	}
	if err := b.mayWait(name); err != nil {
		return nil, Stamp{}, err
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

// mayWait fails for a name whose opening could wait for good, as that of a FIFO in an
// os.DirFS does for a writer. An fs.FS that can only Open is taken at its word.
func (b ioFS) mayWait(name string) error {
	if b.frozen {
		return nil
	}
	var (
		info fs.FileInfo
		err  error
	)
	switch f := b.fsys.(type) {
	case fs.StatFS:
		info, err = f.Stat(name)
	case fs.ReadLinkFS: // as fs.Sub of an os.DirFS is
		for links := 0; ; links++ {
			if info, err = f.Lstat(name); err != nil || info.Mode().Type() != fs.ModeSymlink {
				break
			}
			target, err := f.ReadLink(name)
			if err != nil {
				return err
			}
			if name = path.Join(path.Dir(name), target); path.IsAbs(target) || !fs.ValidPath(name) {
				return errEscapes
			}
			if links > maxLinks {
				return syscall.ELOOP
			}
		}
	default:
		return nil
	}
	if err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		return errSpecial
	}
	return err
}

func (b ioFS) stat(name string) (Stamp, error) {
	if !fs.ValidPath(name) {
		return Stamp{}, fs.ErrNotExist
	}
	if err := b.mayWait(name); err != nil {
		return Stamp{}, err
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
