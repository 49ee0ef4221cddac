package tree

import (
	"errors"
	"io"
	"sync"
	"syscall"
)

const (
	// holdFrom is from which length on the end of an extent is held back, in
	// bytes. What is shorter is all with the kernel before there is time to check.
	holdFrom = 256 << 10
	// held is how much that is.
	held = 4 << 10
)

var tails = sync.Pool{New: func() any { return new([held]byte) }}

// WriteError is a failure of the writer in CopyExtent.
type WriteError struct{ Err error }

func (e *WriteError) Error() string { return e.Err.Error() }

// Unwrap returns the writer's own error.
func (e *WriteError) Unwrap() error { return e.Err }

// isReadFault reports whether an error of sendfile is the file's: sockets have others.
func isReadFault(err error) bool {
	return errors.Is(err, syscall.EIO) || errors.Is(err, syscall.ESTALE)
}

// CopyExtent writes length bytes from offset first to w, by sendfile where w can, and
// returns how many. It fails with ErrChanged when the file is then no longer the one
// that was opened, and has kept the end of a long extent back until that was known: a
// client never takes a mixture of two versions for whole. A failure of w is a *WriteError.
func (f *File) CopyExtent(w io.Writer, first, length int64) (sent int64, err error) {
	bulk := length
	if length >= holdFrom {
		bulk -= held
	}
	r, err := f.Section(first, bulk)
	if err != nil {
		return 0, err
	}
	sent, err = io.Copy(w, r)
	if f.failed != nil {
		return sent, f.failed
	}
	if isReadFault(err) {
		return sent, err
	}
	if err != nil {
		return sent, &WriteError{err}
	}
	if sent < bulk {
		return sent, ErrChanged
	}
	if bulk == length {
		return sent, f.Intact()
	}
	buf := tails.Get().(*[held]byte)
	defer tails.Put(buf)
	if n, err := f.ReadAt(buf[:], first+bulk); n < len(buf) {
		return sent, ReadError(err)
	}
	if err := f.Intact(); err != nil {
		return sent, err
	}
	n, err := w.Write(buf[:])
	if err != nil {
		err = &WriteError{err}
	}
	return sent + int64(n), err
}
