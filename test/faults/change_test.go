package faults

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/salver-http/salver"
)

// large is more than all buffers between the server and a client that does not read.
const large = 16 << 20

// TestChangedWhileSent changes a file when a part of it has been read: what comes is
// all of the old content, or is seen to fail.
func TestChangedWhileSent(t *testing.T) {
	lanes(t, func(t *testing.T, serve start) {
		old := bytes.Repeat([]byte("old "), large/4)
		must := func(err error) {
			if err != nil {
				t.Error(err)
			}
		}
		for _, c := range []struct {
			name     string
			change   func(path string)
			complete bool
			unix     bool // an open file cannot be treated so on Windows
		}{
			{"untouched", func(string) {}, true, false},
			{"grown", func(path string) {
				f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
				must(err)
				_, err = f.WriteString(strings.Repeat("new ", 1000))
				must(err)
				must(f.Close())
			}, true, false},
			{"deleted", func(path string) { must(os.Remove(path)) }, true, true},
			{"replaced", func(path string) {
				must(os.WriteFile(path+".new", bytes.Repeat([]byte("new "), large/4), 0o644))
				must(os.Rename(path+".new", path))
			}, true, true},
			{"truncated", func(path string) { must(os.Truncate(path, large/8)) }, false, false},
			{"emptied", func(path string) { must(os.Truncate(path, 0)) }, false, false},
			{"rewritten", func(path string) {
				f, err := os.OpenFile(path, os.O_WRONLY, 0)
				must(err)
				_, err = f.Write(bytes.Repeat([]byte("new "), large/4))
				must(err)
				must(f.Close())
			}, false, false},
		} {
			t.Run(c.name, func(t *testing.T) {
				if c.unix && runtime.GOOS == "windows" {
					t.Skip("an open file stays where it is on Windows")
				}
				path := filepath.Join(t.TempDir(), "file")
				if err := os.WriteFile(path, old, 0o644); err != nil {
					t.Fatal(err)
				}
				// The modification time of what is written now must differ.
				past := time.Now().Add(-time.Hour)
				must(os.Chtimes(path, past, past))
				s := serve(t, salver.Config{Root: filepath.Dir(path)})
				r := s.ask("GET", "/file")
				defer r.Body.Close()
				first := make([]byte, 4096)
				if _, err := io.ReadFull(r.Body, first); err != nil {
					t.Fatal(err)
				}
				c.change(path)
				rest, err := io.ReadAll(r.Body)
				got := append(first, rest...)
				switch {
				case c.complete && (err != nil || !bytes.Equal(got, old)):
					t.Errorf("%d bytes came, then %v", len(got), err)
				case !c.complete && (len(got) >= len(old) || !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, syscall.ECONNRESET)):
					t.Errorf("%d of %d bytes came, and it is not seen that they are not of one version: %v", len(got), len(old), err)
				}
				if status, _ := s.get("/"); status != 200 {
					t.Errorf("afterwards the server answers %d", status)
				}
			})
		}
	})
}
