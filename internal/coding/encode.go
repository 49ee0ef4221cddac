package coding

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/andybalholm/brotli/matchfinder"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/salver-http/salver/internal/semantics"
)

// Level is how much work is put into making content small.
type Level int

const (
	// Quick is for a first answer: up to 3 ms for 100 KiB.
	Quick Level = iota
	// Best is for what is asked for again, or written to disk: up to half a second for
	// 100 KiB, up to 5 s for 8 MiB.
	Best

	levels
)

// window is how far back zstd may refer (RFC 9659).
const window = 8 << 20

// pools hold encoders, which are costly to make, for each coding and level. Brotli at Best
// has none: its memory depends on the content, and making it costs nothing beside using it.
var pools = [...][levels]sync.Pool{
	semantics.Gzip: {
		Quick: {New: func() any { return newGzip(8) }},
		Best:  {New: func() any { return newGzip(9) }},
	},
	semantics.Brotli: {
		Quick: {New: func() any { return newQuickBrotli() }},
	},
	semantics.Zstd: {
		Quick: {New: func() any { return newZstd(zstd.SpeedBetterCompression) }},
		Best:  {New: func() any { return newZstd(zstd.SpeedBestCompression) }},
	},
}

// encoder makes coded content of content.
type encoder interface {
	encode(content []byte) ([]byte, error)
}

// Encode returns content in the coding c. For the same content it returns the same bytes.
// It may be used concurrently.
func Encode(c semantics.Coding, l Level, content []byte) (coded []byte, err error) {
	if c == semantics.Identity || int(c) >= len(pools) || l < 0 || l >= levels {
		return nil, fmt.Errorf("no encoder for coding %d at level %d", c, l)
	}
	defer func() {
		// An encoder that panicked is not used again.
		if p := recover(); p != nil {
			coded, err = nil, fmt.Errorf("%s: the encoder failed: %v", c, p)
		}
	}()
	if c == semantics.Brotli && l == Best {
		w := brotli.NewWriterOptions(nil, brotliOptions(len(content)))
		return (&streamed{w: w}).encode(content)
	}
	pool := &pools[c][l]
	e := pool.Get().(encoder)
	if coded, err = e.encode(content); err == nil {
		pool.Put(e)
	}
	return coded, err
}

// brotliOptions are the best that take at most some 5 s for content of that length: level
// 11 takes 4 s for a MiB of scripts, level 10 one and a half, level 9 a sixth. The window is
// as large as is of use.
func brotliOptions(length int) brotli.WriterOptions {
	o := brotli.WriterOptions{Quality: 9, LGWin: 16}
	switch {
	case length <= 512<<10:
		o.Quality = 11
	case length <= 2<<20:
		o.Quality = 10
	}
	for o.LGWin < 24 && 1<<o.LGWin-16 < length { // RFC 7932 §9.1
		o.LGWin++
	}
	return o
}

// streamed is an encoder made of a writer.
type streamed struct {
	w interface {
		io.WriteCloser
		Reset(io.Writer)
	}
	out bytes.Buffer
}

func (s *streamed) encode(content []byte) ([]byte, error) {
	s.out.Grow(len(content)/4 + 64)
	s.w.Reset(&s.out)
	if _, err := s.w.Write(content); err != nil {
		return nil, err
	}
	if err := s.w.Close(); err != nil {
		return nil, err
	}
	coded := s.out.Bytes()
	s.out = bytes.Buffer{}
	return coded, nil
}

// timeless writes gzip that says 0 for the time, which is none (RFC 1952 §2.3.1).
type timeless struct{ *gzip.Writer }

func newGzip(level int) encoder {
	w, err := gzip.NewWriterLevel(nil, level)
	if err != nil {
		panic(err)
	}
	return &streamed{w: timeless{w}}
}

func (t timeless) Reset(w io.Writer) {
	t.Writer.Reset(w)
	t.ModTime = time.Unix(0, 0)
}

// blockwise gives brotli's quick writer a block at a time, because it copies what it is
// given.
type blockwise struct{ *matchfinder.Writer }

func newQuickBrotli() encoder {
	return &streamed{w: blockwise{brotli.NewWriterV2(nil, 4)}}
}

func (b blockwise) Write(content []byte) (int, error) {
	for block := range slices.Chunk(content, b.BlockSize) {
		if _, err := b.Writer.Write(block); err != nil {
			return 0, err
		}
	}
	return len(content), nil
}

// whole is an encoder of zstd, which puts the length of the content in the frame.
type whole struct{ *zstd.Encoder }

func newZstd(level zstd.EncoderLevel) encoder {
	e, err := zstd.NewWriter(nil,
		zstd.WithEncoderLevel(level),
		zstd.WithWindowSize(window),
		zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderCRC(false))
	if err != nil {
		panic(err)
	}
	return whole{e}
}

func (w whole) encode(content []byte) ([]byte, error) {
	return w.EncodeAll(content, nil), nil
}
