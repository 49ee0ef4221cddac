package tree

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"hash"
	"io"
	"sync"
	"unicode/utf8"

	"github.com/salver-http/salver/internal/semantics"

	"github.com/salver-http/salver/internal/turns"
)

// examination is a writer that finds out what Facts holds, piece by piece.
type examination struct {
	hash  hash.Hash
	magic [2]byte
	seen  int64
	bad   bool              // not UTF-8
	cut   [utf8.UTFMax]byte // the rune that the last piece ended within
	nCut  int
}

func newExamination() *examination { return &examination{hash: sha256.New()} }

// Write takes the next piece of the content. It never fails.
func (e *examination) Write(p []byte) (int, error) {
	e.hash.Write(p)
	for i := 0; i < len(p) && e.seen+int64(i) < int64(len(e.magic)); i++ {
		e.magic[e.seen+int64(i)] = p[i]
	}
	e.seen += int64(len(p))
	if !e.bad {
		e.validate(p)
	}
	return len(p), nil
}

// validate goes on with p where the last piece left off.
func (e *examination) validate(p []byte) {
	for e.nCut > 0 && len(p) > 0 {
		e.cut[e.nCut] = p[0]
		e.nCut++
		p = p[1:]
		if utf8.FullRune(e.cut[:e.nCut]) {
			e.bad = !utf8.Valid(e.cut[:e.nCut])
			e.nCut = 0
		}
	}
	if e.bad || len(p) == 0 {
		return
	}
	end := len(p)
	for i := 1; i < utf8.UTFMax && i <= len(p); i++ {
		if b := p[len(p)-i]; utf8.RuneStart(b) {
			if !utf8.FullRune(p[len(p)-i:]) {
				end = len(p) - i
			}
			break
		}
	}
	e.bad = !utf8.Valid(p[:end])
	e.nCut = copy(e.cut[:], p[end:])
}

// forgetCut overlooks that the last rune is not whole, in a sample.
func (e *examination) forgetCut() { e.nCut = 0 }

func (e *examination) facts() *Facts {
	var sum [sha256.Size]byte
	e.hash.Sum(sum[:0])
	d := base64.RawURLEncoding.EncodeToString(sum[:16])
	return &Facts{
		Tag:    semantics.StrongTag(d),
		UTF8:   !e.bad && e.nCut == 0,
		Gzip:   e.magic == [2]byte{0x1f, 0x8b},
		digest: d,
	}
}

var chunks = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// inTurns is from which length on content is examined in turns, in bytes: that takes a
// millisecond, and others are served meanwhile.
const inTurns = 1 << 20

// readInto examines what it fills buf with from the beginning of r.
func (e *examination) readInto(buf []byte, r io.ReaderAt) error {
	if n, err := r.ReadAt(buf, 0); n < len(buf) {
		return ReadError(err)
	}
	e.Write(buf)
	return nil
}

// readAll examines the first length bytes of r.
func (e *examination) readAll(r io.ReaderAt, length int64) error {
	buf := chunks.Get().(*[64 << 10]byte)
	defer chunks.Put(buf)
	var others *turns.Turns
	if length >= inTurns {
		others = turns.New()
		defer others.End()
	}
	for off := int64(0); off < length; {
		p := buf[:min(length-off, int64(len(buf)))]
		if _, err := io.ReadFull(io.NewSectionReader(r, off, int64(len(p))), p); err != nil {
			return ReadError(err)
		}
		e.Write(p)
		off += int64(len(p))
		others.Pause()
	}
	return nil
}

// ReadError is the error of a read that should have been whole: content that ends
// early has been cut.
func ReadError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrChanged
	}
	return err
}
