package tree

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/salver-http/salver/internal/semantics"
)

// What is too long to be decoded is believed only while nothing was done to its file since.
func TestLargeSidecar(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no time of the last change")
	}
	dir := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	name := filepath.Join(dir, "f")
	past := time.Now().Add(-time.Hour)
	must(os.WriteFile(name, make([]byte, HashLimit+1), 0o666))
	must(os.Chtimes(name, past, past))
	time.Sleep(20 * time.Millisecond) // a tick of the clock that files are stamped by
	must(os.WriteFile(name+".gz", []byte("\x1f\x8b\x08 and so on"), 0o666))
	tr, err := New(dir, Options{})
	must(err)
	found := func() bool {
		t.Helper()
		r, err := tr.Resolve("/f", nil)
		must(err)
		defer r.Close()
		_, _, err = tr.Facts(r.File, nil)
		must(err)
		s, err := tr.Sidecar(r.File, semantics.Gzip, nil)
		must(err)
		if s != nil {
			s.Close()
		}
		return s != nil
	}
	if !found() {
		t.Error("the sidecar is not found")
	}
	time.Sleep(20 * time.Millisecond)
	must(os.WriteFile(name, append(make([]byte, HashLimit), 1), 0o666))
	must(os.Chtimes(name, past, past))
	if found() {
		t.Error("the sidecar is believed although its file was written since, and its date set back")
	}
}
