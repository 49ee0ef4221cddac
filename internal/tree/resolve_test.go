package tree

import (
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"
)

// kinds are the ways a directory can be confined on this system.
func kinds() map[string]backendKind {
	m := map[string]backendKind{"os.Root": osRootBackend}
	if runtime.GOOS == "linux" {
		m["openat2"] = anyBackend
	}
	return m
}

const outside = "content that lies outside"

// sampleTree makes a directory with all that can stand in one, beside a secret.
func sampleTree(t testing.TB) string {
	t.Helper()
	top := t.TempDir()
	root := filepath.Join(top, "root")
	write := func(name, content string) {
		t.Helper()
		full := filepath.Join(top, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	link := func(target, name string) {
		t.Helper()
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	write("secret.txt", outside)
	write("rootless/secret.txt", outside) // a sibling whose path begins as the root's does
	write("root/a.txt", "a")
	write("root/dir/b.txt", "b")
	write("root/site/index.html", "index")
	write("root/both/index.htm", "htm")
	write("root/both/index.html", "html")
	write("root/htm/index.htm", "only htm")
	write("root/dirindex/index.html/x", "x")
	write("root/.hidden", "hidden")
	write("root/.well-known/x", "known")
	write("root/.git/config", "git")
	write("root/key.pem", "-----BEGIN CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----\n")
	write("root/cert.pem", "-----BEGIN CERTIFICATE-----\n")
	write("root/slides.key", "not PEM")
	link("a.txt", "inside")
	link("dir", "dirlink")
	link("../a.txt", "dir/up")
	link("../root/a.txt", "outandback")
	link(filepath.Join(root, "a.txt"), "absolute")
	link(filepath.Join(root, "dir"), "absolutedir")
	link(root, "absoluteroot")
	link("absolute", "twice")
	link("../secret.txt", "out")
	link("..", "outdir")
	link(filepath.Join(top, "secret.txt"), "absoluteout")
	link(filepath.Join(top, "rootless", "secret.txt"), "absolutesibling")
	link("/etc", "etc")
	link("missing", "broken")
	link("loop", "loop")
	link("loopb", "loopa")
	link("loopa", "loopb")
	link(".hidden", "shown")
	link("/proc/self/root", "magic")
	return root
}

func TestResolve(t *testing.T) {
	root := sampleTree(t)
	special(t, root)
	for kind, k := range kinds() {
		for _, c := range []struct {
			path, want string // content of a file, "dir", "unslashed" or "none"
		}{
			{"/", "dir"},
			{"/a.txt", "a"},
			{"/a.txt/", "none"},
			{"/a.txt/x", "none"},
			{"/missing", "none"},
			{"/missing/", "none"},
			{"/dir", "unslashed"},
			{"/dir/", "dir"},
			{"/dir/.", "dir"},
			{"/dir/b.txt", "b"},
			{"/dir/../a.txt", "a"},
			{"/site", "unslashed"},
			{"/site/", "index"},
			{"/site/index.html", "index"},
			{"/site/index.html/", "none"},
			{"/both/", "html"},
			{"/htm/", "only htm"},
			{"/dirindex/", "dir"},
			{"/inside", "a"},
			{"/dirlink", "unslashed"},
			{"/dirlink/", "dir"},
			{"/dirlink/b.txt", "b"},
			{"/dir/up", "a"},
			{"/outandback", "a"},
			{"/absolute", "a"},
			{"/absolutedir/b.txt", "b"},
			{"/absolutedir/", "dir"},
			{"/absolutedir/up", "a"},
			{"/absoluteroot/site/", "index"},
			{"/twice", "a"},
			{"/shown", "hidden"},
			{"/out", "none"},
			{"/outdir", "none"},
			{"/outdir/", "none"},
			{"/outdir/secret.txt", "none"},
			{"/outdir/root/a.txt", "a"},
			{"/absoluteout", "none"},
			{"/absolutesibling", "none"},
			{"/etc/passwd", "none"},
			{"/magic/etc/passwd", "none"},
			{"/broken", "none"},
			{"/loop", "none"},
			{"/loopa", "none"},
			{"/.hidden", "none"},
			{"/.well-known/x", "known"},
			{"/.git/config", "none"},
			{"/key.pem", "none"},
			{"/cert.pem", "-----BEGIN CERTIFICATE-----\n"},
			{"/slides.key", "not PEM"},
			{"/fifo", "none"},
			{"/fifo/", "none"},
			{"/socket", "none"},
			{"/fifodir/", "dir"},
			{"/unreadable/", "none"},
			{"/../root/a.txt", "none"},
			{"/" + strings.Repeat("n", 255), "none"},
			{"/" + strings.Repeat("n", 256), "none"},
			{"/" + strings.Repeat("d/", 3000), "none"},
		} {
			if os.Geteuid() == 0 && c.path == "/unreadable/" {
				continue // root reads everything
			}
			tr, err := newTree(root, Options{Index: []string{"index.html", "index.htm"}}, k)
			if err != nil {
				t.Fatal(err)
			}
			if got := outcome(tr, c.path); got != c.want {
				t.Errorf("%s: %s is %q, want %q", kind, c.path, got, c.want)
			}
		}
	}
}

// special adds what is neither a file nor a directory.
func special(t *testing.T, root string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		return
	}
	mkfifo(t, filepath.Join(root, "fifo"))
	os.Mkdir(filepath.Join(root, "fifodir"), 0o777)
	mkfifo(t, filepath.Join(root, "fifodir", "index.html"))
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(root, "socket"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	unreadable := filepath.Join(root, "unreadable")
	os.Mkdir(unreadable, 0o777)
	if err := os.WriteFile(filepath.Join(unreadable, "index.html"), nil, 0o000); err != nil {
		t.Fatal(err)
	}
}

// outcome tells what a path resolves to, in one word or the content.
func outcome(tr *Tree, path string) string {
	res, err := tr.Resolve(path, nil)
	switch {
	case err != nil:
		return "none"
	case res.Unslashed:
		return "unslashed"
	case res.Directory != nil:
		res.Directory.Close()
		return "dir"
	}
	defer res.File.Close()
	b, err := io.ReadAll(io.NewSectionReader(res.File, 0, 1<<20))
	if err != nil {
		return "error: " + err.Error()
	}
	return string(b)
}

func TestOptions(t *testing.T) {
	root := sampleTree(t)
	for kind, k := range kinds() {
		for _, c := range []struct {
			o          Options
			path, want string
		}{
			{Options{Hidden: true}, "/.hidden", "hidden"},
			{Options{Hidden: true}, "/.git/config", "none"},
			{Options{Hidden: true, Secrets: true}, "/.git/config", "git"},
			{Options{Secrets: true}, "/.git/config", "git"},
			{Options{Secrets: true}, "/.hidden", "none"},
			{Options{Secrets: true}, "/key.pem", "-----BEGIN CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----\n"},
			{Options{FollowSymlinks: true}, "/out", outside},
			{Options{FollowSymlinks: true}, "/absoluteout", outside},
			{Options{FollowSymlinks: true}, "/outdir/secret.txt", outside},
			{Options{FollowSymlinks: true}, "/absolute", "a"},
			{Options{FollowSymlinks: true}, "/loop", "none"},
			{Options{FollowSymlinks: true}, "/../secret.txt", "none"},
			{Options{}, "/site/", "dir"},
			{Options{Index: []string{"b.txt"}}, "/dir/", "b"},
		} {
			tr, err := newTree(root, c.o, k)
			if err != nil {
				t.Fatal(err)
			}
			if got := outcome(tr, c.path); got != c.want {
				t.Errorf("%s: %+v: %s is %q, want %q", kind, c.o, c.path, got, c.want)
			}
		}
	}
}

func TestSecrets(t *testing.T) {
	root := sampleTree(t)
	put(t, filepath.Join(root, "id_rsa"), nil)
	for kind, k := range kinds() {
		for _, o := range []Options{{}, {Secrets: true}} {
			tr, err := newTree(root, o, k)
			if err != nil {
				t.Fatal(err)
			}
			names, err := tr.Secrets(10)
			if want := []string{".git", "id_rsa", "key.pem"}; !slices.Equal(names, want) || err != nil {
				t.Errorf("%s: %q, %v", kind, names, err)
			}
			if names, _ := tr.Secrets(2); len(names) != 2 {
				t.Errorf("%s: %q", kind, names)
			}
		}
	}
	if names, err := NewFS(fstest.MapFS{".env": {}, "a": {}}, Options{}).Secrets(10); !slices.Equal(names, []string{".env"}) || err != nil {
		t.Errorf("fs.FS: %q, %v", names, err)
	}
}

func TestSingleFile(t *testing.T) {
	root := sampleTree(t)
	for kind, k := range kinds() {
		for _, name := range []string{"a.txt", ".hidden", "out", "absolute"} {
			tr, err := newTree(filepath.Join(root, name), Options{}, k)
			if err != nil {
				t.Fatal(err)
			}
			content, _ := os.ReadFile(filepath.Join(root, name))
			for path, want := range map[string]string{
				"/": string(content), "/" + name: string(content),
				"/" + name + "/": "none", "/dir/": "none", "/cert.pem": "none", "/site/": "none", "/x/../" + name: string(content),
			} {
				if got := outcome(tr, path); got != want {
					t.Errorf("%s: %s of the single file %s is %q, want %q", kind, path, name, got, want)
				}
			}
		}
	}
}

func TestNewFails(t *testing.T) {
	root := sampleTree(t)
	special(t, root)
	for name, want := range map[string]error{
		"missing": fs.ErrNotExist, "broken": fs.ErrNotExist, "a.txt/x": syscall.ENOTDIR, "fifo": errSpecial,
	} {
		if _, err := New(filepath.Join(root, name), Options{}); !errors.Is(err, want) {
			t.Errorf("New(%s) fails with %v, want %v", name, err, want)
		}
	}
}

// TestRootSwapped is a deploy: the root is a symlink that comes to lead elsewhere, or
// a directory that is removed and made anew.
func TestRootSwapped(t *testing.T) {
	for kind, k := range kinds() {
		top := t.TempDir()
		release := func(n string) string {
			dir := filepath.Join(top, n)
			os.MkdirAll(dir, 0o777)
			os.WriteFile(filepath.Join(dir, "f"), []byte(n), 0o666)
			return dir
		}
		current := filepath.Join(top, "current")
		if err := os.Symlink(release("one"), current); err != nil {
			t.Fatal(err)
		}
		tr, err := newTree(current, Options{}, k)
		if err != nil {
			t.Fatal(err)
		}
		if got := outcome(tr, "/f"); got != "one" {
			t.Fatalf("%s: %q", kind, got)
		}
		held, err := tr.Resolve("/f", nil)
		if err != nil {
			t.Fatal(err)
		}
		os.Symlink(release("two"), current+"~")
		os.Rename(current+"~", current)
		await(t, kind, tr, "two")
		os.RemoveAll(filepath.Join(top, "two"))
		await(t, kind, tr, "none")
		release("two")
		await(t, kind, tr, "two")
		b := make([]byte, 3)
		if _, err := held.File.ReadAt(b, 0); err != nil || string(b) != "one" {
			t.Errorf("%s: a file that was open before reads %q, %v", kind, b, err)
		}
		held.File.Close()
	}
}

// TestLinkedRoot: a ".." in a link leaves the directory that the root is, not the one
// in which the link stands that it was named by.
func TestLinkedRoot(t *testing.T) {
	top := t.TempDir()
	if err := os.MkdirAll(filepath.Join(top, "releases", "1"), 0o777); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(top, "releases", "1", "f.txt"), []byte("f"))
	for name, target := range map[string]string{
		"current": "releases/1", "releases/1/back": "../1/f.txt", "releases/1/ghost": "../current/f.txt",
	} {
		if err := os.Symlink(target, filepath.Join(top, name)); err != nil {
			t.Fatal(err)
		}
	}
	for kind, k := range kinds() {
		tr, err := newTree(filepath.Join(top, "current"), Options{}, k)
		if err != nil {
			t.Fatal(err)
		}
		for path, want := range map[string]string{"/f.txt": "f", "/back": "f", "/ghost": "none"} {
			if got := outcome(tr, path); got != want {
				t.Errorf("%s: %s is %q, want %q", kind, path, got, want)
			}
		}
	}
}

// TestFSDoesNotWait: the FIFOs of an os.DirFS, also behind fs.Sub.
func TestFSDoesNotWait(t *testing.T) {
	top := filepath.Dir(sampleTree(t))
	special(t, filepath.Join(top, "root"))
	for name, fsys := range map[string]fs.FS{
		"os.DirFS": os.DirFS(filepath.Join(top, "root")),
		"fs.Sub":   must(fs.Sub(os.DirFS(top), "root")),
	} {
		tr := NewFS(fsys, Options{Index: []string{"index.html"}})
		for path, want := range map[string]string{
			"/a.txt": "a", "/fifo": "none", "/fifodir/": "dir", "/inside": "a", "/dirlink/b.txt": "b", "/loop": "none", "/site/": "index",
		} {
			if got := outcome(tr, path); got != want {
				t.Errorf("%s: %s is %q, want %q", name, path, got, want)
			}
		}
	}
}

// await waits until /f is what it should be: a second is promised, ten are a bound
// that only a failure reaches.
func await(t *testing.T, kind string, tr *Tree, want string) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		got := outcome(tr, "/f")
		if got == want {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: /f is %q, want %q", kind, got, want)
		}
	}
}

func TestFS(t *testing.T) {
	fsys := fstest.MapFS{
		"a.txt":           {Data: []byte("a")},
		"dir/b.txt":       {Data: []byte("b")},
		"site/index.html": {Data: []byte("index")},
		".git/config":     {Data: []byte("git")},
		"key.pem":         {Data: []byte("-----BEGIN PRIVATE KEY-----")},
		"pipe":            {Mode: fs.ModeNamedPipe},
	}
	tr := NewFS(fsys, Options{Index: []string{"index.html"}})
	for path, want := range map[string]string{
		"/": "dir", "/a.txt": "a", "/a.txt/": "none", "/dir": "unslashed", "/dir/": "dir", "/dir/b.txt": "b",
		"/site/": "index", "/site": "unslashed", "/.git/config": "none", "/key.pem": "none", "/pipe": "none",
		"/%ff": "none", "/missing/": "none", "/../a.txt": "none",
	} {
		if got := outcome(tr, path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
}

// FuzzResolve asks for names in a tree full of links: nothing outside is ever opened,
// and both ways to confine a directory agree.
func FuzzResolve(f *testing.F) {
	root := sampleTree(f)
	var trees []*Tree
	for _, k := range kinds() {
		for _, o := range []Options{{}, {Hidden: true, Secrets: true, Index: []string{"index.html", "a.txt"}}} {
			tr, err := newTree(root, o, k)
			if err != nil {
				f.Fatal(err)
			}
			trees = append(trees, tr)
		}
	}
	for _, s := range []string{"/out", "/outdir/secret.txt", "/absoluteout", "/etc/passwd", "/outdir/../secret.txt", "/dirlink/up", "/absoluteroot/outdir/secret.txt", "/a.txt", "/%2e%2e/secret.txt", "/magic/etc/passwd", "/outdir/rootless/secret.txt", "/absoluteroot/absoluteroot/absolute"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		seen := map[int]string{}
		for i, tr := range trees {
			got := outcome(tr, path)
			if strings.Contains(got, outside) || strings.Contains(got, "root:x:0") {
				t.Fatalf("%q leads to %q", path, got)
			}
			option := i % 2
			if had, ok := seen[option]; ok && had != got {
				t.Fatalf("%q is %q or %q, by how the root is confined", path, had, got)
			}
			seen[option] = got
		}
	})
}
