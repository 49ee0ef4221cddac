package coding

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/salver-http/salver/internal/semantics"

	"github.com/salver-http/salver/internal/turns"
)

// Level is how much work is put into making content small.
type Level int

const (
	// Quick is for a first answer: some 3 ms for 100 KiB.
	Quick Level = iota
	// Best is for what is asked for again, or written to disk: up to half a second for
	// 100 KiB, up to 4 s for 2 MiB, from where on it is less.
	Best

	levels
)

// work is content that is to be encoded.
type work struct {
	io.Reader
	length int
	turns  *turns.Turns
}

// encoder makes coded content of content.
type encoder interface {
	encode(work) ([]byte, error)
}

// Encode returns content in the coding c. For the same content it returns the same bytes.
// It may be used concurrently.
func Encode(c semantics.Coding, l Level, content []byte) (coded []byte, err error) {
	return encodeFrom(c, l, bytes.NewReader(content), len(content), nil)
}

// encodeFrom is Encode of what it reads in turns.
func encodeFrom(c semantics.Coding, l Level, content io.Reader, length int, t *turns.Turns) (coded []byte, err error) {
	pool := poolFor(c, l, length)
	if pool == nil {
		return nil, fmt.Errorf("no encoder for coding %d at level %d", c, l)
	}
	defer func() {
		// An encoder that panicked is not used again.
		if p := recover(); p != nil {
			coded, err = nil, fmt.Errorf("%s: the encoder failed: %v", c, p)
		}
	}()
	e := pool.Get().(encoder)
	if coded, err = e.encode(work{content, length, t}); err == nil {
		pool.Put(e)
	}
	return coded, err
}

// errLength says that there is less content than was said, or more.
var errLength = errors.New("content has another length")

// pieces are what content is read into.
var pieces = sync.Pool{New: func() any { return new([largestPiece]byte) }}

const largestPiece = 128 << 10

// each calls do for one piece after the other, at least once, all as long as length but the
// last, and rests between them.
func (s work) each(length int, do func(piece []byte, last bool) error) error {
	buf := pieces.Get().(*[largestPiece]byte)
	defer pieces.Put(buf)
	for left := s.length; ; {
		piece := buf[:min(left, length)]
		if err := s.fill(piece); err != nil {
			return err
		}
		left -= len(piece)
		if err := do(piece, left == 0); err != nil {
			return err
		}
		if left == 0 {
			break
		}
		s.turns.Pause()
	}
	if n, err := io.ReadFull(s, buf[:1]); n > 0 {
		return errLength
	} else if err != io.EOF {
		return err
	}
	return nil
}

func (s work) fill(piece []byte) error {
	_, err := io.ReadFull(s, piece)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errLength
	}
	return err
}
