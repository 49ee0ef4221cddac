package faults

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/salver-http/salver"
)

// TestDeploy swaps the symlink that is the root for one to another release, under
// load and with a download under way.
func TestDeploy(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows does not replace a symlink in one step")
	}
	lanes(t, func(t *testing.T, serve start) {
		const big = 16 << 20
		dir := t.TempDir()
		current := filepath.Join(dir, "current")
		point := func(release int) {
			next := filepath.Join(dir, "next")
			if err := os.Symlink(fmt.Sprintf("release%d", release), next); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(next, current); err != nil {
				t.Fatal(err)
			}
		}
		for release := range 4 {
			at := filepath.Join(dir, fmt.Sprintf("release%d", release))
			write(t, filepath.Join(at, "index.html"), fmt.Sprintf("release %d", release))
			write(t, filepath.Join(at, "big"), strings.Repeat(fmt.Sprint(release), big))
		}
		point(0)
		s := serve(t, salver.Config{Root: current})

		var deployed atomic.Int64
		var load sync.WaitGroup
		done := make(chan struct{})
		for range 4 {
			load.Go(func() {
				seen := int64(0)
				for {
					select {
					case <-done:
						return
					default:
					}
					status, content, err := s.tryGet("/")
					var release int64
					if _, scanned := fmt.Sscanf(content, "release %d", &release); err != nil || scanned != nil || status != 200 {
						t.Errorf("during a deploy: %d %q %v", status, content, err)
						return
					}
					if release < seen || release > deployed.Load() {
						t.Errorf("release %d is served after %d, when %d is deployed", release, seen, deployed.Load())
						return
					}
					seen = release
				}
			})
		}
		for release := int64(1); release < 4; release++ {
			download := s.ask("GET", "/big")
			first := make([]byte, 1)
			if _, err := io.ReadFull(download.Body, first); err != nil {
				t.Fatal(err)
			}
			deployed.Store(release)
			point(int(release))
			swapped := time.Now()
			for want := fmt.Sprintf("release %d", release); ; time.Sleep(10 * time.Millisecond) {
				if _, got := s.get("/"); got == want {
					break
				}
				// The root is looked at again each second; the rest is for a busy machine.
				if time.Since(swapped) > 4*time.Second {
					t.Fatalf("%v after the deploy %s is not served", time.Since(swapped), want)
				}
			}
			rest, err := io.ReadAll(download.Body)
			download.Body.Close()
			if err != nil || len(rest) != big-1 || strings.Trim(string(rest), string(first)) != "" {
				t.Errorf("a download across the deploy ended after %d bytes: %v", len(rest)+1, err)
			}
			if first[0] != byte('0'+release-1) {
				t.Errorf("the download was of release %q", first)
			}
		}
		close(done)
		load.Wait()
	})
}

// TestRootRemade removes the root and makes it anew, as some build tools do.
func TestRootRemade(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows does not remove a directory that is open")
	}
	lanes(t, func(t *testing.T, serve start) {
		root := filepath.Join(t.TempDir(), "dist")
		write(t, filepath.Join(root, "a.txt"), "old")
		s := serve(t, salver.Config{Root: root})
		if _, got := s.get("/a.txt"); got != "old" {
			t.Fatalf("content %q", got)
		}
		if err := os.RemoveAll(root); err != nil {
			t.Fatal(err)
		}
		if status, _ := s.get("/a.txt"); status == 200 {
			t.Errorf("what is removed is answered %d", status)
		}
		write(t, filepath.Join(root, "a.txt"), "new")
		for made := time.Now(); ; time.Sleep(10 * time.Millisecond) {
			if status, got := s.get("/a.txt"); status == 200 && got == "new" {
				break
			}
			if time.Since(made) > 4*time.Second {
				t.Fatal("the root that was made anew is not served")
			}
		}
	})
}
