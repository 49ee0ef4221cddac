package precompress

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/salver-http/salver/internal/coding"
	"github.com/salver-http/salver/internal/semantics"
)

type info struct {
	size     int64
	modified time.Time
	mode     fs.FileMode
}

func (i info) Name() string       { return "" }
func (i info) Size() int64        { return i.size }
func (i info) Mode() fs.FileMode  { return i.mode }
func (i info) ModTime() time.Time { return i.modified }
func (i info) IsDir() bool        { return i.mode.IsDir() }
func (i info) Sys() any           { return nil }

func TestJudge(t *testing.T) {
	source := info{size: 1000, modified: past}
	for _, c := range []struct {
		sidecar fs.FileInfo
		looks   bool
		want    state
	}{
		{nil, false, absent},
		{info{999, past, 0}, true, current},
		{info{999, past.In(time.FixedZone("", 3600)), 0}, true, current},
		{info{1000, past, 0}, true, stale},
		{info{999, past, 0}, false, stale},
		{info{999, past.Add(-1), 0}, true, stale},
		{info{999, past.Add(1), 0}, true, foreign},
		{info{2000, past.Add(1), 0}, false, foreign},
		{info{999, past, fs.ModeSymlink}, true, foreign},
		{info{999, past.Add(-1), fs.ModeDir}, false, foreign},
		{info{0, past.Add(-1), fs.ModeNamedPipe}, false, foreign},
	} {
		if got := judge(source, c.sidecar, c.looks); got != c.want {
			t.Errorf("judge(%+v, %v) = %d, want %d", c.sidecar, c.looks, got, c.want)
		}
	}
}

func TestEqual(t *testing.T) {
	failure := errors.New("failure")
	long := prose(1, 100_000)
	for _, c := range []struct {
		a, b io.Reader
		same bool
		err  error
	}{
		{bytes.NewReader(nil), bytes.NewReader(nil), true, nil},
		{bytes.NewReader(long), iotest.HalfReader(bytes.NewReader(long)), true, nil},
		{bytes.NewReader(long[:64<<10]), bytes.NewReader(long[:64<<10]), true, nil},
		{bytes.NewReader(long[:64<<10]), bytes.NewReader(long[:64<<10+1]), false, nil},
		{bytes.NewReader(long), bytes.NewReader(long[:99_999]), false, nil},
		{bytes.NewReader(long), bytes.NewReader(append(slices.Clone(long[:99_999]), 0)), false, nil},
		{bytes.NewReader(nil), strings.NewReader("x"), false, nil},
		{bytes.NewReader(long), io.MultiReader(bytes.NewReader(long), iotest.ErrReader(failure)), false, failure},
		{io.MultiReader(bytes.NewReader(long[:1000]), iotest.ErrReader(failure)), bytes.NewReader(long), false, failure},
	} {
		if same, err := equal(c.a, c.b); same != c.same || err != c.err {
			t.Errorf("equal: %v, %v; want %v, %v", same, err, c.same, c.err)
		}
	}
}

// TestOfOthers has sidecars that were not made by a run.
func TestOfOthers(t *testing.T) {
	root := plant(t, "a.txt", "b.txt", "c.txt", "d.txt", "e.txt", "f.txt")
	newer := past.Add(time.Second)
	right, err := coding.Encode(semantics.Gzip, coding.Quick, prose(0, 2000))
	if err != nil {
		t.Fatal(err)
	}
	write(t, root, "a.txt.gz", right, newer)
	write(t, root, "b.txt.gz", right, newer) // of another file
	write(t, root, "c.txt.gz", []byte("no gzip at all"), newer)
	write(t, root, "d.txt.gz", right, past) // of another file, in the guise of its own
	write(t, root, "e.txt.gz", []byte("no gzip at all"), past)
	write(t, root, "f.txt", noise(1000), past)
	write(t, root, "f.txt.gz", []byte("no gzip at all"), past.Add(-time.Second))
	gzipOnly := Options{Codings: []string{"gzip"}}
	s, changes := runs(t, root, gzipOnly)
	expect(t, "changes", []string{"e.txt.gz: out of date"}, changes)
	expect(t, "summary", CodingSummary{Coding: "gzip", Written: 1, UpToDate: 1, LeftAlone: 3, Unshrunken: 1, Before: 4000, After: s.Codings[0].After}, s.Codings[0])
	all := snapshot(t, root)
	expect(t, "f.txt.gz", "no gzip at all", all["f.txt.gz"].Content)
	expect(t, "b.txt.gz", string(right), all["b.txt.gz"].Content)

	gzipOnly.Verify, gzipOnly.Check = true, true
	_, told := runs(t, root, gzipOnly)
	expect(t, "told", []string{"b.txt.gz: wrong", "c.txt.gz: wrong", "d.txt.gz: wrong"}, told)
	gzipOnly.Check = false
	_, changes = runs(t, root, gzipOnly)
	expect(t, "changes of a run that verifies", told, changes)
	all = snapshot(t, root)
	expect(t, "a.txt.gz", entry{0o644, newer, string(right)}, all["a.txt.gz"])
	for _, name := range []string{"b.txt", "c.txt", "d.txt", "e.txt"} {
		if content, err := decode(t, semantics.Gzip, []byte(all[name+".gz"].Content)); err != nil || string(content) != all[name].Content {
			t.Errorf("%s.gz does not hold its source: %v", name, err)
		}
	}
}

// TestLinksInPlaceOfSidecars sees that nothing is written or removed through a symlink.
func TestLinksInPlaceOfSidecars(t *testing.T) {
	root, away := plant(t, "a.txt", "b.txt", "c.txt"), t.TempDir()
	write(t, away, "target", []byte("somebody's"), past)
	for name, target := range map[string]string{"a.txt.gz": filepath.Join(away, "target"), "b.txt.gz": "nowhere", "c.txt.gz": "b.txt"} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Skip(err)
		}
	}
	before, beforeAway := snapshot(t, root), snapshot(t, away)
	for _, o := range []Options{{}, {Verify: true}, {Remove: true}} {
		o.Codings = []string{"gzip"}
		s, changes := runs(t, root, o)
		expect(t, "changes", nil, changes)
		expect(t, "left alone", 3, s.LeftAlone())
	}
	expect(t, "tree", before, snapshot(t, root))
	expect(t, "what is outside", beforeAway, snapshot(t, away))
}

// TestFolderThatIsSwapped sees that a directory in whose place a symlink has come is not
// entered.
func TestFolderThatIsSwapped(t *testing.T) {
	root := plant(t, "a/b/c.txt", "a/other/c.txt", "other/b/c.txt")
	top, err := os.OpenRoot(root)
	if err != nil {
		t.Fatal(err)
	}
	defer top.Close()
	f, err := openFolder(top, "a/b")
	if err != nil {
		t.Fatal(err)
	}
	f.root.Close()
	for _, swap := range [][2]string{{"other", "a/b"}, {"../other/b", "a/b"}, {"other", "a"}} {
		name := filepath.Join(root, swap[1])
		os.RemoveAll(name)
		if err := os.Symlink(swap[0], name); err != nil {
			t.Skip(err)
		}
		if f, err := openFolder(top, "a/b"); err == nil {
			t.Errorf("with %s for %s: %s was opened", swap[0], swap[1], f.root.Name())
		}
	}
}

// TestOpen sees that only what is a regular file by its own name is opened, and nothing is
// waited for.
func TestOpen(t *testing.T) {
	root := plant(t, "a.txt", "d/b.txt")
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
	names := []string{"d", "nothing"}
	if os.Symlink("a.txt", filepath.Join(root, "link.txt")) == nil {
		names = append(names, "link.txt")
	}
	if mkfifo, err := exec.LookPath("mkfifo"); err == nil {
		if err := exec.Command(mkfifo, filepath.Join(root, "pipe.txt")).Run(); err != nil {
			t.Fatal(err)
		}
		names = append(names, "pipe.txt")
	}
	for _, name := range names {
		if file, _, err := f.open(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v, %v", name, file, err)
		}
	}
	if _, changes := runs(t, root, Options{Codings: []string{"gzip"}}); len(changes) != 2 {
		t.Errorf("changes: %q", changes)
	}
}
