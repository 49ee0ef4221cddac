package faults

import (
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/salver-http/salver"
)

// brokenFS is a file system with one bad file: what is read of it fails after the
// first good bytes.
type brokenFS struct {
	fs.FS
	bad      string
	good     int64
	seekable bool
}

func (f brokenFS) Open(name string) (fs.File, error) {
	file, err := f.FS.Open(name)
	if err != nil || name != f.bad {
		return file, err
	}
	if f.seekable {
		return &brokenSeeker{brokenFile{File: file, left: f.good}, f.good}, nil
	}
	return &brokenFile{File: file, left: f.good}, nil
}

var errDisk = errors.New("input/output error")

type brokenFile struct {
	fs.File
	left int64
}

func (f *brokenFile) Read(b []byte) (int, error) {
	if f.left == 0 {
		return 0, errDisk
	}
	n, err := f.File.Read(b[:min(int64(len(b)), f.left)])
	f.left -= int64(n)
	return n, err
}

type brokenSeeker struct {
	brokenFile
	good int64
}

func (f *brokenSeeker) Seek(offset int64, whence int) (int64, error) {
	at, err := f.File.(io.Seeker).Seek(offset, whence)
	f.left = max(0, f.good-at)
	return at, err
}

func (f *brokenSeeker) ReadAt(b []byte, offset int64) (int, error) {
	if offset >= f.good {
		return 0, errDisk
	}
	n, err := f.File.(io.ReaderAt).ReadAt(b[:min(int64(len(b)), f.good-offset)], offset)
	if err == nil && n < len(b) {
		err = errDisk
	}
	return n, err
}

// TestReadError lets reads fail at the beginning, half-way and at the last byte: the
// answer says so with its status or by ending short, never by what it holds.
func TestReadError(t *testing.T) {
	lanes(t, func(t *testing.T, serve start) {
		const small, big = 100 << 10, 9 << 20 // hashed beforehand, and not
		for name, size := range map[string]int64{"small": small, "big": big} {
			content := strings.Repeat("0123456789", int(size/10)+1)[:size]
			for _, good := range []int64{0, 1, size / 2, size - 1} {
				for _, seekable := range []bool{false, true} {
					s := serve(t, salver.Config{FS: brokenFS{fstest.MapFS{
						"bad":  {Data: []byte(content)},
						"good": {Data: []byte("good")},
					}, "bad", good, seekable}})
					for _, field := range []string{"", "bytes=0-", "bytes=5-"} {
						r := s.ask("GET", "/bad", "Range", field)
						b, err := io.ReadAll(r.Body)
						r.Body.Close()
						switch {
						case r.StatusCode >= 400:
						case err == nil:
							t.Errorf("%s, failing after %d, seekable %t, Range %q: %d with %d bytes looks complete", name, good, seekable, field, r.StatusCode, len(b))
						case field != "bytes=5-" && !strings.HasPrefix(content, string(b)), field == "bytes=5-" && len(b) > 0 && !strings.HasPrefix(content[5:], string(b)):
							t.Errorf("%s, failing after %d, seekable %t, Range %q: other bytes than those of the file", name, good, seekable, field)
						}
					}
					if s.log.lines() == 0 {
						t.Errorf("%s, failing after %d, seekable %t: nothing was logged", name, good, seekable)
					}
					if status, got := s.get("/good"); status != 200 || got != "good" {
						t.Errorf("the file beside it is answered %d %q", status, got)
					}
				}
			}
		}
	})
}
