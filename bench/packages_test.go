package main

import (
	"archive/tar"
	"compress/gzip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// writeArchive writes an archive as npm pack does.
func writeArchive(t *testing.T, name string, files ...string) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := gzip.NewWriter(f)
	defer z.Close()
	out := tar.NewWriter(z)
	defer out.Close()
	for _, n := range files {
		text := "text of " + n
		if err := out.WriteHeader(&tar.Header{Name: n, Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	link := &tar.Header{Name: "package/link.js", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}
	if err := out.WriteHeader(link); err != nil {
		t.Fatal(err)
	}
}

func TestCollect(t *testing.T) {
	dir, site := t.TempDir(), filepath.Join(t.TempDir(), "site")
	writeArchive(t, filepath.Join(dir, "b-1.2.tgz"), "package/z.css", "package/a b.js", "package/a.js.map", "package/README.md")
	for name, text := range map[string]string{"a/x/y.html": "y", "a/empty.js": "", "a/n.txt": "n", "none/n.txt": "n", "loose.js": "l"} {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := collect(dir, site)
	want := []pack{{"a", []string{"a/x/y.html"}}, {"b-1.2", []string{"b-1.2/package/a b.js", "b-1.2/package/z.css"}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	text, err := os.ReadFile(filepath.Join(site, "b-1.2/package/a b.js"))
	if err != nil || string(text) != "text of package/a b.js" {
		t.Errorf("%q, %v", text, err)
	}
	if info, err := os.Stat(filepath.Join(site, "a/x/y.html")); err != nil || !info.ModTime().Equal(modified) {
		t.Errorf("a file that looks fresh: %v, %v", info.ModTime(), err)
	}
}

func TestCollectRefuses(t *testing.T) {
	site := t.TempDir()
	if _, err := collect(t.TempDir(), site); err == nil || !strings.Contains(err.Error(), "npm pack --pack-destination") {
		t.Errorf("of nothing: %v", err)
	}
	if _, err := collect(filepath.Join(site, "none"), site); err == nil {
		t.Error("there is a directory that there is not")
	}
	dir := t.TempDir()
	writeArchive(t, filepath.Join(dir, "evil.tgz"), "../../evil.js")
	if _, err := collect(dir, site); err == nil || !strings.Contains(err.Error(), "leads elsewhere") {
		t.Errorf("of a name that leads elsewhere: %v", err)
	}
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.tgz"), []byte("no archive at all"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := collect(dir, site); err == nil || !strings.Contains(err.Error(), "x.tgz: gzip") {
		t.Errorf("of what is no archive: %v", err)
	}
}
