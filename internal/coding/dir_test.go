package coding

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/salver-http/salver/internal/semantics"

	"github.com/salver-http/salver/internal/turns"
)

func openTestDir(t *testing.T, path string, bytes int64) *Dir {
	t.Helper()
	d, err := OpenDir(path, bytes)
	if err != nil {
		t.Fatal(err)
	}
	d.OnError = func(err error) { t.Error(err) }
	t.Cleanup(func() { d.Close() })
	return d
}

// files are the names in the directory, with their sizes.
func files(t *testing.T, path string) map[string]int64 {
	t.Helper()
	entries, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[string]int64{}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		sizes[e.Name()] = info.Size()
	}
	return sizes
}

// testForm is a form that nobody decodes.
func testForm(c semantics.Coding, seed uint64, length int) *Form {
	return newForm(c, noise(seed, length))
}

func TestDir(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "cache")
	d := openTestDir(t, path, 1<<20)
	long, short := testForm(semantics.Zstd, 1, 5000), testForm(semantics.Gzip, 2, 3000)
	d.put("digest", long)
	d.put("digest", short)
	d.put("Digest", testForm(semantics.Gzip, 3, 100))
	again := openTestDir(t, path, 1<<20)
	for _, d := range []*Dir{d, again} {
		for want, form := range map[Set]*Form{
			all: short, SetOf(semantics.Zstd): long, SetOf(semantics.Brotli, semantics.Zstd): long,
			SetOf(semantics.Brotli): nil, 0: nil,
		} {
			f := d.get("digest", want)
			switch {
			case f == nil && form == nil:
			case f == nil || form == nil:
				t.Errorf("%b: got %v", want, f)
			case f.Coding != form.Coding || f.Sum != form.Sum || !bytes.Equal(f.Bytes, form.Bytes):
				t.Errorf("%b: got %s of %d bytes", want, f.Coding, len(f.Bytes))
			}
		}
		if f := d.get("another", all); f != nil {
			t.Error("another digest has the same form")
		}
	}
	for name := range files(t, path) {
		if whole, _ := ours(name); !whole {
			t.Errorf("%s is left", name)
		}
	}
	if runtime.GOOS == "windows" {
		return
	}
	for name, want := range map[string]fs.FileMode{".": fs.ModeDir | 0o700, fileName("digest", semantics.Gzip): 0o600} {
		if info, err := os.Stat(filepath.Join(path, name)); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

// A file that differs in any byte from what was written, or in its length, or is under
// another name, is not believed, and goes.
func TestDirDamaged(t *testing.T) {
	path := t.TempDir()
	d := openTestDir(t, path, 1<<20)
	form := testForm(semantics.Brotli, 1, 200)
	d.put("digest", form)
	name := filepath.Join(path, fileName("digest", form.Coding))
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, bad []byte) {
		t.Helper()
		if err := os.WriteFile(name, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if d.get("digest", all) != nil {
			t.Errorf("%s: it is believed", what)
		}
		if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: it is kept", what)
		}
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1 << (i % 8)
		check(fmt.Sprint("byte ", i), bad)
		check(fmt.Sprint("cut at ", i), good[:i])
	}
	check("longer", append(bytes.Clone(good), 0))
	check("another magic", append([]byte("SALVER"), good[6:]...))
	d.put("other", form)
	other, err := os.ReadFile(filepath.Join(path, fileName("other", form.Coding)))
	if err != nil {
		t.Fatal(err)
	}
	check("of another content", other)
	d.put("digest", testForm(semantics.Zstd, 1, 200))
	other, err = os.ReadFile(filepath.Join(path, fileName("digest", semantics.Zstd)))
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(filepath.Join(path, fileName("digest", semantics.Zstd)))
	check("of another coding", other)
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, longest+1000); err != nil {
		t.Fatal(err)
	}
	if d.get("digest", all) != nil {
		t.Error("too long, and it is believed")
	}
	d.put("digest", form)
	if f := d.get("digest", all); f == nil || !bytes.Equal(f.Bytes, form.Bytes) {
		t.Error("what was written anew is not there")
	}
}

// What is no regular file is neither waited for nor followed out of the directory.
func TestDirSpecial(t *testing.T) {
	path := t.TempDir()
	d := openTestDir(t, path, 1<<20)
	form := testForm(semantics.Gzip, 1, 200)
	d.put("digest", form)
	name := filepath.Join(path, fileName("digest", form.Coding))
	outside := filepath.Join(t.TempDir(), "file")
	if err := os.Rename(name, outside); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, name); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	if d.get("digest", all) != nil {
		t.Error("a link out of the directory was followed")
	}
	if _, err := os.Stat(outside); err != nil {
		t.Error("what a link leads to was removed")
	}
	if err := os.Mkdir(name, 0o700); err != nil {
		t.Fatal(err)
	}
	if d.get("digest", all) != nil {
		t.Error("a directory was believed")
	}
}

// Those used longest ago go: when the directory is opened, and when too much is written.
func TestDirPrune(t *testing.T) {
	path := t.TempDir()
	d := openTestDir(t, path, 1<<20)
	used := time.Now().Add(-20 * time.Hour)
	for i := range 10 {
		d.put(fmt.Sprint(i), testForm(semantics.Gzip, uint64(i), 1000))
		at := used.Add(time.Duration(i) * time.Hour)
		if err := os.Chtimes(filepath.Join(path, fileName(fmt.Sprint(i), semantics.Gzip)), at, at); err != nil {
			t.Fatal(err)
		}
	}
	foreign := map[string]int64{}
	for i, name := range []string{"notes.txt", "x.gz", strings.Repeat("a", 32) + ".gz", fileName("a", semantics.Gzip) + ".bak", "sub.tmp"} {
		foreign[name] = int64(3000 + i)
		if err := os.WriteFile(filepath.Join(path, name), noise(1, 3000+i), 0o600); err != nil {
			t.Fatal(err)
		}
		os.Chtimes(filepath.Join(path, name), used.Add(-time.Hour), used.Add(-time.Hour))
	}
	abandonedTemp, freshTemp := fileName("a", semantics.Gzip)+".AB2.tmp", fileName("b", semantics.Gzip)+".AB2.tmp"
	os.WriteFile(filepath.Join(path, abandonedTemp), nil, 0o600)
	os.Chtimes(filepath.Join(path, abandonedTemp), used, used)
	os.WriteFile(filepath.Join(path, freshTemp), nil, 0o600)
	if d.get("0", all) == nil { // which is used now
		t.Fatal("the first one is not there")
	}
	d = openTestDir(t, path, 5*(1000+int64(headSize)))
	check := func(kept ...string) {
		t.Helper()
		got := files(t, path)
		for name, size := range foreign {
			if got[name] != size {
				t.Errorf("%s has %d bytes of %d", name, got[name], size)
			}
			delete(got, name)
		}
		for _, digest := range kept {
			name := fileName(digest, semantics.Gzip)
			if _, ok := got[name]; !ok {
				t.Errorf("%s is gone", digest)
			}
			delete(got, name)
		}
		delete(got, freshTemp)
		for name := range got {
			t.Errorf("%s is kept", name)
		}
	}
	check("0", "6", "7", "8", "9")
	d.put("new", testForm(semantics.Gzip, 99, 1000))
	check("0", "8", "9", "new") // an eighth is free then
}

// The directory stays within its limit however much is written, by several as well.
func TestDirBounded(t *testing.T) {
	path := t.TempDir()
	const limit = 50_000
	dirs := []*Dir{openTestDir(t, path, limit), openTestDir(t, path, limit)}
	var wg sync.WaitGroup
	for g, d := range dirs {
		wg.Go(func() {
			for i := range 300 {
				digest := fmt.Sprint(g, i%200)
				d.put(digest, testForm(semantics.Gzip, uint64(i), 500+i))
				d.get(digest, all)
			}
		})
	}
	wg.Wait()
	sum := int64(0)
	for name, size := range files(t, path) {
		if whole, _ := ours(name); !whole {
			t.Errorf("%s is left", name)
		}
		sum += size
	}
	if sum > 2*limit || sum < limit/2 {
		t.Errorf("%d bytes of %d", sum, limit)
	}
}

func TestOurs(t *testing.T) {
	name := fileName("digest", semantics.Brotli)
	for name, want := range map[string][2]bool{
		name:                  {true, false},
		name + ".ABC234.tmp":  {false, true},
		name + ".tmp":         {},
		name + ".A.B.tmp":     {},
		name + ".bak":         {},
		"x" + name:            {},
		strings.ToUpper(name): {},
		strings.Replace(name, "-"+madeBy, "-17", 1): {true, false},
		strings.Replace(name, "-"+madeBy, "-", 1):   {},
		strings.Replace(name, "-"+madeBy, "-x", 1):  {},
		strings.Replace(name, ".br", ".xz", 1):      {},
		strings.Replace(name, ".br", "", 1):         {},
		"":                                          {},
		"index.html.gz":                             {},
	} {
		if whole, temporary := ours(name); whole != want[0] || temporary != want[1] {
			t.Errorf("%q: %v, %v", name, whole, temporary)
		}
	}
}

func TestOpenDirFails(t *testing.T) {
	path := t.TempDir()
	file := filepath.Join(path, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{file, filepath.Join(file, "below")} {
		if d, err := OpenDir(name, 1000); err == nil {
			d.Close()
			t.Errorf("%s is a directory", name)
		}
	}
	if runtime.GOOS == "windows" {
		return
	}
	if err := os.Chmod(path, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenDir(path, 1000); err == nil || !strings.Contains(err.Error(), "chmod o-w") {
		t.Errorf("everybody may write there: %v", err)
	}
}

// A failure to write is told once, and changes no answer.
func TestDirCannotWrite(t *testing.T) {
	d := openTestDir(t, filepath.Join(t.TempDir(), "cache"), 1<<20)
	var told []error
	d.OnError = func(err error) { told = append(told, err) }
	d.Close()
	for range 3 {
		d.put("digest", testForm(semantics.Gzip, 1, 100))
		if d.get("digest", all) != nil {
			t.Error("a form from nowhere")
		}
	}
	if len(told) != 1 || !strings.Contains(told[0].Error(), d.path) {
		t.Errorf("told %v", told)
	}
	d.OnError, d.once = nil, sync.Once{}
	d.put("digest", testForm(semantics.Gzip, 1, 100))
}

// What was improved is there after a restart, without loading or compressing; what is
// damaged meanwhile is made anew.
func TestStoreRestart(t *testing.T) {
	path := t.TempDir()
	l := &loader{content: page(40_000)}
	var best *Form
	run := func(t *testing.T, f func(t *testing.T, s *Store, encoded *atomic.Int32)) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			s := newTestStore(t, 1<<20, openTestDir(t, path, 1<<20))
			encode, encoded := s.encode, new(atomic.Int32)
			s.encode = func(c semantics.Coding, l Level, content io.Reader, length int, turns *turns.Turns) ([]byte, error) {
				encoded.Add(1)
				return encode(c, l, content, length, turns)
			}
			t.Cleanup(settle)
			f(t, s, encoded)
		})
	}
	run(t, func(t *testing.T, s *Store, encoded *atomic.Int32) {
		get(t, s, "a", all, l)
		get(t, s, "a", all, l)
		settle()
		best = get(t, s, "a", all, l)
		if n := encoded.Load(); n != 2 || best.Coding != semantics.Brotli {
			t.Errorf("encoded %d times, the last time %s", n, best.Coding)
		}
	})
	if got := files(t, path); len(got) != 1 || got[fileName("a", semantics.Brotli)] != int64(headSize+len(best.Bytes)) {
		t.Errorf("on disk are %v", got)
	}
	run(t, func(t *testing.T, s *Store, encoded *atomic.Int32) {
		for range 3 {
			f := get(t, s, "a", all, l)
			if f.Coding != best.Coding || f.Sum != best.Sum || f.Stale().Load() {
				t.Errorf("got %s of %d bytes", f.Coding, len(f.Bytes))
			}
			settle()
		}
		if n := encoded.Load(); n != 0 || l.times.Load() != 1 {
			t.Errorf("encoded %d times, loaded %d", n, l.times.Load())
		}
		// Who does not accept what is there gets something else; it does not take its place.
		get(t, s, "a", onlyGzip, l)
		if n := encoded.Load(); n != 1 {
			t.Errorf("encoded %d times", n)
		}
	})
	run(t, func(t *testing.T, s *Store, encoded *atomic.Int32) {
		// A form is there that a better one on disk supersedes.
		quick := get(t, s, "a", SetOf(semantics.Zstd), l)
		if f := get(t, s, "a", all, l); f != quick {
			t.Errorf("got %s", f.Coding)
		}
		settle()
		if f := get(t, s, "a", all, l); f.Sum != best.Sum || !quick.Stale().Load() {
			t.Errorf("got %s of %d bytes", f.Coding, len(f.Bytes))
		}
		if n := encoded.Load(); n != 1 {
			t.Errorf("encoded %d times", n)
		}
	})
	if err := os.WriteFile(filepath.Join(path, fileName("a", semantics.Brotli)), []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, func(t *testing.T, s *Store, encoded *atomic.Int32) {
		get(t, s, "a", all, l)
		get(t, s, "a", all, l)
		settle()
		if f := get(t, s, "a", all, l); f.Sum != best.Sum || encoded.Load() != 2 {
			t.Errorf("got %s of %d bytes", f.Coding, len(f.Bytes))
		}
	})
}
