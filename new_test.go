package salver_test

import (
	"errors"
	"io/fs"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/salver-http/salver"
)

// TestNewReportsAll: every mistake at once, each by the field that it is in.
func TestNewReportsAll(t *testing.T) {
	_, err := salver.New(salver.Config{
		Root:             filepath.Join(t.TempDir(), "missing"),
		Index:            []string{"a/b", ""},
		MediaTypes:       map[string]string{"txt": "text/plain", ".x": "nonsense"},
		DefaultMediaType: "also nonsense",
		AllowedHosts:     []string{"a:80"},
		Header: http.Header{
			"Content-Length": {"3"}, "Etag": {`"x"`}, "Bad Name": {"x"}, "X-Split": {"a\r\nb"},
		},
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"Config.Root:", "missing", "Config.Index:", `"a/b"`, `""`, "Config.MediaTypes:", `"txt"`, `"nonsense"`, "Config.DefaultMediaType:", "also nonsense",
		"Config.AllowedHosts:", "a:80", "Config.Header:", "Content-Length", "Etag", "Bad Name", "X-Split",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s:\n%v", want, err)
		}
	}
	for line := range strings.Lines(err.Error()) {
		if !strings.HasPrefix(line, "salver: Config.") {
			t.Errorf("a mistake without its field: %s", line)
		}
	}
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error("the error of Root is lost")
	}
	var ce *salver.ConfigError
	if !errors.As(err, &ce) {
		t.Error("no ConfigError")
	}
}

func TestNewRootOrFS(t *testing.T) {
	if _, err := salver.New(salver.Config{Root: ".", FS: fstest.MapFS{}}); err == nil {
		t.Error("both a Root and an FS were taken")
	}
	if _, err := salver.New(salver.Config{}); err != nil {
		t.Errorf("the zero Config does not serve the working directory: %v", err)
	}
}

func TestNewFixed(t *testing.T) {
	_, err := salver.New(salver.Config{FS: fstest.MapFS{}, Fixed: []salver.Fixed{
		{Path: "/a"},
		{Path: "/a"},
		{Path: "b"},
		{Path: "/"},
		{Path: "/c/"},
		{Path: "/d/../e"},
		{Path: "/f", MediaType: "nonsense"},
		{Path: "/g", Header: http.Header{"Content-Length": {"1"}, "Content-Type": {"text/css"}, "Content-Encoding": {"br"}}},
	}})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`"/a" is there twice`, `"b" is not`, `"/" is not`, `"/c/" is not`, `"/d/../e" is not`, `"nonsense"`,
		"Content-Length", "Content-Type is not for", "Content-Encoding is not for",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %s:\n%v", want, err)
		}
	}
	if n := strings.Count(err.Error(), "\n") + 1; n != 9 {
		t.Errorf("%d lines for nine mistakes:\n%v", n, err)
	}
}
