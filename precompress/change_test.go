package precompress

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/salver-http/salver/internal/semantics"
)

// TestSourceThatChanges writes a source while it is read.
func TestSourceThatChanges(t *testing.T) {
	root := t.TempDir()
	long := lengthy()
	write(t, root, "a.txt", long, past)
	times := 0
	change := func(limit int, how func()) Options {
		times = 0
		return Options{streamAbove: soon, Codings: []string{"zstd"}, Progress: func(done, total int64) {
			if done > total {
				t.Errorf("%d of %d are done", done, total)
			}
			if done > 0 && done < total && times < limit {
				times++
				how()
			}
		}}
	}
	old := bytes.Replace(long, []byte("silver"), []byte("golden"), -1)
	rewrite := func() { write(t, root, "a.txt", old, past.Add(time.Second)) }
	replace := func() {
		write(t, root, "b.jpg", long, past)
		if err := os.Rename(filepath.Join(root, "b.jpg"), filepath.Join(root, "a.txt")); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		limit int
		how   func()
		want  string
	}{
		"rewritten": {1, rewrite, string(old)},
		"replaced":  {1, replace, string(long)},
	} {
		os.Remove(filepath.Join(root, "a.txt.zst"))
		write(t, root, "a.txt", long, past)
		s, err := Run(t.Context(), root, change(c.limit, c.how))
		if err != nil || s.Written() != 1 || times != 1 {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
		content, err := os.ReadFile(filepath.Join(root, "a.txt.zst"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := decode(t, semantics.Zstd, content); err != nil || string(got) != c.want {
			t.Errorf("%s: the sidecar does not hold the new content: %v", name, err)
		}
		sidecars(t, root, false)
	}

	os.Remove(filepath.Join(root, "a.txt.zst"))
	s, err := Run(t.Context(), root, change(1, func() { os.Remove(filepath.Join(root, "a.txt")) }))
	if err != nil || s.Written() != 0 {
		t.Errorf("removed: %+v, %v", s, err)
	}
	expect(t, "sidecars of a file that is gone", nil, sidecars(t, root, false))
}

// TestSourceThatKeepsChanging is given up, and told.
func TestSourceThatKeepsChanging(t *testing.T) {
	root := plant(t, "a.txt", "b.txt")
	r, err := newRun(Options{Codings: []string{"gzip"}})
	if err != nil {
		t.Fatal(err)
	}
	if r.top, err = os.OpenRoot(root); err != nil {
		t.Fatal(err)
	}
	defer r.top.Close()
	r.stop = func() {}
	f, err := openFolder(r.top, ".")
	if err != nil {
		t.Fatal(err)
	}
	defer f.root.Close()
	source, info, err := f.open("a.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	for what, change := range map[string]func(){
		"longer":  func() { write(t, root, "a.txt", prose(0, 2001), past) },
		"shorter": func() { write(t, root, "a.txt", prose(0, 1999), past) },
		"touched": func() { write(t, root, "a.txt", prose(0, 2000), past.Add(1)) },
		"another": func() {
			write(t, root, "c.jpg", prose(0, 2000), past)
			os.Rename(filepath.Join(root, "c.jpg"), filepath.Join(root, "a.txt"))
		},
	} {
		if err := unchanged(f, "a.txt", source, info); err != nil {
			t.Errorf("unchanged: %v", err)
		}
		change()
		if err := unchanged(f, "a.txt", source, info); !errors.Is(err, errChanged) {
			t.Errorf("%s: %v", what, err)
		}
		u := unit{dir: ".", name: "a.txt", size: info.Size()}
		if err := r.make(t.Context(), f, &u, source, info, sidecar{name: "a.txt.gz"}, Missing); !errors.Is(err, errChanged) {
			t.Errorf("%s: made of it all the same: %v", what, err)
		}
		source.Close()
		if source, info, err = f.open("a.txt"); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, "sidecars", nil, sidecars(t, root, false))
}

// TestDraftThatIsTaken has another run take a draft for a leftover.
func TestDraftThatIsTaken(t *testing.T) {
	root := plant(t, "a.txt")
	top, err := os.OpenRoot(root)
	if err != nil {
		t.Fatal(err)
	}
	defer top.Close()
	f, err := openFolder(top, ".")
	if err != nil {
		t.Fatal(err)
	}
	defer f.root.Close()
	info, err := top.Stat("a.txt")
	if err != nil {
		t.Fatal(err)
	}
	d, err := newDraft(f, "a.txt", ".gz")
	if err != nil {
		t.Fatal(err)
	}
	defer d.discard()
	runs(t, root, Options{Codings: []string{"br"}})
	if err := d.publish("a.txt.gz", info); !errors.Is(err, errChanged) {
		t.Errorf("published: %v", err)
	}
	expect(t, "sidecars", []string{"a.txt.br"}, sidecars(t, root, false))
}

// TestDraftIsPrivate sees that nobody else reads what is not whole.
func TestDraftIsPrivate(t *testing.T) {
	root := plant(t, "a.txt")
	write(t, root, "a.txt", lengthy(), past)
	seen := 0
	_, err := Run(t.Context(), root, Options{streamAbove: soon, Codings: []string{"gzip"}, Progress: func(done, total int64) {
		for name, e := range snapshot(t, root) {
			if isTemporary(name) && done < total {
				if seen++; e.Mode&0o077 != 0 || !strings.HasPrefix(name, ".a.txt.gz") {
					t.Errorf("%s has mode %v", name, e.Mode)
				}
			}
		}
	}})
	if err != nil || seen == 0 {
		t.Errorf("%d drafts seen, %v", seen, err)
	}
	if mode := snapshot(t, root)["a.txt.gz"].Mode; mode != fs.FileMode(0o644) {
		t.Errorf("the sidecar has mode %v", mode)
	}
}
