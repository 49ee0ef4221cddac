package precompress

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// unprivileged runs f as somebody who may not do everything: this thread alone gives up
// root's rights over files, if it has them.
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

// TestPermissions sees that what may not be read or written is told, once each, and that the
// rest is done.
func TestPermissions(t *testing.T) {
	root := plant(t, "a.txt", "secret.txt", "locked/a.txt", "locked/b.txt", "full/a.txt", "open/a.txt")
	for dir := root; dir != os.TempDir() && len(dir) > 1; dir = filepath.Dir(dir) {
		if os.Chmod(dir, 0o755) != nil {
			break
		}
	}
	for name, mode := range map[string]os.FileMode{".": 0o777, "open": 0o777, "secret.txt": 0, "locked": 0, "full": 0o555} {
		path := filepath.Join(root, name)
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(path, 0o777) })
	}
	r, err := newRun(Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.top, err = os.OpenRoot(root); err != nil {
		t.Fatal(err)
	}
	defer r.top.Close()
	unprivileged(t, func() {
		r.survey(t.Context())
		for i := range r.units { // as r.work, in one thread
			r.do(t.Context(), &r.units[i])
		}
	})
	told := make(map[string]bool)
	for _, err := range r.errs {
		told[fmt.Sprint(err)] = true
	}
	expect(t, "errors", map[string]bool{
		"precompress secret.txt: permission denied": true,
		"precompress locked: permission denied":     true,
		"precompress full: permission denied":       true,
	}, told)
	expect(t, "failed", 3, r.summary.Failed)
	for _, name := range []string{"locked", "secret.txt"} {
		os.Chmod(filepath.Join(root, name), 0o777)
	}
	os.Remove(filepath.Join(root, "secret.txt"))
	want := each("a.txt", "open/a.txt")
	for name, e := range snapshot(t, root) {
		if filepath.Ext(name) == ".gz" && e.Mode != 0o644 {
			t.Errorf("%s has mode %v", name, e.Mode)
		}
	}
	expect(t, "sidecars", want, sidecars(t, root, false))
}
