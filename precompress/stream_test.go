package precompress

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"

	"github.com/salver-http/salver/internal/coding"
	"github.com/salver-http/salver/internal/semantics"
)

func TestStream(t *testing.T) {
	content := prose(1, 200_000)
	for _, c := range coding.All {
		var b bytes.Buffer
		length, err := stream(c, &b, bytes.NewReader(content), int64(len(content)))
		if err != nil || length != int64(b.Len()) || length > int64(len(content))/2 {
			t.Errorf("%s: %d bytes, %d of them told: %v", c, b.Len(), length, err)
		}
		if got, err := decode(t, c, b.Bytes()); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: decodes to something else: %v", c, err)
		}
	}
}

// TestStreamFrame reads the head of a long frame: its window is one that browsers take
// (RFC 9659), and it tells how long the content is.
func TestStreamFrame(t *testing.T) {
	const size = 10 << 20
	var b bytes.Buffer
	if _, err := stream(semantics.Zstd, &b, io.LimitReader(readerFunc(func(p []byte) (int, error) { return copy(p, "so it goes "), nil }), size), size); err != nil {
		t.Fatal(err)
	}
	var head zstd.Header
	if err := head.Decode(b.Bytes()); err != nil || head.WindowSize > 8<<20 || head.FrameContentSize != size {
		t.Errorf("window %d, content %d: %v", head.WindowSize, head.FrameContentSize, err)
	}
}

// failing fails when it is written for the last time, which is when an encoder is closed.
type failing struct{ left int }

var errFull = errors.New("full")

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left <= 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestStreamErrors(t *testing.T) {
	content := prose(1, 50_000)
	for _, c := range coding.All {
		length, err := stream(c, io.Discard, bytes.NewReader(content), int64(len(content)))
		if err != nil {
			t.Fatal(err)
		}
		for _, room := range []int{0, int(length)} {
			if _, err := stream(c, &failing{room}, bytes.NewReader(content), int64(len(content))); !errors.Is(err, errFull) {
				t.Errorf("%s with room for %d of %d bytes: %v", c, room, length, err)
			}
		}
		failure := errors.New("failure")
		if _, err := stream(c, io.Discard, io.MultiReader(bytes.NewReader(content), iotest.ErrReader(failure)), 60_000); !errors.Is(err, failure) {
			t.Errorf("%s of what can't be read: %v", c, err)
		}
	}
}
