package browser

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/salver-http/salver"
)

// client returns the path of a program that speaks HTTP. Where there is none the test is
// skipped, unless CI is set, which says that there has to be one.
func client(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("no %s found", name)
	}
	t.Skipf("no %s found", name)
	return ""
}

// output runs a program and returns what it writes.
func output(t testing.TB, path string, args ...string) string {
	t.Helper()
	c := exec.Command(path, args...)
	var stderr strings.Builder
	c.Stderr = &stderr
	b, err := c.Output()
	if err != nil {
		t.Fatalf("%s %q: %v: %s", path, args, err, stderr.String())
	}
	return string(b)
}

// texts is a site of one text that is compressed on the fly, beside a sidecar and alone.
func texts(t testing.TB) (s *site, content string) {
	s = serve(t, salver.Config{})
	content = "schön\n" + comment()
	s.write("fly.txt", content)
	s.sidecar("beside.txt", "gzip", content)
	s.sidecar("lone.txt", "gzip", content)
	if err := os.Remove(filepath.Join(s.dir, "lone.txt")); err != nil {
		t.Fatal(err)
	}
	return s, content
}

var textNames = []string{"fly.txt", "beside.txt", "lone.txt"}

// TestCurl asks by curl --compressed for each coding that this curl knows.
func TestCurl(t *testing.T) {
	curl := client(t, "curl")
	s, content := texts(t)
	version := output(t, curl, "--version")
	known := []string{"gzip"}
	for feature, coding := range map[string]string{"brotli": "br", "zstd": "zstd"} {
		if regexp.MustCompile(`(?m)^Features:.*\b` + feature + `\b`).MatchString(version) {
			known = append(known, coding)
		}
	}
	slices.Sort(known)
	head := filepath.Join(t.TempDir(), "head")
	// ask returns the Content-Encoding of the answer, whose content has to be content.
	ask := func(name string, args ...string) string {
		t.Helper()
		got := output(t, curl, append(args, "--disable", "--silent", "--show-error", "--fail", "--dump-header", head, s.origin+"/"+name)...)
		if got != content {
			t.Errorf("%s %q: %.60q", name, args, got)
		}
		b, err := os.ReadFile(head)
		if err != nil {
			t.Fatal(err)
		}
		m := regexp.MustCompile(`(?mi)^content-encoding: (\S+)\r$`).FindSubmatch(b)
		if m == nil {
			return ""
		}
		return string(m[1])
	}
	for _, name := range textNames {
		if coding := ask(name, "--compressed"); !slices.Contains(known, coding) || name != "fly.txt" && coding != "gzip" {
			t.Errorf("%s comes in %q to who knows %q", name, coding, known)
		}
		if coding := ask(name); coding != "" {
			t.Errorf("%s comes in %q to who accepts none", name, coding)
		}
		for _, want := range known {
			if coding := ask(name, "--compressed", "--header", "Accept-Encoding: "+want); coding != want {
				t.Errorf("%s comes in %q, not in %q", name, coding, want)
			}
		}
	}
	t.Logf("curl knows %q", known)

	// What was left off is of the same representation as what there is.
	whole, part := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "part")
	for _, name := range textNames {
		args := []string{"--disable", "--silent", "--show-error", "--fail", "--output"}
		output(t, curl, append(args, whole, s.origin+"/"+name)...)
		if err := os.WriteFile(part, []byte(content[:100]), 0o644); err != nil {
			t.Fatal(err)
		}
		output(t, curl, append(args, part, "--continue-at", "-", s.origin+"/"+name)...)
		a, err := os.ReadFile(whole)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(part); err != nil || string(a) != content || string(b) != content {
			t.Errorf("%s: of %d bytes %d come in two parts, %d in one, %v", name, len(content), len(b), len(a), err)
		}
	}
}

// fetch is a client that takes off the coding by itself, and confirms what it has.
const fetch = `
import gzip, sys, urllib.error, urllib.request
def ask(url, **fields):
    request = urllib.request.Request(url, headers={k.replace("_", "-"): v for k, v in fields.items()})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.headers, answer.read()
for url in sys.argv[1:]:
    plain, content = ask(url)
    assert plain["Content-Encoding"] is None, plain
    coded, data = ask(url, Accept_Encoding="gzip")
    assert coded["Content-Encoding"] == "gzip" and coded["Vary"] == plain["Vary"] == "Accept-Encoding", coded
    assert int(coded["Content-Length"]) == len(data) < len(content), coded
    assert gzip.decompress(data) == content
    assert coded["ETag"] != plain["ETag"]
    for head, accept in (plain, "identity"), (coded, "gzip"):
        try:
            ask(url, Accept_Encoding=accept, If_None_Match=head["ETag"])
            raise AssertionError("not confirmed")
        except urllib.error.HTTPError as e:
            assert e.code == 304 and e.headers["ETag"] == head["ETag"], (e.code, e.headers)
    sys.stdout.buffer.write(content)
`

// TestUrllib asks by Python's client, which decodes nothing by itself.
func TestUrllib(t *testing.T) {
	python := client(t, "python3")
	s, content := texts(t)
	args := []string{"-c", fetch}
	for _, name := range textNames {
		args = append(args, s.origin+"/"+name)
	}
	if got := output(t, python, args...); got != strings.Repeat(content, len(textNames)) {
		t.Errorf("it reads %.200q", got)
	}
}

// TestWget fetches by wget, where there is one, plainly and compressed; the second time
// nothing is newer.
func TestWget(t *testing.T) {
	wget, err := exec.LookPath("wget")
	if err != nil {
		t.Log("there is no wget")
		return
	}
	for _, compression := range []string{"none", "gzip"} {
		s, content := texts(t)
		dir := t.TempDir()
		for _, name := range textNames {
			for range 2 {
				output(t, wget, "--no-config", "--quiet", "--compression="+compression, "--timestamping", "--directory-prefix", dir, s.origin+"/"+name)
				if b, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(b) != content {
					t.Errorf("compression %s: %s has %d bytes of %d, %v", compression, name, len(b), len(content), err)
				}
			}
			eventually(t, "the answers to "+name, func() string { return cmp.Diff([]int{200, 304}, s.answers("/"+name)) })
		}
	}
}
