package coding

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/salver-http/salver/internal/semantics"
)

// ErrFormat says that content is not in the coding that it should be in: it is something
// else, is damaged or cut short, or goes on after its end.
var ErrFormat = errors.New("content is damaged, cut short or of another format")

// NewReader decodes what r holds in the coding c. Its Read returns an ErrFormat for what is
// not of that coding, and errors of r as they are. It asks r for more than it has use for at
// the moment, and holds at most a window of the coding.
func NewReader(c semantics.Coding, r io.Reader) (io.ReadCloser, error) {
	d := &reader{coding: c, source: source{Reader: r}}
	switch c {
	case semantics.Gzip:
		d.decoder = &members{in: bufio.NewReader(&d.source)}
	case semantics.Brotli:
		d.decoder = brotli.NewReader(&d.source)
	case semantics.Zstd:
		z, err := zstd.NewReader(bufio.NewReader(&d.source),
			zstd.WithDecoderConcurrency(1), // or it would start goroutines
			zstd.WithDecodeBuffersBelow(0),
			zstd.WithDecoderMaxWindow(window))
		if err != nil {
			return nil, err
		}
		d.decoder, d.close = z, z.Close
	default:
		return nil, fmt.Errorf("no decoder for coding %d", c)
	}
	return d, nil
}

// reader decodes, and tells the errors of the format from those of the source.
type reader struct {
	coding  semantics.Coding
	source  source
	decoder io.Reader
	close   func()
	err     error // sticks
}

func (d *reader) Read(p []byte) (n int, err error) {
	if d.err != nil || len(p) == 0 {
		return 0, d.err
	}
	defer func() {
		if cause := recover(); cause != nil {
			n, d.err = 0, d.formatError(cause)
		}
		err = d.err
	}()
	n, err = d.decoder.Read(p)
	switch {
	case err == nil:
	case d.source.err != nil:
		d.err = d.source.err
	case err != io.EOF:
		d.err = d.formatError(err)
	case d.source.empty():
		d.err = d.formatError(io.ErrUnexpectedEOF)
	default:
		d.err = io.EOF
	}
	return n, d.err
}

func (d *reader) formatError(cause any) error {
	return fmt.Errorf("%s: %w: %v", d.coding, ErrFormat, cause)
}

// Close lets go of the decoder. What it reads from stays open.
func (d *reader) Close() error {
	if d.close != nil {
		d.close()
		d.close = nil
	}
	if d.err == nil {
		d.err = io.ErrClosedPipe
	}
	return nil
}

// source remembers how reading from it ended, because decoders do not tell its errors from
// their own.
type source struct {
	io.Reader
	err  error
	some bool // has been read
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if n > 0 {
		s.some = true
	}
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

func (s *source) empty() bool { return !s.some }

// members reads one member of gzip after the other (RFC 1952 §2.2). The library's own way
// from one to the next takes the end of input within a head for the end of the last.
type members struct {
	in *bufio.Reader
	z  *gzip.Reader // nil between members
}

func (m *members) Read(p []byte) (int, error) {
	for {
		if m.z == nil {
			if _, err := m.in.Peek(1); err != nil {
				return 0, err
			}
			z, err := gzip.NewReader(m.in)
			if err != nil {
				return 0, noEOF(err)
			}
			z.Multistream(false)
			m.z = z
		}
		n, err := m.z.Read(p)
		if err != io.EOF {
			return n, err
		}
		if m.z = nil; n > 0 {
			return n, nil
		}
	}
}

func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
