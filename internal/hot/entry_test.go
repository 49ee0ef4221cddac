package hot

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/salver-http/salver/internal/media"
	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/semantics"
	"github.com/salver-http/salver/internal/tree"
)

// rested is a site whose files have been at rest long enough to be kept.
func rested(t *testing.T) (dir string, s *plan.Site) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("nothing is kept of a directory here")
	}
	dir = t.TempDir()
	for name, content := range map[string]string{"f": "one", "g": "two", "big": strings.Repeat("x", MaxContent+1), "fits": strings.Repeat("x", MaxContent), "d/x": "x"} {
		name = filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(name), 0o777)
		if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(2100 * time.Millisecond)
	types, err := media.New(nil, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := tree.New(dir, tree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return dir, &plan.Site{Tree: tr, Types: types}
}

func freeze(t *testing.T, s *plan.Site, path string) *Entry {
	t.Helper()
	basis := new(tree.Basis)
	now := time.Now()
	p := s.PlanOn(&semantics.Request{Method: "GET", Path: path}, now, basis)
	defer p.Close()
	if !Freezable(p, basis) {
		return nil
	}
	return Freeze(p, basis, []byte("head"), []byte("block"), now)
}

func TestFreeze(t *testing.T) {
	t.Parallel()
	dir, s := rested(t)
	for path, want := range map[string]int{"/f": 3, "/fits": MaxContent, "/d/": -1, "/d": 0, "/none": -1} {
		e := freeze(t, s, path)
		if e == nil || string(e.Head) != "head" || want >= 0 && len(e.Content) != want {
			t.Errorf("%s is kept as %v", path, e)
		}
	}
	if e := freeze(t, s, "/big"); e != nil {
		t.Error("content over the limit is kept")
	}
	if err := os.WriteFile(filepath.Join(dir, "new"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if e := freeze(t, s, "/new"); e != nil {
		t.Error("what may change within the tick of a clock is kept")
	}
	if e := freeze(t, s, "/"); e != nil {
		t.Error("so is its directory")
	}
	s.ErrorPage = func(int, string) plan.Page { return plan.Page{} }
	if e := freeze(t, s, "/none"); e != nil {
		t.Error("what a hook made is kept")
	}
	// A file that changes between its plan and the reading of its content.
	basis := new(tree.Basis)
	p := s.PlanOn(&semantics.Request{Method: "GET", Path: "/fits"}, time.Now(), basis)
	defer p.Close()
	if err := os.WriteFile(filepath.Join(dir, "fits"), []byte("other"), 0o666); err != nil {
		t.Fatal(err)
	}
	if e := Freeze(p, basis, nil, nil, time.Now()); e != nil {
		t.Error("a mixture is kept")
	}
}

// TestFresh: each kind of change ends an entry, and nothing else does.
func TestFresh(t *testing.T) {
	t.Parallel()
	dir, s := rested(t)
	for name, change := range map[string]func(path string) error{
		"rewritten": func(p string) error { return os.WriteFile(p, []byte("two"), 0o666) },
		"replaced":  func(p string) error { return os.Rename(filepath.Join(dir, "g"), p) },
		"removed":   os.Remove,
		"moved":     func(p string) error { return os.Rename(p, p+"-away") },
		"locked":    func(p string) error { return os.Chmod(p, 0) },
		"hidden behind a directory": func(p string) error {
			return errors.Join(os.Remove(p), os.Mkdir(p, 0o777))
		},
	} {
		path := filepath.Join(dir, "f")
		e := freeze(t, s, "/f")
		if e == nil {
			t.Fatalf("%s: it is not kept", name)
		}
		if now := time.Now(); !e.Fresh(now, 0) || !e.FreshNow(now, 0) {
			t.Errorf("%s: not fresh before", name)
		}
		if err := change(path); err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		if e.Fresh(now, 0) || e.FreshNow(now, 0) {
			t.Errorf("%s: still fresh", name)
		}
		if !e.Fresh(now, time.Hour) || !e.FreshNow(now, time.Hour) {
			t.Errorf("%s: looked at within the hour", name)
		}
		if later := now.Add(2 * time.Hour); e.Fresh(later, time.Hour) || e.FreshNow(later, time.Hour) {
			t.Errorf("%s: not looked at after two hours", name)
		}
		os.RemoveAll(path)
		for n, content := range map[string]string{"f": "one", "g": "two"} {
			if err := os.WriteFile(filepath.Join(dir, n), []byte(content), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(2100 * time.Millisecond)
	}
}

// TestSharedLook: a look that began before a request was read is none for it.
func TestSharedLook(t *testing.T) {
	t.Parallel()
	dir, s := rested(t)
	e := freeze(t, s, "/f")
	if e == nil {
		t.Fatal("it is not kept")
	}
	for range 100 { // of a crowd
		if !e.Fresh(time.Now(), 0) {
			t.Fatal("not fresh")
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "f"), []byte("two"), 0o666); err != nil {
		t.Fatal(err)
	}
	if e.Fresh(time.Now(), 0) {
		t.Error("a look from before the change was shared")
	}
	// The same with many at once, each of which must see what was done before it began.
	for range 3 {
		time.Sleep(2100 * time.Millisecond)
		e := freeze(t, s, "/f")
		if e == nil {
			t.Fatal("it is not kept")
		}
		stop := make(chan struct{})
		done := make(chan struct{})
		for range 8 {
			go func() {
				defer func() { done <- struct{}{} }()
				for {
					select {
					case <-stop:
						return
					default:
						e.Fresh(time.Now(), 0)
					}
				}
			}()
		}
		time.Sleep(20 * time.Millisecond)
		if err := os.WriteFile(filepath.Join(dir, "f"), []byte("one"), 0o666); err != nil {
			t.Fatal(err)
		}
		for range 1000 {
			if e.Fresh(time.Now(), 0) {
				t.Fatal("fresh after the change")
			}
		}
		close(stop)
		for range 8 {
			<-done
		}
	}
}
