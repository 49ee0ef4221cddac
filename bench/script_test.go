package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestScriptText holds that the text is the same everywhere, and compresses as real
// scripts do.
func TestScriptText(t *testing.T) {
	text := scriptText(100<<10, rand.New(rand.NewPCG(11, 11)))
	if sum := fmt.Sprintf("%.8x", sha256.Sum256([]byte(text))); len(text) != 100<<10 || sum != "ca84b448d35fba84" {
		t.Errorf("%d bytes with the sum %s", len(text), sum)
	}
	for level, bounds := range map[int][2]float64{gzip.BestSpeed: {2.9, 3.6}, gzip.BestCompression: {3.6, 4.3}} {
		var b bytes.Buffer
		z, err := gzip.NewWriterLevel(&b, level)
		if err != nil {
			t.Fatal(err)
		}
		z.Write([]byte(text))
		z.Close()
		if got := float64(len(text)) / float64(b.Len()); got < bounds[0] || got > bounds[1] {
			t.Errorf("gzip -%d makes it %.2f times smaller", level, got)
		}
	}
}
