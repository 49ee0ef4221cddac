package tree

import (
	"bytes"
	"errors"
	"io"
	"runtime"

	"github.com/salver-http/salver/internal/coding"
	"github.com/salver-http/salver/internal/semantics"

	"github.com/salver-http/salver/internal/turns"
)

// errLong says that there is more content than is looked at.
var errLong = errors.New("content is too long to be decoded")

// decoding is what a file was found to hold.
type decoding struct {
	coding semantics.Coding
	facts  Facts
	length int64
	err    error // coding.ErrFormat, errLong
}

// decoders are the right to decode, for few at once: each takes as much memory as a window of
// its coding, which is 16 MiB in brotli. Who waits for it gets it in turn.
var decoders = make(chan struct{}, max(1, min(runtime.GOMAXPROCS(0)-1, 2)))

func takeDecoder() (give func()) {
	decoders <- struct{}{}
	return func() { <-decoders }
}

// decodeFacts finds out what s holds, or remembers it.
func (t *Tree) decodeFacts(s *Sidecar) error {
	d := t.decoded(s)
	if d == nil {
		defer takeDecoder()()
		if d = t.decoded(s); d == nil { // nor was it found out meanwhile
			var err error
			if d, err = t.examine(s); err != nil {
				return err
			}
		}
	}
	s.Decoded, s.Length = d.facts, d.length
	return d.err
}

// decoded is what is remembered of s.
func (t *Tree) decoded(s *Sidecar) *decoding {
	d := t.decodings.get(s.key, s.Stamp)
	if d == nil || d.coding != s.Coding {
		return nil
	}
	return d
}

// examine finds out what s holds, and remembers it if that is known to stay.
func (t *Tree) examine(s *Sidecar) (*decoding, error) {
	e := newExamination()
	n, err := t.decode(s, e)
	if err != nil && !errors.Is(err, coding.ErrFormat) && err != errLong {
		return nil, err
	}
	d := &decoding{coding: s.Coding, length: n, err: err}
	if err == nil {
		d.facts = *e.facts()
		d.facts.Gzip = false
	}
	if s.frozen || s.Stamp.settled(t.now()) {
		t.decodings.put(s.key, s.Stamp, d)
	}
	return d, nil
}

// Decode returns the content of s without its coding.
func (t *Tree) Decode(s *Sidecar) ([]byte, error) {
	defer takeDecoder()()
	b := bytes.NewBuffer(make([]byte, 0, s.Length))
	if _, err := t.decode(s, b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// decode writes the content of s, up to HashLimit, to w, which never fails. The error is
// ErrChanged when s was written meanwhile.
func (t *Tree) decode(s *Sidecar, w io.Writer) (n int64, err error) {
	r, err := coding.NewReader(s.Coding, io.NewSectionReader(s.File, 0, s.Stamp.Size))
	if err == nil {
		n, err = copyInTurns(w, io.LimitReader(r, HashLimit+1))
		r.Close()
	}
	if err == nil && n > HashLimit {
		err = errLong
	}
	if !s.frozen {
		after, serr := s.h.stat()
		if serr != nil {
			return n, serr
		}
		if after != s.Stamp {
			return n, ErrChanged
		}
	}
	return n, err
}

// copyInTurns is io.Copy that others need not wait for.
func copyInTurns(w io.Writer, r io.Reader) (n int64, err error) {
	others := turns.New()
	defer others.End()
	buf := chunks.Get().(*[64 << 10]byte)
	defer chunks.Put(buf)
	for {
		read, err := r.Read(buf[:])
		if n += int64(read); read > 0 {
			w.Write(buf[:read])
		}
		switch err {
		case nil:
			others.Pause()
		case io.EOF:
			return n, nil
		default:
			return n, err
		}
	}
}
