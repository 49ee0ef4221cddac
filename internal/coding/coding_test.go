package coding

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/salver-http/salver/internal/semantics"
)

// text is content of that length that shrinks, a different one for each seed.
func text(seed uint64, length int) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	words := make([]string, 300)
	for i := range words {
		words[i] = strings.Repeat(string(rune('a'+r.IntN(26))), r.IntN(3)+1) + fmt.Sprint(r.IntN(1000))
	}
	var b bytes.Buffer
	for b.Len() < length {
		b.WriteString(words[r.IntN(1+r.IntN(len(words)))])
		b.WriteByte(" \n{};"[r.IntN(5)])
	}
	return b.Bytes()[:length:length]
}

// noise is content of that length that does not shrink.
func noise(seed uint64, length int) []byte {
	r := rand.New(rand.NewPCG(seed, 2))
	b := make([]byte, length)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func TestAll(t *testing.T) {
	var suffixes []string
	for _, c := range All {
		suffixes = append(suffixes, c.String()+Suffix(c))
	}
	if want := []string{"zstd.zst", "br.br", "gzip.gz"}; !slices.Equal(suffixes, want) {
		t.Errorf("got %q, want %q", suffixes, want)
	}
	if s := Suffix(semantics.Identity); s != "" {
		t.Errorf("identity has suffix %q", s)
	}
}

func TestLooks(t *testing.T) {
	for _, c := range All {
		coded, err := Encode(c, Quick, text(1, 1000))
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range All {
			if got, want := Looks(other, coded[:8]), other == c || other == semantics.Brotli; got != want {
				t.Errorf("%s looks like %s: %v, want %v", c, other, got, want)
			}
			if Looks(other, nil) {
				t.Errorf("nothing looks like %s", other)
			}
		}
	}
	if !Looks(semantics.Zstd, []byte("\x5f\x2a\x4d\x18")) {
		t.Error("a skippable frame is not taken for zstd")
	}
	for _, begin := range []string{"\x1f", "\x1f\x8b", "\x1f\x8b\x09", "\x28\xb5\x2f", "\x60\x2a\x4d\x18", "text"} {
		if Looks(semantics.Gzip, []byte(begin)) || Looks(semantics.Zstd, []byte(begin)) {
			t.Errorf("%q looks like a coding", begin)
		}
	}
}

func TestSet(t *testing.T) {
	s := SetOf(semantics.Zstd, semantics.Gzip)
	for c, want := range []bool{false, true, false, true} {
		if got := s.Has(semantics.Coding(c)); got != want {
			t.Errorf("has %s: %v", semantics.Coding(c), got)
		}
	}
	if c := s.first(semantics.Brotli, semantics.Gzip, semantics.Zstd); c != semantics.Gzip {
		t.Errorf("first is %s", c)
	}
	if c := s.first(semantics.Brotli); c != semantics.Identity {
		t.Errorf("first is %s", c)
	}
}
