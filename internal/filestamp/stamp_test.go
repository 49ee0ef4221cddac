package filestamp

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestOf: each change makes another stamp, and nothing else does.
func TestOf(t *testing.T) {
	dir := t.TempDir()
	name, other := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	old := time.Unix(1e9, 5)
	write(t, name, "one")
	if err := os.Chtimes(name, old, old); err != nil {
		t.Fatal(err)
	}
	before := Of(name)
	if Of(name) != before {
		t.Error("a file that rests has another stamp")
	}
	if before.modified.time().Unix() != old.Unix() || before.size != 3 {
		t.Errorf("the stamp is %+v", before)
	}
	write(t, name, "longer")
	if Of(name) == before {
		t.Error("another content has the same stamp")
	}

	if runtime.GOOS == "windows" {
		t.Skip("a stamp there is size and time alone")
	}
	before = Of(name)
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	write(t, other, "6bytes")
	if err := errors.Join(os.Chtimes(other, info.ModTime(), info.ModTime()), os.Rename(other, name)); err != nil {
		t.Fatal(err)
	}
	if Of(name) == before {
		t.Error("another file of the same size and time has the same stamp")
	}
	before = Of(name)
	if err := os.Symlink(name, other); err != nil {
		t.Fatal(err)
	}
	if Of(other) != before {
		t.Error("a link has another stamp than what it leads to")
	}
	time.Sleep(20 * time.Millisecond) // longer than the clock of the file system ticks
	write(t, name, "as lon")
	if err := os.Chtimes(name, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if Of(name) == before {
		t.Error("a change that kept size and time has the same stamp")
	}
}

func TestMissing(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a")
	none := Of(name)
	if none != Of(name) || none == (Stamp{}) {
		t.Errorf("the stamps are %+v, %+v", none, Of(name))
	}
	if !none.Settled(time.Now()) {
		t.Error("a missing file is not settled")
	}
	write(t, name, "")
	if Of(name) == none {
		t.Error("a file that came has the stamp of none")
	}
}

func TestSettled(t *testing.T) {
	at := func(s int64) instant { return instant{s, 0} }
	now := time.Unix(100, 0)
	for _, c := range []struct {
		s    Stamp
		want bool
	}{
		{Stamp{modified: at(98)}, true},
		{Stamp{modified: instant{98, 1}}, false},
		{Stamp{modified: at(200)}, false},
		{Stamp{modified: at(50), changed: at(98)}, true},
		{Stamp{modified: at(50), changed: at(99)}, false},
		{Stamp{modified: at(99), changed: at(50)}, false},
	} {
		if got := c.s.Settled(now); got != c.want {
			t.Errorf("%+v is settled: %v", c.s, got)
		}
	}
}

func BenchmarkOf(b *testing.B) {
	name := filepath.Join(b.TempDir(), "a")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		Of(name)
	}
}
