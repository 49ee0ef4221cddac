package tree

import (
	"errors"
	"io"
	"io/fs"
	"syscall"
)

// ErrChanged says that a file was rewritten while it was read.
var ErrChanged = errors.New("file changed while it was read")

// handle is an open file or directory of one kind of tree.
type handle interface {
	io.ReaderAt
	io.Closer
	stat() (Stamp, error)
	// section returns a reader that begins at offset first. It is a
	// [syscall.Conn] wherever there is a descriptor, so that sendfile is possible,
	// and shares the handle's position: one section at a time.
	section(first int64) (io.Reader, error)
	// names calls yield for each name in the directory until it returns false,
	// with the type bits of what the name itself is.
	names(yield func(name string, typ fs.FileMode) bool) error
}

// File is an open regular file. It is not for concurrent use.
type File struct {
	Name  string // slash-separated, relative to the root
	Stamp Stamp  // as it was when the file was opened

	h   handle
	key factKey
	// digest is the hash of the content when facts were known, else "".
	digest string
	frozen bool // never changes
	closed bool
	failed error // of a read through a section
}

// ReadAt implements [io.ReaderAt].
func (f *File) ReadAt(p []byte, off int64) (int, error) { return f.h.ReadAt(p, off) }

// Section returns a reader of length bytes from offset first, for one use at a
// time. io.Copy of it onto a TCP connection uses sendfile where the file has a descriptor.
func (f *File) Section(first, length int64) (*io.LimitedReader, error) {
	r, err := f.h.section(first)
	if err != nil {
		return nil, err
	}
	s := section{r, f}
	if c, ok := r.(syscall.Conn); ok {
		return &io.LimitedReader{R: &connSection{s, c}, N: length}, nil
	}
	return &io.LimitedReader{R: &s, N: length}, nil
}

// section remembers the error of a read: io.Copy does not say which side failed.
type section struct {
	io.Reader
	f *File
}

func (s *section) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && err != io.EOF {
		s.f.failed = err
	}
	return n, err
}

// connSection is a section that net can take the descriptor of.
type connSection struct {
	section
	syscall.Conn
}

// Intact tells whether what was read of f since it was opened is of one version:
// nil, or ErrChanged. A file that has only grown is intact. Where the content was
// hashed this is proven; above HashLimit a size that grew, or a modification time
// that stayed, is believed.
func (f *File) Intact() error {
	now, err := f.h.stat()
	switch {
	case err != nil:
		return err
	case now == f.Stamp:
		return nil
	case now.Size < f.Stamp.Size:
		return ErrChanged
	case f.digest != "":
		d, err := digest(f, f.Stamp.Size)
		if err != nil {
			return err
		}
		if d != f.digest {
			return ErrChanged
		}
		return nil
	case now.Size == f.Stamp.Size && now.MTime != f.Stamp.MTime:
		return ErrChanged
	}
	return nil
}

// Content reads all of f, which must be no longer than HashLimit and its facts known. The
// error is ErrChanged when it is not the content that the facts are of.
func (f *File) Content() ([]byte, error) {
	b := make([]byte, f.Stamp.Size)
	if _, err := io.ReadFull(io.NewSectionReader(f, 0, f.Stamp.Size), b); err != nil {
		return nil, ReadError(err)
	}
	e := newExamination()
	e.Write(b)
	if e.facts().digest != f.digest {
		return nil, ErrChanged
	}
	return b, nil
}

// Close releases the file. It may be called more than once.
func (f *File) Close() error {
	if f == nil || f.closed {
		return nil
	}
	f.closed = true
	return f.h.Close()
}

// IsExhausted reports whether err says that the system is short of something for
// now, rather than that there is no such file.
func IsExhausted(err error) bool {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return false
	}
	switch errno {
	case syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.EAGAIN:
		return true
	}
	return false
}

// isAbsent reports whether err says that nothing has the name, so that the next
// name may be tried, as opposed to something that cannot be opened.
func isAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, errSpecial)
}

// IsMissing reports whether err of Resolve says no more than that there is nothing of
// the name, as opposed to something that is not served.
func IsMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, ErrNotFound) ||
		errors.Is(err, syscall.ENAMETOOLONG)
}
