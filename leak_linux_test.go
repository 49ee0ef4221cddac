package salver_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/salver-http/salver"
)

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// TestNoLeak: whatever becomes of a request, also when a hook panics, which net/http
// survives, what it opened is closed.
func TestNoLeak(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"a.txt": "a", "big.bin": strings.Repeat("x", 1<<20), "sub/index.html": "i", "list/x": "x", "list/README.md": "# r",
		"key.pem": "PRIVATE KEY-----", "panic.x": "p", ".hidden": "h",
	} {
		name = filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(name), 0o777)
		if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	os.Symlink("/", filepath.Join(dir, "out"))
	os.Symlink(filepath.Join(dir, "a.txt"), filepath.Join(dir, "in"))
	h, err := salver.New(salver.Config{
		Root:   dir,
		Readme: func(b []byte) ([]byte, error) { return b, nil },
		MediaType: func(name string) string {
			if strings.HasSuffix(name, ".x") {
				panic("hook")
			}
			return ""
		},
		ErrorPage: func(status int, _ string) salver.Page {
			if status == 412 {
				panic("hook")
			}
			return salver.Page{}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	round := func() {
		for _, target := range []string{"/a.txt", "/big.bin", "/sub", "/sub/", "/list/", "/list/?format=json", "/key.pem", "/panic.x", "/.hidden", "/out", "/out/etc/", "/in", "/missing", "/a.txt/", "/%00"} {
			for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS"} {
				for _, f := range [][2]string{{"", ""}, {"Range", "bytes=0-0"}, {"Range", "bytes=9999999-"}, {"Range", "bytes=0-0,900000-900001"}, {"If-Match", `"x"`}, {"If-None-Match", "*"}} {
					func() {
						defer func() { recover() }()
						r := httptest.NewRequest(method, target, nil)
						r.Header.Set(f[0], f[1])
						h.ServeHTTP(httptest.NewRecorder(), r)
					}()
				}
			}
		}
	}
	round()
	before := descriptors(t)
	for range 5 {
		round()
	}
	if after := descriptors(t); after > before+2 {
		t.Errorf("%d descriptors are open, and were %d", after, before)
	}
}
