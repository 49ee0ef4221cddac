package salver_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/salver-http/salver"
)

// readerFrom is a ResponseWriter that tells what it was told to read from.
type readerFrom struct {
	*httptest.ResponseRecorder
	descriptor bool
	bulk       int64
}

func (w *readerFrom) ReadFrom(r io.Reader) (int64, error) {
	if l, ok := r.(*io.LimitedReader); ok {
		_, w.descriptor = l.R.(syscall.Conn)
	}
	n, err := io.Copy(w.ResponseRecorder, r)
	w.bulk += n
	return n, err
}

// TestSendfile: net takes sendfile for a LimitedReader of a syscall.Conn, and so all
// but the end of a large file must come as one.
func TestSendfile(t *testing.T) {
	dir := t.TempDir()
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	if err := os.WriteFile(filepath.Join(dir, "f"), content, 0o666); err != nil {
		t.Fatal(err)
	}
	h, err := salver.New(salver.Config{Root: dir})
	if err != nil {
		t.Fatal(err)
	}
	for rng, want := range map[string][]byte{
		"": content, "bytes=1000-": content[1000:], "bytes=5-900000": content[5:900_001], "bytes=-800001": content[len(content)-800_001:],
	} {
		r := httptest.NewRequest("GET", "/f", nil)
		if rng != "" {
			r.Header.Set("Range", rng)
		}
		w := &readerFrom{ResponseRecorder: httptest.NewRecorder()}
		h.ServeHTTP(w, r)
		if !bytes.Equal(w.Body.Bytes(), want) {
			t.Errorf("%q: %d bytes that are not the content", rng, w.Body.Len())
		}
		if !w.descriptor || w.bulk < int64(len(want))*99/100 {
			t.Errorf("%q: %d of %d bytes could go by sendfile", rng, w.bulk, len(want))
		}
	}
}

// TestCutShort: what changes while it is sent never looks whole. The response ends by
// panic, which makes net/http close the connection.
func TestCutShort(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789"), 100_000)
	for name, c := range map[string]struct {
		change func(name string)
		whole  bool
	}{
		"nothing":   {func(string) {}, true},
		"truncated": {func(name string) { os.Truncate(name, 10) }, false},
		"rewritten": {func(name string) {
			os.WriteFile(name, bytes.ToUpper(bytes.ReplaceAll(content, []byte("0"), []byte("x"))), 0o666)
		}, false},
		"longer": {func(name string) { os.WriteFile(name, append([]byte("new"), content...), 0o666) }, false},
		"grown": {func(name string) {
			f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
			if err == nil {
				f.WriteString("more")
				f.Close()
			}
		}, true},
		"replaced": {func(name string) { os.WriteFile(name+"~", nil, 0o666); os.Rename(name+"~", name) }, true},
		"removed":  {func(name string) { os.Remove(name) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "f")
			if err := os.WriteFile(file, content, 0o666); err != nil {
				t.Fatal(err)
			}
			var logged bytes.Buffer
			var access []salver.Access
			h, err := salver.New(salver.Config{
				Root: dir, ErrorLog: slog.New(slog.NewTextHandler(&logged, nil)),
				AccessLog: func(a salver.Access) { access = append(access, a) },
			})
			if err != nil {
				t.Fatal(err)
			}
			w := &interrupted{ResponseRecorder: httptest.NewRecorder(), do: func() { c.change(file) }}
			panicked := serve(h, w)
			if c.whole {
				if panicked != nil || !bytes.Equal(w.Body.Bytes(), content) || logged.Len() > 0 {
					t.Errorf("panic %v, %d bytes, log %q", panicked, w.Body.Len(), &logged)
				}
			} else {
				if panicked != http.ErrAbortHandler || w.Body.Len() >= len(content) {
					t.Errorf("panic %v, %d bytes", panicked, w.Body.Len())
				}
				if !strings.Contains(logged.String(), "changed") {
					t.Errorf("the log does not tell the cause: %q", &logged)
				}
			}
			want := []salver.Access{{
				Method: "GET", Target: "/f", Proto: "HTTP/1.1", Status: 200, Length: int64(w.Body.Len()),
				RemoteAddr: "192.0.2.1:1234", Host: "example.com",
			}}
			if diff := cmp.Diff(want, access, cmpopts.IgnoreFields(salver.Access{}, "Time", "Duration", "Cause")); diff != "" {
				t.Error(diff)
			}
			if told := len(access) == 1 && access[0].Cause != nil; told == c.whole {
				t.Errorf("the access log is told the cause %v", access[0].Cause)
			}
		})
	}
}

// interrupted does something after the first half megabyte.
type interrupted struct {
	*httptest.ResponseRecorder
	do func()
}

func (w *interrupted) Write(p []byte) (int, error) {
	n, err := w.ResponseRecorder.Write(p)
	if w.do != nil && w.Body.Len() > 500_000 {
		w.do()
		w.do = nil
	}
	return n, err
}

func serve(h http.Handler, w http.ResponseWriter) (panicked any) {
	defer func() { panicked = recover() }()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/f", nil))
	return nil
}

// TestClientGone: a client that leaves is no failure of the server's, and not logged
// as one.
func TestClientGone(t *testing.T) {
	var logged bytes.Buffer
	h, err := salver.New(salver.Config{
		FS:       fstest.MapFS{"f": {Data: make([]byte, 1<<20)}},
		ErrorLog: slog.New(slog.NewTextHandler(&logged, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	if p := serve(h, gone{httptest.NewRecorder()}); p != http.ErrAbortHandler {
		t.Errorf("panic %v", p)
	}
	if logged.Len() > 0 {
		t.Errorf("logged: %s", &logged)
	}
}

type gone struct{ *httptest.ResponseRecorder }

func (gone) Write([]byte) (int, error) { return 0, errors.New("connection reset") }

// TestHosts: what is no host is answered as HTTP/1.1's lane and net/http's do, also where net/http does not look, which is HTTP/2.
func TestHosts(t *testing.T) {
	h, err := salver.New(salver.Config{FS: fstest.MapFS{"f.txt": {Data: []byte("x")}}, AllowedHosts: []string{"*.example.org"}})
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]int{
		"a.example.org:80": 200, "[::1]:80": 200, "": 200, "x@a.example.org": 400, "evil.example/.example.org": 400, "evil .example.org": 400, "ä.example.org": 400, "evil#.example.org": 400, "example.net": 421,
	} {
		r := httptest.NewRequest("GET", "/f.txt", nil)
		r.Host = host
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != want {
			t.Errorf("%q: %d, want %d", host, w.Code, want)
		}
	}
}
