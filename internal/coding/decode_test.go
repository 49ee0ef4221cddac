package coding

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"

	"github.com/salver-http/salver/internal/semantics"
)

// What is cut short anywhere, or goes on, is refused.
func TestDecodeCut(t *testing.T) {
	content := text(2, 3000)
	for _, c := range All {
		for l := range levels {
			coded := encode(t, c, l, content)
			for n := range coded {
				if _, err := decode(c, coded[:n]); !errors.Is(err, ErrFormat) {
					t.Fatalf("%s cut to %d of %d bytes: %v", c, n, len(coded), err)
				}
			}
			for _, more := range []string{"\x00", "x", "\x1f", "\x1f\x8b\x08\x08", "(\xb5/", "(\xb5/\xfd", "(\xb5/\xfd\x04", strings.Repeat("more", 20_000)} {
				if _, err := decode(c, append(slices.Clone(coded), more...)); !errors.Is(err, ErrFormat) {
					t.Errorf("%s with %d bytes after its end: %v", c, len(more), err)
				}
			}
		}
	}
}

// A head of gzip with every field, cut at every byte, after a whole member and alone.
func TestDecodeCutHead(t *testing.T) {
	member := encode(t, semantics.Gzip, Quick, []byte("content"))
	head := "\x1f\x8b\x08\x1c\x00\x00\x00\x00\x00\xff\x03\x00abcname\x00comment\x00"
	for n := 1; n <= len(head); n++ {
		for _, before := range [][]byte{nil, member} {
			if _, err := decode(semantics.Gzip, append(slices.Clone(before), head[:n]...)); !errors.Is(err, ErrFormat) {
				t.Errorf("%d bytes of a head after %d: %v", n, len(before), err)
			}
		}
	}
	whole := slices.Concat([]byte(head), member[10:])
	if got, err := decode(semantics.Gzip, slices.Concat(member, whole)); string(got) != "contentcontent" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestDecodeSeveral(t *testing.T) {
	for _, c := range []semantics.Coding{semantics.Gzip, semantics.Zstd} {
		one, none, two := encode(t, c, Quick, []byte("one")), encode(t, c, Quick, nil), encode(t, c, Best, []byte("two"))
		if got, err := decode(c, slices.Concat(none, one, none, none, two, none)); string(got) != "onetwo" || err != nil {
			t.Errorf("%s: %q, %v", c, got, err)
		}
	}
	skippable := "\x5a\x2a\x4d\x18\x04\x00\x00\x00skip"
	if got, err := decode(semantics.Zstd, append([]byte(skippable), encode(t, semantics.Zstd, Quick, []byte("one"))...)); string(got) != "one" {
		t.Errorf("after a skippable frame: %q, %v", got, err)
	}
}

var errSource = errors.New("the disk is gone")

// Errors of the source are not taken for errors of the format, nor for its end.
func TestDecodeSource(t *testing.T) {
	for _, c := range All {
		coded := encode(t, c, Quick, text(3, 100_000))
		for _, n := range []int{0, 1, 5, 1000, len(coded)} {
			for _, failure := range []error{errSource, io.ErrUnexpectedEOF} {
				r, err := NewReader(c, io.MultiReader(bytes.NewReader(coded[:n]), iotest.ErrReader(failure)))
				if err != nil {
					t.Fatal(err)
				}
				if _, err = io.ReadAll(r); err != failure {
					t.Errorf("%s after %d bytes: %v, want %v", c, n, err, failure)
				}
				if _, again := r.Read(make([]byte, 1)); again != err {
					t.Errorf("%s: then %v", c, again)
				}
				r.Close()
			}
		}
		r, err := NewReader(c, iotest.OneByteReader(bytes.NewReader(coded)))
		if err != nil {
			t.Fatal(err)
		}
		if err := iotest.TestReader(r, text(3, 100_000)); err != nil {
			t.Errorf("%s: %v", c, err)
		}
		r.Close()
		r.Close()
		if n, err := r.Read(make([]byte, 10)); n > 0 || err == nil {
			t.Errorf("%s: read %d bytes after the end", c, n)
		}
	}
	if _, err := NewReader(semantics.Identity, strings.NewReader("")); err == nil {
		t.Error("identity has a decoder")
	}
}

// A window over 8 MiB (RFC 9659) and a dictionary are refused before memory is taken.
func TestDecodeZstdRefused(t *testing.T) {
	content := bytes.Repeat(text(4, 1<<20), 9)
	single := append([]byte("(\xb5/\xfd\xa0"), 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(single[5:], 8<<20+1)
	wide, err := zstd.NewWriter(nil, zstd.WithWindowSize(16<<20))
	if err != nil {
		t.Fatal(err)
	}
	var streamed bytes.Buffer
	wide.Reset(&streamed)
	if _, err := wide.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := wide.Close(); err != nil {
		t.Fatal(err)
	}
	for name, coded := range map[string][]byte{
		"a window of 16 MiB":          streamed.Bytes(),
		"a segment of over 8 MiB":     wide.EncodeAll(content, nil),
		"only the head of such a one": single,
		"a window of 3 TiB":           []byte("(\xb5/\xfd\x00\xff\x01\x00\x00"),
		"a dictionary":                []byte("(\xb5/\xfd\x21\x07\x01\x09\x00\x00x"),
	} {
		if got, err := decode(semantics.Zstd, coded); !errors.Is(err, ErrFormat) || len(got) > 0 {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
}

// Decoding what is long takes no more memory than a window and the making of it: brotli
// doubles what it has until it has 16 MiB.
func TestDecodeMemory(t *testing.T) {
	for c, mib := range map[semantics.Coding]struct{ content, memory int }{
		semantics.Gzip: {4, 1}, semantics.Zstd: {24, 20}, semantics.Brotli: {24, 34},
	} {
		coded := encode(t, c, Quick, make([]byte, mib.content<<20))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r, err := NewReader(c, bytes.NewReader(coded))
		if err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, r); n != int64(mib.content)<<20 || err != nil {
			t.Fatal(n, err)
		}
		r.Close()
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > uint64(mib.memory)<<20 {
			t.Errorf("%s: decoding %d MiB allocates %d bytes", c, mib.content, n)
		}
	}
}
