package coding

import (
	"io"
	"sync"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/salver-http/salver/internal/semantics"
)

// window is how far back zstd may refer (RFC 9659), and shortWindow how far it does in
// content that is not longer: the memory that it takes goes by that.
const (
	window      = 8 << 20
	shortWindow = 1 << 20
)

// pools hold encoders, which are costly to make, for each coding and level. Brotli at Best
// has one only for long content: else its memory depends on the content, and making it costs
// nothing beside using it.
var pools = [...][levels]sync.Pool{
	semantics.Gzip: {
		Quick: {New: func() any { return newGzip(8) }},
		Best:  {New: func() any { return newGzip(9) }},
	},
	semantics.Brotli: {
		Quick: {New: func() any { return newBrotli(4) }},
		Best:  {New: func() any { return bestBrotli{} }},
	},
	semantics.Zstd: {
		Quick: {New: func() any { return newZstd(zstd.SpeedBetterCompression, shortWindow) }},
		Best:  {New: func() any { return newZstd(zstd.SpeedBestCompression, shortWindow) }},
	},
}

// longPools are those for content that is longer than shortWindow.
var longPools = [levels]sync.Pool{
	Quick: {New: func() any { return newZstd(zstd.SpeedBetterCompression, window) }},
	Best:  {New: func() any { return newZstd(zstd.SpeedBestCompression, window) }},
}

// longBrotli is for content that is longer than bestBrotli is for.
var longBrotli = sync.Pool{New: func() any { return newBrotli(9) }}

// poolFor is where the encoders for content of that length are, nil when there are none.
func poolFor(c semantics.Coding, l Level, length int) *sync.Pool {
	switch {
	case c == semantics.Identity || int(c) >= len(pools) || l < 0 || l >= levels:
		return nil
	case c == semantics.Zstd && length > shortWindow:
		return &longPools[l]
	case c == semantics.Brotli && l == Best && length > bestBrotliTo:
		return &longBrotli
	}
	return &pools[c][l]
}

// streamed is an encoder made of a writer, which is given pieces of a length.
type streamed struct {
	w interface {
		io.WriteCloser
		Reset(io.Writer)
	}
	piece int
	out   sink
}

func (s *streamed) encode(content work) ([]byte, error) {
	s.out.output = newOutput(content.length)
	defer s.out.letGo()
	s.w.Reset(&s.out)
	err := content.each(s.piece, func(piece []byte, _ bool) error {
		_, err := s.w.Write(piece)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := s.w.Close(); err != nil {
		return nil, err
	}
	return s.out.bytes(), nil
}

// timeless writes gzip that says 0 for the time, which is none (RFC 1952 §2.3.1).
type timeless struct{ *gzip.Writer }

func newGzip(level int) encoder {
	w, err := gzip.NewWriterLevel(nil, level)
	if err != nil {
		panic(err)
	}
	return &streamed{w: timeless{w}, piece: 16 << 10}
}

func (t timeless) Reset(w io.Writer) {
	t.Writer.Reset(w)
	t.ModTime = time.Unix(0, 0)
}

// newBrotli is one of brotli's encoders that work block by block: what they are given at
// once they copy.
func newBrotli(level int) encoder {
	w := brotli.NewWriterV2(nil, level)
	return &streamed{w: w, piece: w.BlockSize}
}

// bestBrotliTo is the longest content that bestBrotli is for. It takes half a second for 100
// KiB, 4 s and 70 MiB of memory for 2 MiB. Above, its level 9 would be what is bearable, and
// that of the other encoder makes the same length in a quarter of the time and the memory.
const bestBrotliTo = 2 << 20

// bestBrotli makes an encoder each time.
type bestBrotli struct{}

func (bestBrotli) encode(content work) ([]byte, error) {
	w := brotli.NewWriterOptions(nil, brotliOptions(content.length))
	return (&streamed{w: w, piece: 16 << 10}).encode(content)
}

// brotliOptions are the best that take at most some 4 s for content of that length: level
// 11 takes 4 s for a MiB of scripts, level 10 one and a half. The window is as large as is of
// use.
func brotliOptions(length int) brotli.WriterOptions {
	o := brotli.WriterOptions{Quality: 10, LGWin: 16}
	if length <= 512<<10 {
		o.Quality = 11
	}
	for o.LGWin < 24 && 1<<o.LGWin-16 < length { // RFC 7932 §9.1
		o.LGWin++
	}
	return o
}

// zstandard is an encoder of zstd, which puts the length of the content in the frame.
type zstandard struct {
	*zstd.Encoder
	out sink
}

// zstdBlock is how much zstd takes at once. A whole block, 128 KiB, takes 4 ms; shorter ones
// make content up to 0.3 % longer.
const zstdBlock = 32 << 10

func newZstd(level zstd.EncoderLevel, window int) encoder {
	e, err := zstd.NewWriter(nil,
		zstd.WithEncoderLevel(level),
		zstd.WithWindowSize(window),
		zstd.WithLowerEncoderMem(true),
		zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderCRC(false))
	if err != nil {
		panic(err)
	}
	return &zstandard{Encoder: e}
}

func (z *zstandard) encode(content work) ([]byte, error) {
	z.out.output = newOutput(content.length)
	defer z.out.letGo()
	if content.length <= largestPiece { // one block
		err := content.each(largestPiece, func(piece []byte, _ bool) error {
			z.out.Write(z.EncodeAll(piece, nil))
			return nil
		})
		if err != nil {
			return nil, err
		}
		return z.out.bytes(), nil
	}
	z.ResetContentSize(&z.out, int64(content.length))
	err := content.each(zstdBlock, func(piece []byte, last bool) error {
		if _, err := z.Write(piece); err != nil || last {
			return err
		}
		return z.Flush()
	})
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return nil, err
	}
	return z.out.bytes(), nil
}
