package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/salver-http/salver"
)

// rest is longer than a file has to be left alone before its answer is kept ready.
const rest = 2300 * time.Millisecond

// TestFresh: every change is seen by the very next request, however hot the answer was
// that it makes wrong; on a disk and in memory, in all lanes, and by the command on one
// processor and on two. A server that is told to believe its memory shows nearly all of
// them late: were the test blind, or nothing ever hot, that would not be so.
func TestFresh(t *testing.T) {
	t.Parallel()
	scenes, rounds := len(changes), 2
	here := func(s *salver.Server) func(*theatre) string {
		return func(h *theatre) string { return serve(t, h.config, s).addr }
	}
	command := func(processors string) func(*theatre) string {
		return func(h *theatre) string {
			return run(t, options{env: []string{"GOMAXPROCS=" + processors}}, "--revalidate", "0", h.root).addr
		}
	}
	theatres := map[string]*theatre{}
	for _, c := range []struct {
		name   string
		memory bool // where the root is
		// Compressing takes long under the race detector, where one lane has to be enough.
		changes []change
		start   func(*theatre) string
	}{
		{"lane, disk", false, changes, here(&salver.Server{})},
		{"HTTP/2, memory", true, plainChanges, func(h *theatre) string { return h2c + serve(t, h.config, &salver.Server{}).addr }},
		{"lane, memory", true, plainChanges, here(&salver.Server{})},
		{"nethttp, disk", false, plainChanges, here(&salver.Server{NetHTTP: true})},
		{"command on one processor, memory", true, changes, command("1")},
		{"command on two, disk", false, changes, command("2")},
	} {
		h := newTheatre(t, temporary(t, c.memory), c.changes, scenes, rounds)
		h.open(c.start(h))
		theatres[c.name] = h
	}
	blind := newTheatre(t, t.TempDir(), changes, scenes, 1)
	blind.config.Revalidate = time.Hour
	blind.open(serve(t, blind.config, &salver.Server{}).addr)

	for round := range rounds {
		time.Sleep(rest)
		for name, h := range theatres {
			t.Run(fmt.Sprintf("%s/%d", name, round), func(t *testing.T) {
				h.asked = 0
				leave := h.crowd(t)
				late := h.play(t, round)
				leave()
				if len(late) > 0 {
					t.Errorf("%d of %d changes were not seen by the next request:\n%s", len(late), scenes, strings.Join(late, "\n"))
				}
				t.Logf("%d changes, %d requests, %d late", scenes, h.asked, len(late))
			})
		}
		if round > 0 {
			continue
		}
		t.Run("blind", func(t *testing.T) {
			n := len(blind.play(t, 0))
			if n < scenes*9/10 {
				t.Errorf("a server that does not look shows only %d of %d changes late", n, scenes)
			}
			t.Logf("%d of %d changes are shown late by a server that does not look", n, scenes)
		})
	}
}

// TestFreshUnderLoad changes files that rest, each several times in a row, by writing in
// place and by renaming over, while others ask for the same all the time: a request may
// be answered by a look at the file that another has caused, but never by one from before
// the last change.
func TestFreshUnderLoad(t *testing.T) {
	t.Parallel()
	const files, times = 60, 10
	root := map[string]string{}
	addr := map[string]string{}
	begin := func(name string, serve func(root string) string) {
		root[name] = temporary(t, len(root)%2 == 0)
		for i := range files {
			write(t, filepath.Join(root[name], strconv.Itoa(i)), version(0))
		}
		addr[name] = serve(root[name])
	}
	begin("lane", func(root string) string { return serve(t, salver.Config{Root: root}, &salver.Server{}).addr })
	begin("HTTP/2", func(root string) string {
		return h2c + serve(t, salver.Config{Root: root}, &salver.Server{}).addr
	})
	for _, n := range []string{"1", "2"} {
		begin("GOMAXPROCS="+n, func(root string) string {
			return run(t, options{env: []string{"GOMAXPROCS=" + n}}, "--log-format", "none", root).addr
		})
	}
	time.Sleep(rest)
	for name := range root {
		t.Run(name, func(t *testing.T) {
			var current, seen atomic.Int64 // which file, and its version that everybody must see
			var all sync.WaitGroup
			done := make(chan struct{})
			answered := atomic.Int64{}
			for range 4 {
				w := &wire{addr: addr[name]}
				all.Go(func() {
					defer w.close()
					for {
						select {
						case <-done:
							return
						default:
						}
						want, i := seen.Load(), current.Load()
						a, err := w.ask(fmt.Sprintf("/%d", i), "")
						if err != nil {
							t.Error(err)
							return
						}
						answered.Add(1)
						if n, err := strconv.ParseInt(strings.TrimSpace(a.content), 10, 64); err == nil && i == want/times && n < want%times {
							t.Errorf("version %d of file %d is answered after version %d", n, i, want%times)
							return
						}
					}
				})
			}
			leave := sync.OnceFunc(func() {
				close(done)
				all.Wait()
			})
			defer leave()
			w := &wire{addr: addr[name]}
			defer w.close()
			for i := range files {
				seen.Store(int64(i * times))
				current.Store(int64(i))
				target := fmt.Sprintf("/%d", i)
				for v := range times {
					if v > 0 {
						change := overwrite
						if (i+v)%2 == 0 {
							change = replace
						}
						if err := change(filepath.Join(root[name], strconv.Itoa(i)), version(v)); err != nil {
							t.Fatal(err)
						}
						seen.Store(int64(i*times + v))
					}
					for range 3 {
						if a, err := w.ask(target, ""); err != nil || a.content != version(v) {
							t.Fatalf("file %d is answered %q, not %q: %v", i, a.content, version(v), err)
						}
					}
				}
			}
			leave()
			t.Logf("%d changes, %d requests beside them", files*(times-1), answered.Load())
		})
	}
}

// version is the content of a file, of one length.
func version(n int) string { return fmt.Sprintf("%015d\n", n) }

// overwrite writes in place, without a moment at which the file is empty.
func overwrite(name, content string) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteAt([]byte(content), 0)
	return err
}

// replace renames a new file over the old.
func replace(name, content string) error {
	if err := os.WriteFile(name+".new", []byte(content), 0o644); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}
