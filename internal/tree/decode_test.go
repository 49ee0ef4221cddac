package tree

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/salver-http/salver/internal/coding"
	"github.com/salver-http/salver/internal/semantics"
)

// However many ask for sidecars at once, few are decoded at once, and each but once.
func TestDecodersAreFew(t *testing.T) {
	dir := t.TempDir()
	content := bytes.Repeat([]byte("content of a file, "), 10_000)
	past := time.Now().Add(-time.Hour)
	names := []string{"a", "b", "c"}
	for _, name := range names {
		coded, err := coding.Encode(semantics.Brotli, coding.Quick, content)
		if err != nil {
			t.Fatal(err)
		}
		for name, content := range map[string][]byte{name: content, name + ".br": coded} {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o666); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(filepath.Join(dir, name), past, past); err != nil {
				t.Fatal(err)
			}
		}
	}
	tr, err := New(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	tr.now = func() time.Time { return time.Now().Add(time.Hour) } // all has rested
	for range cap(decoders) {
		decoders <- struct{}{}
	}
	var all sync.WaitGroup
	for _, name := range names {
		for range 5 {
			all.Go(func() {
				r, err := tr.Resolve("/"+name, nil)
				if err != nil {
					t.Error(err)
					return
				}
				defer r.Close()
				if _, _, err := tr.Facts(r.File, nil); err != nil {
					t.Error(err)
				}
				s, err := tr.Sidecar(r.File, semantics.Brotli, nil)
				if s == nil || err != nil {
					t.Errorf("%s: no sidecar, %v", name, err)
					return
				}
				if s.Length != int64(len(content)) || s.Decoded.Digest() != r.File.digest {
					t.Errorf("%s: %d bytes, %+v", name, s.Length, s.Decoded)
				}
				s.Close()
			})
		}
	}
	known := func() (n int) {
		for _, name := range names {
			if s, err := tr.openSidecar(name, semantics.Brotli, nil); err != nil {
				t.Error(err)
			} else {
				if tr.decoded(s) != nil {
					n++
				}
				s.Close()
			}
		}
		return n
	}
	time.Sleep(20 * time.Millisecond)
	if n := known(); n != 0 {
		t.Errorf("%d are decoded although nobody may", n)
	}
	for range cap(decoders) {
		<-decoders
	}
	all.Wait()
	if n := known(); n != len(names) || len(decoders) != 0 {
		t.Errorf("%d of %d are known, %d decode", n, len(names), len(decoders))
	}
}
