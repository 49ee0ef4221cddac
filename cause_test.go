package salver_test

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/salver-http/salver"
)

// TestCause: the log is told why, the client is not, and only what is the server's own
// fault is an error.
func TestCause(t *testing.T) {
	root := t.TempDir()
	if err := os.Symlink(filepath.Dir(root), filepath.Join(root, "out")); err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]string{
		"/missing":     "",
		"/../x":        "",
		"/.git/config": "secret",
		"/.hidden":     "hidden",
		"/out":         "leads out",
	} {
		var logged bytes.Buffer
		var access salver.Access
		h, err := salver.New(salver.Config{
			Root: root, ErrorLog: slog.New(slog.NewTextHandler(&logged, nil)),
			AccessLog: func(a salver.Access) { access = a },
		})
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.Path, r.RequestURI = target, target
		h.ServeHTTP(w, r)
		got := ""
		if access.Cause != nil {
			got = access.Cause.Error()
		}
		if (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: the cause is %q, want %q in it", target, got, want)
		}
		if w.Code != 404 || want != "" && strings.Contains(w.Body.String(), want) || logged.Len() > 0 {
			t.Errorf("%s: %d %s, logged %s", target, w.Code, w.Body, &logged)
		}
	}
}

// badFile opens, and cannot be read.
type badFile struct{ fstest.MapFS }

func (b badFile) Open(name string) (fs.File, error) {
	f, err := b.MapFS.Open(name)
	return unreadable{f}, err
}

type unreadable struct{ fs.File }

func (unreadable) Read([]byte) (int, error) { return 0, errors.New("input/output error") }

// TestOwnFault: what was found and then failed is a 500, and an error in the log.
func TestOwnFault(t *testing.T) {
	for name, c := range map[string]salver.Config{
		"read":  {FS: badFile{fstest.MapFS{"f": {Data: []byte("x")}}}},
		"hook":  {FS: fstest.MapFS{"f/x": {}}, List: func(salver.Directory) (salver.Page, error) { return salver.Page{}, errors.New("input/output error") }},
		"names": {FS: badFile{fstest.MapFS{"f/x": {}}}},
	} {
		var logged bytes.Buffer
		c.ErrorLog = slog.New(slog.NewTextHandler(&logged, nil))
		h, err := salver.New(c)
		if err != nil {
			t.Fatal(err)
		}
		target := "/f"
		if name != "read" {
			target = "/f/"
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", target, nil))
		if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "input/output") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		if name != "names" && !strings.Contains(logged.String(), "input/output error") {
			t.Errorf("%s: logged %s", name, &logged)
		}
	}
}
