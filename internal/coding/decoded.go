package coding

import (
	"bytes"
	"errors"
	"io"

	"github.com/salver-http/salver/internal/turns"
)

var errLong = errors.New("content is too long")

// decodedLength is how long the content of f is, which is at most longest.
func (f *Form) decodedLength(t *turns.Turns) (int, error) {
	r, err := NewReader(f.Coding, bytes.NewReader(f.Bytes))
	if err != nil {
		return 0, err
	}
	defer r.Close()
	buf := pieces.Get().(*[largestPiece]byte)
	defer pieces.Put(buf)
	for length := 0; ; t.Pause() {
		n, err := r.Read(buf[:decodedPiece])
		switch length += n; {
		case length > longest:
			return 0, errLong
		case err == io.EOF:
			return length, nil
		case err != nil:
			return 0, err
		}
	}
}

// decodedPiece is how much is decoded at once.
const decodedPiece = 32 << 10

// decodesAs reports whether f holds the same content as other.
func (f *Form) decodesAs(other *Form, t *turns.Turns) (bool, error) {
	var readers [2]io.ReadCloser
	for i, form := range []*Form{f, other} {
		r, err := NewReader(form.Coding, bytes.NewReader(form.Bytes))
		if err != nil {
			return false, err
		}
		defer r.Close()
		readers[i] = r
	}
	buf := pieces.Get().(*[largestPiece]byte)
	defer pieces.Put(buf)
	a, b := buf[:decodedPiece], buf[decodedPiece:2*decodedPiece]
	for {
		n, err := io.ReadFull(readers[0], a)
		m, otherErr := io.ReadFull(readers[1], b)
		switch {
		case !atEnd(err):
			return false, err
		case !atEnd(otherErr):
			return false, otherErr
		case !bytes.Equal(a[:n], b[:m]):
			return false, nil
		case err != nil:
			return true, nil // and so is the other: both were full before
		}
		t.Pause()
	}
}

// atEnd reports whether err is none, or that of io.ReadFull at the end.
func atEnd(err error) bool { return err == nil || err == io.EOF || err == io.ErrUnexpectedEOF }
