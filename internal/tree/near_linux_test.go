package tree

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestNear: what lies in a file system of this machine is looked at without the scheduler,
// and what does not is not.
func TestNear(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/proc/self/status", filepath.Join(dir, "elsewhere")); err != nil {
		t.Fatal(err)
	}
	if _, ok := nearDeviceOf(t, dir); !ok {
		t.Skip("temporary files lie in another file system")
	}
	for _, c := range []struct {
		root, target string
		want         bool
	}{{dir, "/a", true}, {dir, "/elsewhere", false}, {dir, "/none", true}, {"/proc/self", "/limits", false}} {
		for _, portable := range []bool{false, true} {
			Portable.Store(portable)
			defer Portable.Store(false)
			tr, err := New(c.root, Options{FollowSymlinks: true})
			if err != nil {
				t.Fatal(err)
			}
			later := time.Now().Add(time.Minute)
			tr.now = func() time.Time { return later }
			var basis Basis
			if r, err := tr.Resolve(c.target, &basis); err == nil {
				r.Close()
			}
			basis.Condense()
			if basis.near != c.want {
				t.Errorf("%s%s, os.Root %v: near is %v", c.root, c.target, portable, basis.near)
			}
		}
	}
}

func nearDeviceOf(t *testing.T, dir string) (uint64, bool) {
	t.Helper()
	d, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	return nearDevice(int(d.Fd()))
}
