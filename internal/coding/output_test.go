package coding

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// Whatever is written in whatever pieces comes back, in no more memory than it takes.
func TestOutput(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		var want bytes.Buffer
		o := newOutput(r.IntN(1 << 18))
		for range r.IntN(8) {
			piece := noise(r.Uint64(), r.IntN(3*outputPiece>>r.IntN(8)))
			want.Write(piece)
			if n, err := o.Write(piece); n != len(piece) || err != nil {
				t.Fatalf("wrote %d of %d, %v", n, len(piece), err)
			}
		}
		if got := o.bytes(); !bytes.Equal(got, want.Bytes()) || cap(got) != len(got) || o.length != len(got) {
			t.Fatalf("got %d bytes in %d, want %d", len(got), cap(got), want.Len())
		}
	}
}
