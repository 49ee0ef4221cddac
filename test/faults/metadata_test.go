package faults

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"testing/fstest"
	"time"

	"github.com/salver-http/salver"
)

// TestHugeFile asks for a file of 1 TiB that holds nothing.
func TestHugeFile(t *testing.T) {
	lanes(t, func(t *testing.T, serve start) {
		const size = 1 << 40
		dir := t.TempDir()
		write(t, filepath.Join(dir, "huge"), "")
		if err := os.Truncate(filepath.Join(dir, "huge"), size); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skipf("no file of 1 TiB here: %v", err)
		}
		s := serve(t, salver.Config{Root: dir})
		fastest := patience
		for range 10 {
			began := time.Now()
			r := s.ask("HEAD", "/huge")
			fastest = min(fastest, time.Since(began))
			if r.StatusCode != 200 || r.ContentLength != size {
				t.Fatalf("HEAD is answered %d, Content-Length %d", r.StatusCode, r.ContentLength)
			}
		}
		// It takes 0.1 ms; were any of the content looked at, it would be minutes.
		if fastest > 50*time.Millisecond {
			t.Errorf("the fastest of ten HEADs took %v", fastest)
		}
		for field, want := range map[string]string{
			"bytes=1099511627775-":              "bytes 1099511627775-1099511627775/1099511627776",
			"bytes=-1":                          "bytes 1099511627775-1099511627775/1099511627776",
			"bytes=1099511627775-9999999999999": "bytes 1099511627775-1099511627775/1099511627776",
			"bytes=1099511627776-":              "bytes */1099511627776",
		} {
			r := s.ask("GET", "/huge", "Range", field)
			b, err := io.ReadAll(r.Body)
			r.Body.Close()
			if got := r.Header.Get("Content-Range"); got != want {
				t.Errorf("%s: Content-Range %q, not %q", field, got, want)
			}
			if r.StatusCode == 206 && (err != nil || string(b) != "\x00") {
				t.Errorf("%s: content %q, %v", field, b, err)
			}
		}
	})
}

// TestOddTimes asks for files from before the beginning, and from the future. What
// no field can say, or would be later than the answer (RFC 9110 §8.8.2.1), is not said.
func TestOddTimes(t *testing.T) {
	lanes(t, func(t *testing.T, serve start) {
		times := map[string]time.Time{
			"none":   {},
			"epoch":  time.Unix(0, 0),
			"before": time.Date(1901, 12, 13, 0, 0, 0, 0, time.UTC),
			"common": time.Date(2020, 2, 29, 12, 0, 0, 5, time.UTC),
			"future": time.Now().AddDate(10, 0, 0),
			"10000":  time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC),
			"last":   time.Unix(1<<62, 0),
			"minus":  time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC),
		}
		memory := fstest.MapFS{}
		dir := t.TempDir()
		for name, at := range times {
			memory[name] = &fstest.MapFile{Data: []byte(name), ModTime: at}
			write(t, filepath.Join(dir, name), name)
			if err := os.Chtimes(filepath.Join(dir, name), at, at); err != nil {
				t.Logf("no such time on this file system: %s: %v", name, err)
			}
		}
		for where, s := range map[string]*server{
			"fs.FS": serve(t, salver.Config{FS: memory}),
			"disk":  serve(t, salver.Config{Root: dir}),
		} {
			for name := range times {
				r := s.ask("GET", "/"+name)
				b, err := io.ReadAll(r.Body)
				r.Body.Close()
				if r.StatusCode != 200 || string(b) != name || err != nil || r.Header.Get("Content-Length") != strconv.Itoa(len(name)) {
					t.Errorf("%s, %s: %d %q %v", where, name, r.StatusCode, b, err)
				}
				field := r.Header.Get("Last-Modified")
				if field == "" {
					if name == "common" {
						t.Errorf("%s, %s: no Last-Modified", where, name)
					}
					continue
				}
				said, err := http.ParseTime(field)
				if err != nil {
					t.Errorf("%s, %s: Last-Modified %q", where, name, field)
				}
				if date, err := http.ParseTime(r.Header.Get("Date")); err != nil || said.After(date) {
					t.Errorf("%s, %s: Last-Modified %q in an answer of %q", where, name, field, r.Header.Get("Date"))
				}
			}
			if status, _ := s.get("/"); status != 200 {
				t.Errorf("%s: the listing is answered %d", where, status)
			}
			if status, _ := s.get("/?format=json&sort=time"); status != 200 {
				t.Errorf("%s: the listing as JSON is answered %d", where, status)
			}
		}
	})
}
