package tree

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// osRoot is a directory confined by os.Root: everywhere but on Linux, and there
// where openat2 is refused.
type osRoot struct {
	root *os.Root
	// path is what links out of the root are followed from, "" when they are not.
	path string
}

func newOSRoot(path string, followLinks bool) (*osRoot, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	b := &osRoot{root: root}
	if followLinks {
		b.path = path
	}
	return b, nil
}

func (b *osRoot) open(name string) (handle, Stamp, error) {
	f, err := b.openFile(filepath.FromSlash(name))
	if err != nil {
		return nil, Stamp{}, err
	}
	s, err := stampOfFile(f)
	if err != nil {
		f.Close()
		return nil, Stamp{}, err
	}
	return osFile{f}, s, nil
}

func (b *osRoot) openFile(name string) (*os.File, error) {
	if b.path != "" {
		return os.OpenFile(filepath.Join(b.path, name), os.O_RDONLY|nonBlocking, 0)
	}
	return b.root.OpenFile(name, os.O_RDONLY|nonBlocking, 0)
}

func (b *osRoot) stat(name string) (Stamp, error) {
	name = filepath.FromSlash(name)
	var (
		info fs.FileInfo
		err  error
	)
	if b.path != "" {
		info, err = os.Stat(filepath.Join(b.path, name))
	} else {
		info, err = b.root.Stat(name)
	}
	if err != nil {
		return Stamp{}, err
	}
	return stampOf(info), nil
}

func (b *osRoot) readlink(name string) (string, bool, error) {
	name = filepath.FromSlash(name)
	info, err := b.root.Lstat(name)
	if err != nil || info.Mode().Type() != fs.ModeSymlink {
		return "", false, err
	}
	target, err := b.root.Readlink(name)
	return target, err == nil, err
}

// isEscape takes any failure that is not the system's own for an escape: os.Root
// does not export the error it has for one.
func (b *osRoot) isEscape(err error) bool {
	return b.path == "" && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) && !IsExhausted(err)
}

// osFile is a handle with an os.File behind it.
type osFile struct{ *os.File }

func (f osFile) stat() (Stamp, error) { return stampOfFile(f.File) }

func (f osFile) section(first int64) (io.Reader, error) {
	_, err := f.Seek(first, io.SeekStart)
	return f.File, err
}

func (f osFile) names(yield func(string, fs.FileMode) bool) error { return readNames(f.File, yield) }

// readNames reads a directory in batches, so that its size does not matter.
func readNames(d fs.ReadDirFile, yield func(string, fs.FileMode) bool) error {
	for {
		entries, err := d.ReadDir(1024)
		for _, e := range entries {
			if !yield(e.Name(), e.Type()) {
				return nil
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
