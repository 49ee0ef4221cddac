package faults

import (
	"bytes"
	"compress/gzip"
	"io"
	"sync"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// codings are the content codings that salver speaks, in its order among equals, with what
// the names of their sidecars end in.
var codings = []struct{ name, suffix string }{{"zstd", ".zst"}, {"br", ".br"}, {"gzip", ".gz"}}

// encoder is what the encoders of all codings have in common.
type encoder interface {
	io.WriteCloser
	Flush() error
	Reset(io.Writer)
}

// encoders are the libraries' own, made once, because making them costs more than their use.
var encoders = struct {
	sync.Mutex
	of map[string]encoder
}{of: map[string]encoder{}}

func newEncoder(coding string) (encoder, error) {
	switch coding {
	case "gzip":
		return gzip.NewWriterLevel(nil, gzip.BestSpeed)
	case "br":
		return brotli.NewWriterLevel(nil, 1), nil
	}
	return zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
}

// encode returns text in a coding. It is flushed after each of the lengths in cuts, which
// makes coded content that no server makes of the text.
func encode(t testing.TB, coding string, text []byte, cuts ...int) []byte {
	t.Helper()
	encoders.Lock()
	defer encoders.Unlock()
	w := encoders.of[coding]
	if w == nil {
		var err error
		if w, err = newEncoder(coding); err != nil {
			t.Fatal(err)
		}
		encoders.of[coding] = w
	}
	var b bytes.Buffer
	w.Reset(&b)
	from := 0
	for _, to := range append(cuts, len(text)) {
		if _, err := w.Write(text[from:to]); err != nil {
			t.Fatal(err)
		}
		if from = to; from < len(text) {
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// unzstd is for all, because what it reads with takes long to make.
var unzstd = sync.OnceValues(func() (*zstd.Decoder, error) { return zstd.NewReader(nil) })

// decode returns the content of what is in a coding, "" for none.
func decode(coding string, coded []byte) ([]byte, error) {
	var r io.Reader = bytes.NewReader(coded)
	switch coding {
	case "gzip":
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, err
		}
		r = z
	case "br":
		r = brotli.NewReader(r)
	case "zstd":
		z, err := unzstd()
		if err != nil {
			return nil, err
		}
		return z.DecodeAll(coded, nil)
	}
	return io.ReadAll(r)
}
