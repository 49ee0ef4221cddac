package coding

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"

	"github.com/salver-http/salver/internal/semantics"

	"github.com/salver-http/salver/internal/turns"
)

func encode(t testing.TB, c semantics.Coding, l Level, content []byte) []byte {
	t.Helper()
	coded, err := Encode(c, l, content)
	if err != nil {
		t.Fatalf("%s at level %d: %v", c, l, err)
	}
	return coded
}

func decode(c semantics.Coding, coded []byte) ([]byte, error) {
	r, err := NewReader(c, bytes.NewReader(coded))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// checkCoded finds what is wrong with coded as a coding of content.
func checkCoded(t testing.TB, c semantics.Coding, coded, content []byte) {
	t.Helper()
	got, err := decode(c, coded)
	if err != nil || !bytes.Equal(got, content) {
		t.Fatalf("%s of %d bytes decodes to %d: %v", c, len(content), len(got), err)
	}
	switch c {
	case semantics.Gzip: // RFC 1952 §2.3: deflate, no flags, no time; §2.3.1: an unknown system
		if h := coded[:10]; !bytes.Equal(h[:8], []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00")) || h[9] != 255 {
			t.Errorf("the head is %x", h)
		}
	case semantics.Zstd:
		var h zstd.Header
		if err := h.Decode(coded); err != nil {
			t.Fatal(err)
		}
		if size := max(h.WindowSize, 1); size > 8<<20 || h.SingleSegment && len(content) > 8<<20 {
			t.Errorf("the window for %d bytes is %d, which is over 8 MiB", len(content), size)
		}
		if !h.HasFCS && len(content) >= 256 || h.HasFCS && h.FrameContentSize != uint64(len(content)) {
			t.Errorf("the frame says %d bytes of %d", h.FrameContentSize, len(content))
		}
		if h.DictionaryID != 0 || h.HasCheckSum {
			t.Errorf("the frame is %+v", h)
		}
	}
}

func TestEncode(t *testing.T) {
	contents := map[string][]byte{
		"nothing": nil,
		"a byte":  []byte("a"),
		"noise":   noise(1, 70_000),
		"zeros":   make([]byte, 300_000),
		"text":    text(1, 200_000),
	}
	for _, c := range All {
		for l := range levels {
			for name, content := range contents {
				t.Run(strings.Join([]string{c.String(), []string{"quick", "best"}[l], name}, "/"), func(t *testing.T) {
					checkCoded(t, c, encode(t, c, l, content), content)
				})
			}
		}
	}
}

// What is read is encoded as what is given, however it comes, if it is as long as was said.
func TestEncodeFrom(t *testing.T) {
	long := text(1, largestPiece+5000) // more than a block of zstd
	for _, c := range All {
		content := long
		if c != semantics.Zstd {
			content = long[:30_000]
		}
		for l := range levels {
			turns := turns.New()
			want := encode(t, c, l, content)
			got, err := encodeFrom(c, l, iotest.HalfReader(bytes.NewReader(content)), len(content), turns)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s at level %d: %d bytes, not %d, %v", c, l, len(got), len(want), err)
			}
			for _, length := range []int{0, len(content) - 1, len(content) + 1} {
				if got, err := encodeFrom(c, l, bytes.NewReader(content), length, turns); err != errLength || got != nil {
					t.Errorf("%s at level %d, said to be %d long: %d bytes, %v", c, l, length, len(got), err)
				}
			}
			if _, err := encodeFrom(c, l, iotest.TimeoutReader(iotest.OneByteReader(bytes.NewReader(content))), len(content), turns); err != iotest.ErrTimeout {
				t.Errorf("%s at level %d: got %v", c, l, err)
			}
			checkCoded(t, c, encode(t, c, l, content), content) // what failed before does no harm
			turns.End()
		}
	}
}

// Long content has encoders of its own: they encode it, and no worse than those for what is
// shorter.
func TestEncodeLonger(t *testing.T) {
	content := text(2, bestBrotliTo+1)
	checkCoded(t, semantics.Brotli, encode(t, semantics.Brotli, Best, content), content)
	for _, l := range []Level{Quick, Best} {
		whole, half := len(encode(t, semantics.Zstd, l, content[:shortWindow+1])), len(encode(t, semantics.Zstd, l, content[:shortWindow]))
		if whole > half+half/100 {
			t.Errorf("at level %d a byte more makes %d bytes of %d", l, whole, half)
		}
	}
}

// Content at the edge of the window of zstd, and what is long for the others.
func TestEncodeLong(t *testing.T) {
	content := bytes.Repeat(text(1, 1<<20), 9)[:8<<20+1]
	checkCoded(t, semantics.Zstd, encode(t, semantics.Zstd, Quick, content[1:]), content[1:])
	for l := range levels {
		checkCoded(t, semantics.Zstd, encode(t, semantics.Zstd, l, content), content)
		for _, c := range []semantics.Coding{semantics.Brotli, semantics.Gzip} {
			checkCoded(t, c, encode(t, c, l, content[:5<<19]), content[:5<<19])
		}
	}
}

// The longer the content, the less work for each byte; the window has room for all of it.
func TestBrotliOptions(t *testing.T) {
	for length, want := range map[int][2]int{
		0: {11, 16}, 1<<16 - 16: {11, 16}, 1<<16 - 15: {11, 17}, 512 << 10: {11, 20},
		512<<10 + 1: {10, 20}, bestBrotliTo: {10, 22},
	} {
		if o := brotliOptions(length); o.Quality != want[0] || o.LGWin != want[1] {
			t.Errorf("%d bytes: %+v, want %v", length, o, want)
		}
	}
}

// An encoder that has been used before gives what a new one does.
func TestEncodeIsDeterministic(t *testing.T) {
	type input struct {
		coding semantics.Coding
		level  Level
		text   int
	}
	var texts [6][]byte
	for seed := range texts {
		texts[seed] = text(uint64(seed), 500+seed*seed*1000)
	}
	first := map[input][]byte{}
	var inputs []input
	for _, c := range All {
		for l := range levels {
			for seed := range texts {
				in := input{c, l, seed}
				inputs = append(inputs, in)
				first[in] = encode(t, c, l, texts[seed])
			}
		}
	}
	var wg sync.WaitGroup
	for g := range 3 {
		wg.Go(func() {
			for i := range inputs {
				in := inputs[(i*7+g*13)%len(inputs)]
				coded, err := Encode(in.coding, in.level, texts[in.text])
				if err != nil || !bytes.Equal(coded, first[in]) {
					t.Errorf("%+v: %d bytes at first, then %d others: %v", in, len(first[in]), len(coded), err)
				}
			}
		})
	}
	wg.Wait()
}

func TestEncodeNothingKnown(t *testing.T) {
	for _, c := range []semantics.Coding{semantics.Identity, 17} {
		if _, err := Encode(c, Quick, []byte("a")); err == nil {
			t.Errorf("coding %d has an encoder", c)
		}
	}
	if _, err := Encode(semantics.Gzip, levels, []byte("a")); err == nil {
		t.Error("there is a level above the best")
	}
}

type panicking struct{}

func (panicking) encode(work) ([]byte, error) { panic("broken") }

// A panic of an encoder is an error, and the encoder is not used again.
func TestEncodePanic(t *testing.T) {
	pool := &pools[semantics.Gzip][Quick]
	before := pool.New
	defer func() { pool.New = before }()
	pool.New = func() any { return panicking{} }
	var err error
	for range 100 { // those that are in the pool come first
		if _, err = Encode(semantics.Gzip, Quick, []byte("a")); err != nil {
			break
		}
		pool.Get()
	}
	if err == nil || !strings.Contains(err.Error(), "broken") {
		t.Errorf("got %v", err)
	}
	pool.New = before
	if _, err := Encode(semantics.Gzip, Quick, []byte("a")); err != nil {
		t.Error(err)
	}
}

// Both levels shrink; the best one more, but for gzip of what was drawn by lot.
func TestLevels(t *testing.T) {
	content := text(1, 100<<10)
	for _, c := range All {
		quick, best := len(encode(t, c, Quick, content)), len(encode(t, c, Best, content))
		if best > quick+quick/100 || quick > len(content)/2 {
			t.Errorf("%s: %d bytes quickly, %d at best, of %d", c, quick, best, len(content))
		}
	}
}
