package precompress

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/salver-http/salver/internal/coding"
	"github.com/salver-http/salver/internal/semantics"
)

// prose is text that shrinks, the same for a seed.
func prose(seed uint64, size int) []byte {
	words := strings.Fields("a plate of silver for letters and glasses is handed round by somebody who stands behind while others sit and talk <p> </p> { } ; function return")
	r := rand.New(rand.NewPCG(seed, 0))
	var b bytes.Buffer
	for b.Len() < size {
		b.WriteString(words[r.IntN(len(words))])
		b.WriteByte(" \n"[r.IntN(2)])
	}
	return b.Bytes()[:size]
}

// soon is a streamAbove for tests, and lengthy what is longer.
const soon = 300 << 10

func lengthy() []byte { return prose(1, soon+1) }

// noise does not shrink.
func noise(size int) []byte {
	b := make([]byte, size)
	r := rand.NewChaCha8([32]byte{})
	r.Read(b)
	return b
}

// past is when the files of a tree were written, not to the second.
var past = time.Date(2020, 2, 29, 12, 30, 45, 123456789, time.UTC)

func write(t testing.TB, root, name string, content []byte, modified time.Time) {
	t.Helper()
	path := filepath.Join(root, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, content, 0o644), os.Chtimes(path, modified, modified)); err != nil {
		t.Fatal(err)
	}
}

// plant makes a tree of files that have one content each.
func plant(t testing.TB, names ...string) string {
	t.Helper()
	root := t.TempDir()
	for i, name := range names {
		write(t, root, name, prose(uint64(i), 2000), past)
	}
	return root
}

// entry is what is seen of a file.
type entry struct {
	Mode     fs.FileMode
	Modified time.Time
	Content  string
}

// snapshot reads all of a tree, and the time of its directories.
func snapshot(t testing.TB, root string) map[string]entry {
	t.Helper()
	all := make(map[string]entry)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		info, err := d.Info()
		if err != nil {
			return err
		}
		e := entry{Mode: info.Mode(), Modified: info.ModTime().UTC()}
		if info.Mode().IsRegular() {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			e.Content = string(b)
		}
		all[filepath.ToSlash(name)] = e
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func decode(t testing.TB, c semantics.Coding, coded []byte) ([]byte, error) {
	t.Helper()
	r, err := coding.NewReader(c, bytes.NewReader(coded))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	return io.ReadAll(r)
}

// sidecars returns the sidecars there are, sorted, and fails for one that is not whole or
// not like its source, and for a temporary unless they may be there.
func sidecars(t testing.TB, root string, temporaries bool) (names []string) {
	t.Helper()
	all := snapshot(t, root)
	for name, e := range all {
		if isTemporary(filepath.Base(name)) {
			if !temporaries {
				t.Errorf("%s was left", name)
			}
			continue
		}
		for _, c := range coding.All {
			source, ok := strings.CutSuffix(name, coding.Suffix(c))
			if !ok || !e.Mode.IsRegular() {
				continue
			}
			names = append(names, name)
			if content, err := decode(t, c, []byte(e.Content)); err != nil || string(content) != all[source].Content {
				t.Errorf("%s does not hold its source: %v", name, err)
			}
			if !e.Modified.Equal(all[source].Modified) || e.Mode != all[source].Mode {
				t.Errorf("%s has time %v and mode %v, its source %v and %v", name, e.Modified, e.Mode, all[source].Modified, all[source].Mode)
			}
			if len(e.Content) >= len(all[source].Content) {
				t.Errorf("%s is not shorter", name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// each returns every name with the suffix of every coding, sorted.
func each(names ...string) (all []string) {
	for _, name := range names {
		for _, c := range coding.All {
			all = append(all, name+coding.Suffix(c))
		}
	}
	slices.Sort(all)
	return all
}

// runs calls Run, and returns what was changed, sorted, as "sidecar: reason".
func runs(t testing.TB, root string, o Options) (Summary, []string) {
	t.Helper()
	var changes []string
	o.Changed = func(name string, why Reason) { changes = append(changes, name+": "+why.String()) }
	s, err := Run(t.Context(), root, o)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(changes)
	return s, changes
}

func expect[T any](t testing.TB, what string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func with(suffix string, names []string) (all []string) {
	for _, name := range names {
		all = append(all, name+suffix)
	}
	return all
}

func TestRun(t *testing.T) {
	odd := "odd/b.js"
	if runtime.GOOS == "linux" {
		odd = "odd\xff/b.js" // any bytes are a name there
	}
	root := plant(t, "index.html", "a.css", "deep/er/data.json", odd, "UPPER.HTML",
		"photo.jpg", "archive.tar", "page.html.gz.txt", "drawing.svgz", "unknown",
		".hidden.html", ".dir/a.html", ".well-known/a.json", "deep/.well-known/b.json", ".git/config.json", ".env.json", "id_rsa")
	write(t, root, "short.txt", prose(0, MinSize-1), past)
	write(t, root, "enough.txt", prose(0, MinSize), past)
	write(t, root, "noise.txt", noise(4000), past)
	os.Chmod(filepath.Join(root, "a.css"), 0o640)
	links := map[string]string{"link.html": "index.html", "linked": "deep", "away": t.TempDir()}
	for name, target := range links {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Logf("no symlinks here: %v", err)
		}
	}
	visible := each("index.html", "a.css", "deep/er/data.json", odd, "UPPER.HTML", "page.html.gz.txt", ".well-known/a.json", "enough.txt")

	s, changes := runs(t, root, Options{Jobs: 3})
	expect(t, "sidecars", visible, sidecars(t, root, false))
	expect(t, "changes", with(": missing", visible), changes)
	want := Summary{Files: 9}
	for _, c := range s.Codings {
		want.Codings = append(want.Codings, CodingSummary{Coding: c.Coding, Written: 8, Unshrunken: 1, Before: 7*2000 + MinSize, After: c.After})
		if c.Saved() < 0.5 || c.Saved() > 0.9 {
			t.Errorf("%s saved %v", c.Coding, c.Saved())
		}
	}
	expect(t, "summary", want, s)

	before := snapshot(t, root)
	s, changes = runs(t, root, Options{Verify: true})
	expect(t, "changes of a second run", nil, changes)
	expect(t, "tree after a second run", before, snapshot(t, root))
	if s.UpToDate() != len(visible) || s.Written() != 0 {
		t.Errorf("second run: %+v", s)
	}

	// One file is touched, and one of the codings is asked for.
	write(t, root, "deep/er/data.json", prose(99, 3000), past.Add(time.Nanosecond))
	_, changes = runs(t, root, Options{Codings: []string{"br"}})
	expect(t, "changes after a touch", []string{"deep/er/data.json.br: out of date"}, changes)
	_, changes = runs(t, root, Options{})
	expect(t, "changes in the other codings", []string{"deep/er/data.json.gz: out of date", "deep/er/data.json.zst: out of date"}, changes)
	expect(t, "sidecars after a touch", visible, sidecars(t, root, false))

	_, changes = runs(t, root, Options{Hidden: true})
	expect(t, "hidden", with(": missing", each(".dir/a.html", ".hidden.html", "deep/.well-known/b.json")), changes)
}

func TestRunMediaTypes(t *testing.T) {
	root := plant(t, "a.unheard", "b.txt", "c.pem")
	write(t, root, "key.pem", append([]byte("-----BEGIN PRIVATE KEY-----\n"), prose(1, 1000)...), past)
	_, changes := runs(t, root, Options{Codings: []string{"gzip", "gzip"}, MediaTypes: map[string]string{".unheard": "text/plain", ".txt": "image/png", ".pem": "text/plain"}})
	expect(t, "changes", []string{"a.unheard.gz: missing", "c.pem.gz: missing"}, changes)
}

func TestOptionErrors(t *testing.T) {
	root := plant(t, "a.txt")
	_, err := Run(t.Context(), root, Options{Codings: []string{"gzip", "lzma", "x"}, Jobs: -1, MediaTypes: map[string]string{"txt": "text/plain"}, Check: true, Remove: true})
	want := strings.Join([]string{
		`precompress: Options.Codings: "lzma" is none of zstd, br, gzip`,
		`"x" is none of zstd, br, gzip`,
		`precompress: Options.MediaTypes: extension "txt" (for "text/plain") does not begin with a dot`,
		"precompress: Options.Jobs: is negative",
		"precompress: Options.Remove: goes with neither Check nor Verify",
	}, "\n")
	expect(t, "error", want, fmt.Sprint(err))
	if e := new(OptionError); !errors.As(err, &e) || e.Field != "Codings" {
		t.Errorf("%v is no OptionError of Codings", err)
	}
	expect(t, "sidecars", nil, sidecars(t, root, false))
	for _, dir := range []string{filepath.Join(root, "a.txt"), filepath.Join(root, "nowhere")} {
		if _, err := Run(t.Context(), dir, Options{}); err == nil {
			t.Errorf("%s: no error", dir)
		}
	}
}

// TestCheck compares what a check tells with what a run does, and sees that the check did
// nothing.
func TestCheck(t *testing.T) {
	root := plant(t, "a.html", "b/c.js", "d.txt", "e.txt")
	runs(t, root, Options{})
	write(t, root, "b/c.js", prose(7, 2500), past.Add(time.Hour))
	write(t, root, "d.txt", noise(1000), past.Add(time.Hour))
	write(t, root, "e.txt", prose(7, 100), past.Add(time.Hour))
	write(t, root, "f.txt", prose(8, 1000), past)
	write(t, root, "g.txt", noise(1000), past)
	write(t, root, "."+"f.txt.br"+temporaryMark+"abcdefgh", nil, past)
	before := snapshot(t, root)
	checked, told := runs(t, root, Options{Check: true})
	expect(t, "tree after a check", before, snapshot(t, root))
	want := slices.Concat(with(": out of date", each("b/c.js")), with(": useless", each("d.txt", "e.txt")), with(": missing", each("f.txt")))
	expect(t, "told", want, told)
	done, changes := runs(t, root, Options{})
	expect(t, "what was told, and what was done", told, changes)
	checked.Temporaries = 1
	expect(t, "summary of a check, and of a run", checked, done)
	expect(t, "sidecars", each("a.html", "b/c.js", "f.txt"), sidecars(t, root, false))
	_, told = runs(t, root, Options{Check: true, Verify: true})
	expect(t, "told of what is done", nil, told)
}

func TestTemporaries(t *testing.T) {
	root := plant(t, "a.txt", "b/a.txt")
	gone := []string{".a.txt.zst.salver-abcdefgh", "b/.x.br.salver-22222222", ".a.gz.salver-a2b3c4d5"}
	stays := []string{"a.txt.zst.salver-abcdefgh", ".a.txt.zst.salver-abcdefg1", ".a.txt.zst.salver-abcdefg", ".a.txt.zst.salver-", ".a.txt.xz.salver-abcdefgh", "..zst-salver-abcdefgh", ".zst.salver-abcdefgh", ".git/.a.gz.salver-abcdefgh"}
	for _, name := range append(gone, stays...) {
		write(t, root, name, []byte("half"), past)
	}
	if err := os.Mkdir(filepath.Join(root, ".d.gz.salver-abcdefgh"), 0o777); err != nil {
		t.Fatal(err)
	}
	s, _ := runs(t, root, Options{})
	expect(t, "temporaries", len(gone), s.Temporaries)
	all := snapshot(t, root)
	for _, name := range gone {
		if _, there := all[name]; there {
			t.Errorf("%s is still there", name)
		}
	}
	for _, name := range append(stays, ".d.gz.salver-abcdefgh") {
		if _, there := all[name]; !there {
			t.Errorf("%s was removed", name)
		}
	}
	for range 100 {
		for _, source := range []string{"a", strings.Repeat("a", 251), "é.txt"} {
			if name := temporaryName(source, ".zst"); !isTemporary(name) || len(name) > longestName {
				t.Errorf("%q is no name for a temporary", name)
			}
		}
	}
}

func TestRemove(t *testing.T) {
	root := plant(t, "a.html", "b/c.js", "d.txt", "e.txt", "sole.txt.gz", "photo.png", "photo.png.gz", ".hidden.html")
	before := snapshot(t, root)
	runs(t, root, Options{Hidden: true})
	write(t, root, "b/c.js", prose(9, 2500), past.Add(time.Hour)) // its sidecars are out of date
	write(t, root, "d.txt.gz", []byte("newer"), past.Add(time.Hour))
	write(t, root, "e.txt.gz", []byte("older, and of another format"), past.Add(-time.Hour))
	s, changes := runs(t, root, Options{Remove: true, Codings: []string{"gzip", "br"}})
	var want []string
	for _, name := range slices.Concat(each("a.html", "b/c.js", "d.txt", "e.txt")) {
		if !strings.HasSuffix(name, ".zst") && name != "d.txt.gz" && name != "e.txt.gz" {
			want = append(want, name+": unwanted")
		}
	}
	expect(t, "changes", want, changes)
	if s.Removed() != 6 || s.LeftAlone() != 1 {
		t.Errorf("%+v", s)
	}
	runs(t, root, Options{Remove: true, Hidden: true})
	after := snapshot(t, root)
	for _, name := range []string{"d.txt.gz", "e.txt.gz"} {
		if _, there := after[name]; !there {
			t.Errorf("%s was removed", name)
		}
		delete(after, name)
	}
	for _, name := range []string{".", "b", "b/c.js"} {
		delete(before, name)
		delete(after, name)
	}
	expect(t, "tree", before, after)
}

func TestProgress(t *testing.T) {
	root := plant(t, "a.html", "b.js", "c.txt")
	write(t, root, "long.json", lengthy(), past)
	var mu sync.Mutex
	var last, all int64
	calls := 0
	_, err := Run(t.Context(), root, Options{streamAbove: soon, Codings: []string{"zstd", "gzip"}, Progress: func(done, total int64) {
		if !mu.TryLock() {
			t.Error("called twice at once")
		}
		defer mu.Unlock()
		if done < last || calls > 0 && total != all {
			t.Errorf("%d of %d after %d of %d", done, total, last, all)
		}
		last, all = done, total
		calls++
	}})
	if err != nil {
		t.Fatal(err)
	}
	if want := int64(2 * (3*2000 + soon + 1)); last != want || all != want || calls < 10 {
		t.Errorf("%d calls end with %d of %d, want %d", calls, last, all, want)
	}
}

// TestCancel ends runs in the middle. What is there then is whole, and the next one goes on.
func TestCancel(t *testing.T) {
	var names []string
	for i := range 12 {
		names = append(names, fmt.Sprintf("d%d/%d.txt", i%3, i))
	}
	root := plant(t, names...)
	write(t, root, "long.json", lengthy(), past)
	for stopAt := 1; ; stopAt += 4 {
		ctx, cancel := context.WithCancel(t.Context())
		changed, progress := 0, 0
		s, err := Run(ctx, root, Options{
			streamAbove: soon, Codings: []string{"zstd", "gzip"}, Jobs: 2,
			Changed: func(string, Reason) {
				if changed++; changed == stopAt {
					cancel()
				}
			},
			Progress: func(done, total int64) {
				if progress++; stopAt == 1 && progress == 3 { // in the middle of the long one
					cancel()
				}
			},
		})
		done := ctx.Err() == nil
		cancel()
		there := len(sidecars(t, root, false))
		if s.Written()+s.UpToDate() > there || stopAt == 1 && there >= 26 {
			t.Errorf("%d written and %d up to date of %d", s.Written(), s.UpToDate(), there)
		}
		if done {
			if err != nil || there != 26 {
				t.Errorf("%d sidecars: %v", there, err)
			}
			return
		}
		if e := new(fs.PathError); !errors.Is(err, context.Canceled) || errors.As(err, &e) || s.Failed > 0 {
			t.Errorf("the error is %v", err)
		}
	}
}

// TestErrors sees that what fails is told, once each, and that the rest is done.
func TestErrors(t *testing.T) {
	root := plant(t, "a.txt", "z/b.txt")
	long := strings.Repeat("n", 248) + ".txt" // a name that leaves room for .gz, but not for .zst
	write(t, root, long, prose(1, 1000), past)
	s, err := Run(t.Context(), root, Options{})
	if e := new(fs.PathError); !errors.As(err, &e) || e.Path != long || s.Failed != 1 {
		t.Errorf("%d failed: %v", s.Failed, err)
	}
	want := append(each("a.txt", "z/b.txt"), long+".br", long+".gz")
	slices.Sort(want)
	expect(t, "sidecars", want, sidecars(t, root, false))
}
