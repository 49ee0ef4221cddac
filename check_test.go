package salver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var updateChecks = flag.Bool("update-checks", false, "write the reports in testdata/check anew")

// anyone is a user for checks, which ask for none.
type anyone struct{}

func (anyone) Check(string, string) (bool, error) { return true, nil }

// TestCheck compares whole reports of the trees in testdata/check, each as an fs.FS and as a directory.
func TestCheck(t *testing.T) {
	names, err := filepath.Glob("testdata/check/*.txtar")
	if err != nil || len(names) < 8 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			checkArchive(t, name)
		})
	}
}

func checkArchive(t *testing.T, name string) {
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var c Config
	var want []byte
	files, dir := make(fstest.MapFS), t.TempDir()
	rest := archive.Files[:0:0]
	for _, f := range archive.Files {
		switch inside, ok := strings.CutPrefix(f.Name, "tree/"); {
		case ok:
			files[inside] = &fstest.MapFile{Data: f.Data, ModTime: time.Unix(1e9, 0)}
			place(t, filepath.Join(dir, inside), string(f.Data))
		case f.Name == "config.json":
			if err := json.Unmarshal(f.Data, &c); err != nil {
				t.Fatal(err)
			}
		case f.Name == "report.json":
			want = f.Data
			continue
		}
		rest = append(rest, f)
	}
	for i := range c.Auth {
		c.Auth[i].Users = anyone{}
	}
	for _, kind := range []string{"fs.FS", "directory"} {
		if c.FS, c.Root = files, ""; kind == "directory" {
			c.FS, c.Root = nil, dir
		}
		report, err := Check(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		e := json.NewEncoder(&got)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		if err := e.Encode(report); err != nil {
			t.Fatal(err)
		}
		if *updateChecks {
			want = got.Bytes()
			archive.Files = append(rest, txtar.File{Name: "report.json", Data: want})
			if err := os.WriteFile(name, txtar.Format(archive), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", kind, diff)
		}
		checkAgrees(t, c, report, files)
	}
}

func place(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(name, time.Time{}, time.Unix(1e9, 0)); err != nil {
		t.Fatal(err)
	}
}

// checkAgrees holds that as many files are served as the report says, with the media types and the caching that it says,
// by asking for each.
func checkAgrees(t *testing.T, c Config, report *Report, files fstest.MapFS) {
	t.Helper()
	h, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	if report.SPA != "" || c.Dialect == "cloudflare" {
		return // some names lead elsewhere
	}
	type class struct{ mediaType, cache string }
	got, want := make(map[class]int), make(map[class]int)
	for name := range files {
		target := strings.TrimSuffix("/"+name, "index.html")
		if c.CleanURLs {
			target = strings.TrimSuffix(target, ".html")
		}
		r := httptest.NewRequest("HEAD", target, nil)
		r.SetBasicAuth("any", "one")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code == 200 {
			mediaType, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
			got[class{mediaType, w.Header().Get("Cache-Control")}]++
		}
	}
	for _, x := range report.Classes {
		want[class{x.MediaType, x.CacheControl}] += x.Files
	}
	if report.Sidecars.Files > 0 { // of which each is a file, too
		for name := range files {
			if strings.HasSuffix(name, ".br") || strings.HasSuffix(name, ".js.gz") {
				mediaType := map[string]string{".br": "application/x-brotli", ".gz": "application/gzip"}[filepath.Ext(name)]
				want[class{mediaType, "no-cache"}]++
			}
		}
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(class{})); diff != "" {
		t.Errorf("the report and the answers differ (-report +answers):\n%s", diff)
	}
}

// texts are the findings in short.
func texts(r *Report) (all []string) {
	for _, f := range r.Findings {
		all = append(all, string(f.Level)+": "+f.File+f.Field+": "+f.Text)
	}
	return all
}

func TestCheckSymlinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("symlinks need a privilege there")
	}
	dir, outside := t.TempDir(), t.TempDir()
	place(t, filepath.Join(dir, "sub", "a.txt"), "a")
	place(t, filepath.Join(outside, "b.txt"), "b")
	place(t, filepath.Join(dir, ".git", "config"), "c")
	place(t, filepath.Join(dir, ".env"), "d")
	for name, to := range map[string]string{"sub/up": "..", "again": "sub/a.txt", "gone": "nowhere", "out": outside, "git": ".git", "env.txt": ".env", "ok": "sub"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	const readable = ", a secret by its name or content, which can be read by this name"
	lost := func(name string) string {
		return "warning: " + name + ": the symlink leads to nothing in what is served: it is answered with 404"
	}
	for _, c := range []struct {
		follow bool
		want   []string
	}{
		{false, []string{"warning: env.txt: the symlink leads to .env" + readable, "warning: git: the symlink leads to .git" + readable, lost("gone"), lost("out"), `note: Immutable: the glob "*.js" matches no file, as far as names were looked at`}},
		{true, []string{
			"warning: env.txt: the symlink leads to .env" + readable, "warning: git: the symlink leads to .git" + readable,
			lost("gone"), "warning: out: the symlink leads out of what is served and is followed; what is there was not looked at",
			`note: Immutable: the glob "*.js" matches no file, as far as names were looked at`,
		}},
	} {
		r, err := Check(t.Context(), Config{Root: dir, FollowSymlinks: c.follow, Immutable: []string{"*.js"}})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, texts(r)); diff != "" {
			t.Error(diff)
		}
		if r.Files != 3 || r.Bytes != 3 || r.Directories != 5 {
			t.Errorf("%d files of %d bytes in %d directories", r.Files, r.Bytes, r.Directories)
		}
	}
}

// locked refuses to open some names, and to read the directories whose name ends in a slash.
type locked struct {
	fs.FS
	names map[string]bool
}

func (l locked) Open(name string) (fs.File, error) {
	if l.names[name] {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	f, err := l.FS.Open(name)
	if err == nil && l.names[name+"/"] {
		f = lockedDir{f}
	}
	return f, err
}

// lockedDir is a directory that opens and does not tell what is in it.
type lockedDir struct{ fs.File }

func (lockedDir) ReadDir(int) ([]fs.DirEntry, error) { return nil, fs.ErrPermission }

func TestCheckUnreadable(t *testing.T) {
	files := fstest.MapFS{"a.txt": {Data: []byte("a")}, "b.txt": {Data: []byte("b")}, "dir/c.txt": {}, ".dot/d.txt": {}, ".dir/d.txt": {}}
	r, err := Check(t.Context(), Config{FS: locked{files, map[string]bool{"b.txt": true, "dir/": true, ".dot": true, ".dir/": true}}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{
		"error: b.txt: it cannot be read: permission denied", "error: dir: the directory cannot be read: permission denied",
	}, texts(r)); diff != "" || r.Files != 1 {
		t.Errorf("%d files, %s", r.Files, diff)
	}
}

func TestCheckSingleFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "404.html")
	place(t, name, "one file")
	r, err := Check(t.Context(), Config{Root: name})
	if err != nil {
		t.Fatal(err)
	}
	want := &Report{
		Findings: []Finding{}, Files: 1, Bytes: 8, Classes: []Class{{MediaType: "text/html", CacheControl: "no-cache", Files: 1, Bytes: 8}},
		Secrets: []Secret{}, ErrorPages: []string{}, RuleFiles: []RuleFile{},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
}

func TestCheckOldSidecar(t *testing.T) {
	long := bytes.Repeat([]byte("long "), 100)
	now := time.Unix(1e9, 0)
	files := fstest.MapFS{
		"a.txt": {Data: long, ModTime: now}, "a.txt.gz": {Data: []byte("x"), ModTime: now.Add(-time.Second)},
		"b.txt": {Data: long, ModTime: now}, "b.txt.gz": {Data: []byte("x"), ModTime: now.Add(time.Second)},
	}
	r, err := Check(t.Context(), Config{FS: files})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"warning: a.txt.gz: it is older than the file that it is a sidecar of, and not sent in its place"}
	if diff := cmp.Diff(want, texts(r)); diff != "" || r.Sidecars.Stale != 1 || r.Classes[0].Bare != 1 {
		t.Errorf("%+v, %s", r, diff)
	}
}

// TestCheckBounds: a tree with more names than are looked at is looked at in part, and it says so.
func TestCheckBounds(t *testing.T) {
	files := make(fstest.MapFS)
	for _, dir := range []string{"a/", "b/", "c/"} {
		for _, name := range []string{"1", "2", "3", "4"} {
			files[dir+name] = &fstest.MapFile{Data: []byte("x")}
		}
	}
	for names := range 15 {
		r, err := check(t.Context(), Config{FS: files}, names)
		if err != nil || !r.Truncated || len(r.Findings) != 1 || r.Findings[0].Level != LevelWarning {
			t.Errorf("%d names: %v, %+v", names, err, r)
		}
	}
	if r, err := check(t.Context(), Config{FS: files}, 15); err != nil || r.Truncated || r.Files != 12 {
		t.Errorf("15 names: %v, %+v", err, r)
	}
}

// TestCheckAlike: of one kind only so many findings are told.
func TestCheckAlike(t *testing.T) {
	files := fstest.MapFS{"_redirects": {Data: []byte(strings.Repeat("/a /nowhere 200 Cookie=x\n", 3*checkAlike))}}
	r, err := Check(t.Context(), Config{FS: files})
	if err != nil {
		t.Fatal(err)
	}
	n, last := 0, ""
	for _, f := range r.Findings {
		if strings.HasPrefix(f.Text, "nothing is there") {
			n, last = n+1, f.Text
		}
	}
	if n != checkAlike || !strings.HasSuffix(last, "more of the kind are not told") {
		t.Errorf("%d findings, the last is %q", n, last)
	}
}

func TestCheckMistakes(t *testing.T) {
	dir := t.TempDir()
	place(t, filepath.Join(dir, "_redirects"), "/a\n/b /c 999\n")
	place(t, filepath.Join(dir, "file"), "")
	for _, c := range []Config{
		{Root: dir, SPA: "gone.html", Immutable: []string{"["}, Dialect: "apache"},
		{Root: dir},
		{Root: filepath.Join(dir, "nowhere")},
		{Root: dir, NoRules: true, CompressCache: filepath.Join(dir, "sub")},
		{Root: dir, NoRules: true, NoCompress: true, CompressCache: t.TempDir()},
	} {
		_, want := New(c)
		r, err := Check(t.Context(), c)
		if want == nil || err == nil || err.Error() != want.Error() || r != nil {
			t.Errorf("%+v, %v; New says %v", r, err, want)
		}
	}
}

// TestCheckWritesNothing: the directory that New would make is not made.
func TestCheckWritesNothing(t *testing.T) {
	cache := filepath.Join(t.TempDir(), "cache")
	if _, err := Check(t.Context(), Config{FS: fstest.MapFS{}, CompressCache: cache}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(cache); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s was made: %v", cache, err)
	}
}

func TestCheckEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err := Check(ctx, Config{FS: fstest.MapFS{"a": {}}}); !errors.Is(err, context.Canceled) || r != nil {
		t.Errorf("%+v, %v", r, err)
	}
}
