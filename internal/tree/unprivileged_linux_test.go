package tree

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// unprivileged runs f as somebody who may not read everything: this thread alone
// gives up root's rights over files, if it has them.
func unprivileged(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		f()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		if _, err := unix.SetfsuidRetUid(65534); err != nil {
			t.Error(err)
			return
		}
		f()
	}()
	<-done
}

func TestUnreadable(t *testing.T) {
	root := sampleTree(t)
	mode := func(name string, m fs.FileMode) {
		if err := os.Chmod(filepath.Join(root, name), m); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(filepath.Join(root, name), 0o777) })
	}
	for dir := root; dir != os.TempDir() && len(dir) > 1; dir = filepath.Dir(dir) {
		if os.Chmod(dir, 0o755) != nil {
			break
		}
	}
	os.MkdirAll(filepath.Join(root, "passage"), 0o777)
	put(t, filepath.Join(root, "passage", "x.txt"), []byte("x"))
	mode("a.txt", 0)
	mode("site", 0o111)
	mode("passage", 0o111)
	mode("dir", 0)
	mode("both/index.html", 0)
	for kind, k := range kinds() {
		tr, err := newTree(root, Options{Index: []string{"index.html", "index.htm"}}, k)
		if err != nil {
			t.Fatal(err)
		}
		for path, want := range map[string]string{
			"/a.txt":         "none",
			"/dir":           "none",
			"/dir/":          "none",
			"/dir/b.txt":     "none",
			"/site/":         "index",
			"/site":          "unslashed",
			"/passage/":      "none",
			"/passage":       "none",
			"/passage/x.txt": "x",
			"/both/":         "none", // neither the next index nor a listing
		} {
			if k == osRootBackend && (path == "/site" || path == "/site/" || path == "/passage/x.txt") {
				want = "none" // os.Root opens every directory on the way for reading
			}
			unprivileged(t, func() {
				if got := outcome(tr, path); got != want {
					t.Errorf("%s: %s is %q, want %q", kind, path, got, want)
				}
			})
		}
	}
}
