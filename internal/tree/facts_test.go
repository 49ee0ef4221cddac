package tree

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/salver-http/salver/internal/semantics"
)

// naiveFacts is what examination finds, for content at hand.
func naiveFacts(content []byte) Facts {
	sum := sha256.Sum256(content)
	d := base64.RawURLEncoding.EncodeToString(sum[:16])
	return Facts{
		Tag:    `"` + semantics.Tag(d) + `"`,
		UTF8:   utf8.Valid(content),
		Gzip:   bytes.HasPrefix(content, []byte{0x1f, 0x8b}),
		digest: d,
	}
}

func FuzzExamination(f *testing.F) {
	f.Add([]byte("plain"), 2)
	f.Add([]byte("gr\u00fc\u00df \u20ac \U0001f600"), 1)
	f.Add([]byte("\xe2\x82"), 1)
	f.Add([]byte("\xf0\x9f\x98\x80\x80"), 3)
	f.Add([]byte("\x1f\x8b\x08"), 1)
	f.Add([]byte{}, 1)
	f.Fuzz(func(t *testing.T, content []byte, step int) {
		if step < 1 || step > 1<<16 {
			step = 1
		}
		e := newExamination()
		for rest := content; len(rest) > 0; {
			n := min(step, len(rest))
			e.Write(rest[:n])
			rest = rest[n:]
		}
		if diff := cmp.Diff(naiveFacts(content), *e.facts(), cmp.AllowUnexported(Facts{})); diff != "" {
			t.Errorf("in steps of %d:\n%s", step, diff)
		}
	})
}

// factsOf resolves a path and examines what is there.
func factsOf(t *testing.T, tr *Tree, path string, buf []byte) (Facts, []byte) {
	t.Helper()
	res, err := tr.Resolve(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.File.Close()
	facts, content, err := tr.Facts(res.File, buf)
	if err != nil {
		t.Fatal(err)
	}
	return *facts, bytes.Clone(content)
}

func put(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(name, content, 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestFacts(t *testing.T) {
	dir := t.TempDir()
	long := bytes.Repeat([]byte("0123456789abcde\n"), HashLimit/16)
	put(t, filepath.Join(dir, "small"), []byte("hello\n"))
	put(t, filepath.Join(dir, "empty"), nil)
	put(t, filepath.Join(dir, "limit"), long)
	put(t, filepath.Join(dir, "latin1"), []byte("gr\xfcn"))
	put(t, filepath.Join(dir, "gz"), []byte("\x1f\x8b\x08"))
	put(t, filepath.Join(dir, "large"), append(long, '\xff'))
	fresh := at(time.Now())
	when := time.Date(2024, 1, 2, 3, 4, 5, 678, time.UTC)
	if err := os.Chtimes(filepath.Join(dir, "large"), when, when); err != nil {
		t.Fatal(err)
	}
	for kind, k := range kinds() {
		tr, err := newTree(dir, Options{}, k)
		if err != nil {
			t.Fatal(err)
		}
		tr.now = fresh
		for _, name := range []string{"small", "empty", "limit", "latin1", "gz"} {
			content, _ := os.ReadFile(filepath.Join(dir, name))
			for _, size := range []int{0, 64 << 10} {
				got, read := factsOf(t, tr, "/"+name, make([]byte, size))
				if diff := cmp.Diff(naiveFacts(content), got, cmp.AllowUnexported(Facts{}), cmpopts.IgnoreFields(Facts{}, "Modified")); diff != "" {
					t.Errorf("%s: %s:\n%s", kind, name, diff)
				}
				if len(content) <= size && !bytes.Equal(read, content) {
					t.Errorf("%s: %s: Facts read %q", kind, name, read)
				}
			}
		}
		got, _ := factsOf(t, tr, "/large", nil)
		want := Facts{Tag: `W/"4zsox-s6m5ut.iu"`, UTF8: true, Modified: "Tue, 02 Jan 2024 03:04:05 GMT"}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Facts{})); diff != "" {
			t.Errorf("%s: large and fresh:\n%s", kind, diff)
		}
		tr.now = later
		want.Tag = want.Tag[2:]
		got, _ = factsOf(t, tr, "/large", nil)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Facts{})); diff != "" {
			t.Errorf("%s: large and settled:\n%s", kind, diff)
		}
	}
}

// at is a clock that stands still.
func at(t time.Time) func() time.Time { return func() time.Time { return t } }

// later is a clock by which every file of a test has settled.
func later() time.Time { return time.Now().Add(time.Hour) }

// TestFactsFresh rewrites a file in place, with the same length and the same
// modification time: its facts are new at once, remembered or not.
func TestFactsFresh(t *testing.T) {
	name := filepath.Join(t.TempDir(), "f")
	when := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	for kind, k := range kinds() {
		for clock, now := range map[string]func() time.Time{"fresh": at(time.Now()), "settled": later} {
			tr, err := newTree(filepath.Dir(name), Options{}, k)
			if err == nil {
				tr.now = now
				for i := range 50 {
					content := []byte(strings.Repeat(string(rune('a'+i%26)), 10))
					put(t, name, content)
					if clock == "fresh" {
						os.Chtimes(name, when, when)
					}
					for range 2 {
						if got, _ := factsOf(t, tr, "/f", nil); got.Tag != naiveFacts(content).Tag {
							t.Fatalf("%s, %s: after change %d the tag is of other content", kind, clock, i)
						}
					}
				}
			}
		}
	}
}

func TestFactsRemembered(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "f"), []byte("content"))
	tr, err := New(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	tr.now = at(time.Now())
	buf := make([]byte, 100)
	if _, read := factsOf(t, tr, "/f", buf); read == nil {
		t.Error("content was not read the first time")
	}
	if _, read := factsOf(t, tr, "/f", buf); read == nil {
		t.Error("facts of a file that has not settled were remembered")
	}
	tr.now = later
	factsOf(t, tr, "/f", buf)
	if _, read := factsOf(t, tr, "/f", buf); read != nil {
		t.Error("facts of a file that has settled were not remembered")
	}
}

func TestSettled(t *testing.T) {
	now := time.Unix(1000, 0)
	at := func(sec int64) Instant { return Instant{Sec: sec} }
	for _, c := range []struct {
		s    Stamp
		want bool
	}{
		{Stamp{}, false},
		{Stamp{CTime: at(1)}, true}, // a build that stamps every file with 0
		{Stamp{CTime: at(999)}, false},
		{Stamp{MTime: at(1)}, true},
		{Stamp{MTime: at(997)}, true},
		{Stamp{MTime: at(998)}, false},
		{Stamp{MTime: at(2000)}, false},
		{Stamp{MTime: at(1), CTime: at(999)}, false},
		{Stamp{MTime: at(2000), CTime: at(1)}, true}, // the future was set by hand, long ago
	} {
		if got := c.s.settled(now); got != c.want {
			t.Errorf("%+v: settled is %v", c.s, got)
		}
	}
}

func TestMemory(t *testing.T) {
	var m memory[Facts]
	stamp := func(i int) Stamp { return Stamp{Size: int64(i), MTime: Instant{Sec: 1}} }
	key := func(i int) factKey { return factKey{ino: uint64(i + 1)} }
	for i := range 3 * generation {
		m.put(key(i), stamp(i), &Facts{Tag: "x"})
		m.get(key(0), stamp(0)) // stays, being asked for
		if n := len(m.young) + len(m.old); n > 2*generation {
			t.Fatalf("%d facts are kept", n)
		}
	}
	for i, want := range map[int]bool{0: true, 1: false, 3*generation - 1: true} {
		if f := m.get(key(i), stamp(i)); (f != nil) != want {
			t.Errorf("fact %d is remembered: %v", i, f)
		}
	}
	if m.get(key(0), stamp(1)) != nil {
		t.Error("facts of another stamp were remembered")
	}
}

func TestIntact(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "f")
	content := bytes.Repeat([]byte("0123456789"), 20_000)
	when := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	for kind, k := range kinds() {
		for change, c := range map[string]struct {
			do   func()
			want error
		}{
			"nothing":          {func() {}, nil},
			"mode":             {func() { os.Chmod(name, 0o600) }, nil},
			"touched":          {func() { os.Chtimes(name, when, when) }, nil},
			"appended":         {func() { appendTo(t, name, "more") }, nil},
			"removed":          {func() { os.Remove(name) }, nil},
			"renamed over":     {func() { put(t, name+"~", []byte("new")); os.Rename(name+"~", name) }, nil},
			"cut":              {func() { os.Truncate(name, 10) }, ErrChanged},
			"same length":      {func() { put(t, name, bytes.ToUpper(bytes.ReplaceAll(content, []byte("0"), []byte("x")))) }, ErrChanged},
			"rewritten longer": {func() { put(t, name, append([]byte("x"), content...)) }, ErrChanged},
		} {
			os.Remove(name)
			put(t, name, content)
			tr, err := newTree(dir, Options{}, k)
			if err != nil {
				t.Fatal(err)
			}
			res, err := tr.Resolve("/f", nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := tr.Facts(res.File, nil); err != nil {
				t.Fatal(err)
			}
			c.do()
			if err := res.File.Intact(); !errors.Is(err, c.want) || c.want == nil && err != nil {
				t.Errorf("%s: %s: %v, want %v", kind, change, err, c.want)
			}
			res.File.Close()
		}
	}
}

func appendTo(t *testing.T, name, more string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(more); err != nil {
		t.Fatal(err)
	}
}

// TestImmutable: an archive says nothing that a validator could be made of, but its
// content does, and is hashed once.
func TestImmutable(t *testing.T) {
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	f, err := w.Create("a/f.txt")
	if err != nil {
		t.Fatal(err)
	}
	large := bytes.Repeat([]byte("large"), HashLimit/4)
	f.Write(large)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(archive.Bytes()), int64(archive.Len()))
	if err != nil {
		t.Fatal(err)
	}
	tr := NewFS(r, Options{})
	got, _ := factsOf(t, tr, "/a/f.txt", nil)
	if diff := cmp.Diff(naiveFacts(large), got, cmp.AllowUnexported(Facts{})); diff != "" {
		t.Error(diff)
	}
	res, err := tr.Resolve("/a/f.txt", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.File.Close()
	// Backwards, through a reader that cannot seek.
	for _, off := range []int64{int64(len(large)) - 7, 5_000_000, 3, 0} {
		b := make([]byte, 7)
		if _, err := res.File.ReadAt(b, off); err != nil || string(b) != string(large[off:off+7]) {
			t.Errorf("ReadAt %d: %q, %v", off, b, err)
		}
		s, err := res.File.Section(off, 7)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(s); err != nil || string(b) != string(large[off:off+7]) {
			t.Errorf("Section %d: %q, %v", off, b, err)
		}
	}
}

// TestTimeless: a file system without times that may change is never believed.
func TestTimeless(t *testing.T) {
	fsys := fstest.MapFS{"f": {Data: []byte("one")}}
	tr := NewFS(fsys, Options{})
	tr.now = later
	for _, content := range []string{"one", "two", "six"} {
		fsys["f"] = &fstest.MapFile{Data: []byte(content)}
		if got, _ := factsOf(t, tr, "/f", nil); got.Tag != naiveFacts([]byte(content)).Tag {
			t.Errorf("the tag of %q is of other content", content)
		}
	}
	fsys["f"] = &fstest.MapFile{Data: make([]byte, HashLimit+1)}
	if got, _ := factsOf(t, tr, "/f", nil); got.Tag != "" {
		t.Errorf("content too large to hash, without a time, has the tag %s", got.Tag)
	}
}

func TestNextDirentOfAnyFileSystem(t *testing.T) {
	dir := t.TempDir()
	want := map[string]fs.FileMode{}
	for i := range 3000 {
		name := strings.Repeat("n", i%200+1) + "-" + time.Duration(i).String()
		put(t, filepath.Join(dir, name), nil)
		want[name] = 0
	}
	os.Mkdir(filepath.Join(dir, "d"), 0o777)
	os.Symlink("d", filepath.Join(dir, "l"))
	want["d"], want["l"] = fs.ModeDir, fs.ModeSymlink
	for kind, k := range kinds() {
		tr, err := newTree(dir, Options{Hidden: true}, k)
		if err != nil {
			t.Fatal(err)
		}
		res, err := tr.Resolve("/", nil)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]fs.FileMode{}
		if err := res.Directory.Names(func(name string, typ fs.FileMode) bool {
			got[name] = typ
			return true
		}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", kind, diff)
		}
		res.Directory.Close()
	}
}

//go:embed testdata/embedded
var embedded embed.FS

func TestIsFrozen(t *testing.T) {
	archive := new(zip.Reader)
	for name, c := range map[string]struct {
		fsys fs.FS
		want bool
	}{
		"embed":            {embedded, true},
		"zip":              {archive, true},
		"fs.Sub of embed":  {must(fs.Sub(embedded, "testdata/embedded")), true},
		"fs.Sub of zip":    {must(fs.Sub(archive, "x")), true},
		"fs.Sub of fs.Sub": {must(fs.Sub(must(fs.Sub(embedded, "testdata")), "embedded")), true},
		"os.DirFS":         {os.DirFS("."), false},
		"fs.Sub of os":     {must(fs.Sub(os.DirFS("."), "testdata")), false},
		"MapFS":            {fstest.MapFS{}, false},
		// It may have another archive tomorrow.
		"wrapper":           {struct{ fs.FS }{embedded}, false},
		"fs.Sub of wrapper": {must(fs.Sub(struct{ fs.FS }{embedded}, "testdata")), false},
	} {
		if got := isFrozen(c.fsys); got != c.want {
			t.Errorf("%s: isFrozen is %v", name, got)
		}
	}
	tr := NewFS(must(fs.Sub(embedded, "testdata/embedded")), Options{})
	buf := make([]byte, 100)
	if _, read := factsOf(t, tr, "/f.txt", buf); string(read) != "embedded\n" {
		t.Errorf("%q", read)
	}
	if _, read := factsOf(t, tr, "/f.txt", buf); read != nil {
		t.Error("facts of an embedded file were not remembered")
	}
}

func must(fsys fs.FS, err error) fs.FS {
	if err != nil {
		panic(err)
	}
	return fsys
}
