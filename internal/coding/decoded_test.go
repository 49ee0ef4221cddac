package coding

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/salver-http/salver/internal/semantics"
)

// Forms are compared by their content alone, all of it.
func TestDecodesAs(t *testing.T) {
	content := text(1, 3*decodedPiece)
	last := bytes.Clone(content)
	last[len(last)-1]++
	others := map[string][]byte{
		"the same": content, "another at its end": last, "a byte less": content[:len(content)-1],
		"a byte more": append(slices.Clone(content), 'x'), "a piece less": content[:2*decodedPiece], "nothing": nil,
	}
	for _, a := range All {
		for _, b := range All {
			form := newForm(a, encode(t, a, Quick, content))
			for name, other := range others {
				same, err := form.decodesAs(newForm(b, append(encode(t, b, Quick, other), emptyFrame(b, other)...)), nil)
				if same != (name == "the same") || err != nil {
					t.Errorf("%s and %s, %s: %v, %v", a, b, name, same, err)
				}
			}
			if _, err := form.decodesAs(newForm(b, encode(t, b, Quick, content)[:1000]), nil); !errors.Is(err, ErrFormat) {
				t.Errorf("%s and %s that is cut: %v", a, b, err)
			}
		}
	}
}

// emptyFrame is what stands for no content in zstd, of which the encoder makes nothing.
func emptyFrame(c semantics.Coding, content []byte) []byte {
	if c == semantics.Zstd && len(content) == 0 {
		return []byte("\x28\xb5\x2f\xfd\x20\x00\x01\x00\x00")
	}
	return nil
}

func TestDecodedLength(t *testing.T) {
	for length, want := range map[int]error{longest: nil, longest + 1: errLong} {
		if _, err := newForm(semantics.Zstd, encode(t, semantics.Zstd, Quick, make([]byte, length))).decodedLength(nil); err != want {
			t.Errorf("%d bytes: %v", length, err)
		}
	}
	for _, c := range All {
		for _, length := range []int{1, decodedPiece, 100_000} {
			if n, err := newForm(c, encode(t, c, Quick, make([]byte, length))).decodedLength(nil); n != length || err != nil {
				t.Errorf("%s of %d bytes: %d, %v", c, length, n, err)
			}
		}
		if _, err := newForm(c, []byte("no such thing")).decodedLength(nil); !errors.Is(err, ErrFormat) {
			t.Errorf("%s of something else: %v", c, err)
		}
	}
}
