package tree

import (
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// Whatever changes what missing names led to is seen, when one look at their directory
// stands for them, too.
func TestCondense(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("nothing is kept of a directory here")
	}
	for _, c := range []struct {
		name, target string
		names        int // that are looked up at least, once condensed
		change       func(dir string) error
	}{
		{"the name comes", "/x", 1, func(dir string) error { return os.WriteFile(filepath.Join(dir, "x"), nil, 0o666) }},
		{"a sidecar comes", "/x", 1, func(dir string) error { return os.WriteFile(filepath.Join(dir, "x.br"), nil, 0o666) }},
		{"it comes as a link", "/x", 1, func(dir string) error { return os.Symlink("there", filepath.Join(dir, "x.gz")) }},
		{"it comes by a rename", "/sub/x", 1, func(dir string) error {
			return os.Rename(filepath.Join(dir, "there"), filepath.Join(dir, "sub", "x.zst"))
		}},
		{"the target of a dangling link comes", "/dangling", 4, func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "sub", "later"), nil, 0o666)
		}},
		{"the directory of the names comes", "/none/x", 4, func(dir string) error {
			if err := os.Mkdir(filepath.Join(dir, "none"), 0o777); err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(dir, "none", "x"), nil, 0o666)
		}},
		{"another directory takes its place", "/sub/x", 1, func(dir string) error {
			if err := os.Rename(filepath.Join(dir, "sub"), filepath.Join(dir, "old")); err != nil {
				return err
			}
			return os.Mkdir(filepath.Join(dir, "sub"), 0o777)
		}},
		{"the link to the directory leads elsewhere", "/link/x", 1, func(dir string) error {
			if err := os.Remove(filepath.Join(dir, "link")); err != nil {
				return err
			}
			return os.Symlink("full", filepath.Join(dir, "link"))
		}},
		{"an index comes", "/sub/", 2, func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "sub", "index.html.gz"), nil, 0o666)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			for _, sub := range []string{"sub", "full"} {
				must(os.Mkdir(filepath.Join(dir, sub), 0o777))
			}
			must(os.WriteFile(filepath.Join(dir, "there"), nil, 0o666))
			must(os.WriteFile(filepath.Join(dir, "full", "x"), nil, 0o666))
			must(os.Symlink("sub/later", filepath.Join(dir, "dangling")))
			must(os.Symlink("sub", filepath.Join(dir, "link")))
			tr, err := New(dir, Options{Index: []string{"index.html", "index.htm"}})
			must(err)
			later := time.Now().Add(time.Minute) // when all this has rested
			tr.now = func() time.Time { return later }
			var basis Basis
			r, err := tr.Resolve(c.target, &basis)
			if err == nil {
				r.Close()
			}
			before := basis.Names()
			basis.Condense()
			if after := basis.Names(); after != c.names || after > before {
				t.Errorf("%d names are looked up, and %d before that, want %d", after, before, c.names)
			}
			if !basis.Sound() || !basis.Holds(false) || !basis.Holds(true) {
				t.Fatalf("nothing has changed, and the basis does not hold: sound %v", basis.Sound())
			}
			time.Sleep(20 * time.Millisecond) // a tick of the clock that files are stamped by
			must(c.change(dir))
			if basis.Holds(false) || basis.Holds(true) {
				t.Error("the change is not seen")
			}
		})
	}
}

// A directory that has just changed can change again without a change of its stamp.
func TestCondenseUnsettled(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("nothing is kept of a directory here")
	}
	tr, err := New(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var basis Basis
	if _, err := tr.Resolve("/x", &basis); err == nil {
		t.Fatal("there is an x")
	}
	before := basis.Names()
	if basis.Condense(); basis.Names() != before {
		t.Errorf("a directory that was made just now stands for %d names", before)
	}
}

func TestUntil(t *testing.T) {
	var (
		basis Basis
		gone  atomic.Bool
	)
	basis.Until(&gone)
	if !basis.Holds(false) {
		t.Error("the basis does not hold though nothing has happened")
	}
	gone.Store(true)
	if basis.Holds(false) {
		t.Error("it holds although it was overtaken")
	}
	(*Basis)(nil).Until(&gone) // as for an answer that is not kept
}
