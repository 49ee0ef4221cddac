package precompress

import (
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/salver-http/salver/internal/semantics"
)

// stream encodes what r yields, which should be size bytes, to w and returns how long that
// is. The levels are those that take about as long as one another: 19 to 31 MB in a second
// of one core, for HTML. They hold at most some 50 MiB.
func stream(c semantics.Coding, w io.Writer, r io.Reader, size int64) (length int64, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: the encoder failed: %v", c, p)
		}
	}()
	out := &counter{w: w}
	encoder, err := newEncoder(c, out, size)
	if err != nil {
		return 0, err
	}
	buffer := make([]byte, 64<<10)
	if _, err := io.CopyBuffer(onlyWriter{encoder}, r, buffer); err != nil {
		return 0, err
	}
	err = encoder.Close() // which writes
	return out.n, err
}

func newEncoder(c semantics.Coding, w io.Writer, size int64) (io.WriteCloser, error) {
	switch c {
	case semantics.Gzip:
		return gzip.NewWriterLevel(w, gzip.BestCompression)
	case semantics.Brotli:
		return brotli.NewWriterOptions(w, brotli.WriterOptions{Quality: 6, LGWin: 22}), nil
	case semantics.Zstd:
		e, err := zstd.NewWriter(nil,
			zstd.WithEncoderLevel(zstd.SpeedBestCompression),
			zstd.WithWindowSize(8<<20), // RFC 9659
			zstd.WithEncoderConcurrency(1))
		if err == nil {
			e.ResetContentSize(w, size)
		}
		return e, err
	}
	return nil, fmt.Errorf("no encoder for coding %d", c)
}

// onlyWriter hides that zstd has a ReadFrom, which starts goroutines.
type onlyWriter struct{ io.Writer }

// counter counts what is written.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
