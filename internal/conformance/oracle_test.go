package conformance

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// oracle is another server that is asked the same.
type oracle struct {
	name    string
	version string
	// start serves a directory and returns its address.
	start func(t testing.TB, root string) (addr string)
}

// oracles are those that can be asked here.
func oracles(t testing.TB) []oracle {
	t.Helper()
	all := []oracle{{name: "go", start: func(t testing.TB, root string) string {
		s := httptest.NewServer(http.FileServer(http.Dir(root)))
		t.Cleanup(s.Close)
		return s.Listener.Addr().String()
	}}}
	python, err := exec.LookPath("python3")
	if err == nil {
		var out []byte
		if out, err = exec.Command(python, "--version").Output(); err == nil {
			version := strings.TrimPrefix(strings.TrimSpace(string(out)), "Python ")
			if !older(version, "3.11") {
				return append(all, oracle{"python", version, startPython})
			}
			err = fmt.Errorf("Python %s has no --protocol", version)
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("python3 from 3.11 on must be there: %v", err)
	}
	t.Logf("python3 is not asked: %v", err)
	return all
}

var servingAt = regexp.MustCompile(`port (\d+)`)

func startPython(t testing.TB, root string) string {
	t.Helper()
	cmd := exec.Command("python3", "-u", "-m", "http.server", "--protocol", "HTTP/1.1", "--bind", "127.0.0.1", "--directory", root, "0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	m := servingAt.FindStringSubmatch(line)
	if m == nil {
		t.Fatalf("python3 -m http.server says %q: %v", line, err)
	}
	return "127.0.0.1:" + m[1]
}

// answers asks the oracle at addr. Not answering is an answer, too.
func (o *oracle) answers(addr string, r *request) (answer, error) {
	a, err := ask(addr, r)
	switch {
	case errors.Is(err, errNoHead):
		return answer{Status: "0.9"}, nil
	case errors.Is(err, io.EOF):
		return answer{Status: "none"}, nil
	case errors.Is(err, errMore):
		return answer{Status: "two"}, nil
	}
	return a, err
}

// difference tells how an oracle's answer differs from ours, "" when it does not
// in anything that is compared.
func difference(ours, theirs answer) string {
	if ours.Status != theirs.Status {
		return theirs.Status
	}
	var ds []string
	compare := func(name string) {
		a, b := ours.get(name), theirs.get(name)
		if name == "Content-Type" {
			a, _, _ = strings.Cut(a, ";")
			b, _, _ = strings.Cut(b, ";")
		}
		switch {
		case a == b:
		case b == "":
			ds = append(ds, "no "+name)
		default:
			ds = append(ds, name+" "+b)
		}
	}
	if ours.Status >= "400" {
		compare("Allow")
		return strings.Join(ds, ", ")
	}
	compare("Content-Type")
	compare("Allow")
	for _, name := range []string{"Content-Range", "Location", "Last-Modified"} {
		compare(name)
	}
	switch {
	case ours.coding != "" || ours.Content != theirs.Content:
		ds = append(ds, "content")
	case len(ds) == 0 || !strings.HasPrefix(ds[0], "Content-Type"):
		compare("Content-Length")
	}
	return strings.Join(ds, ", ")
}

// written is what a case says of how an oracle differs.
func (c *testCase) written(o *oracle) string {
	for _, l := range c.oracles {
		if l.server == o.name && holds(l.versions, o.version) {
			return l.difference
		}
	}
	return ""
}

// holds reports whether a version is one of those that "<3.13" or ">=3.13.4" say.
func holds(condition, version string) bool {
	if condition == "" {
		return true
	}
	if bound, ok := strings.CutPrefix(condition, ">="); ok {
		return !older(version, bound)
	}
	return older(version, strings.TrimPrefix(condition, "<"))
}

func older(a, b string) bool {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range bs {
		var x int
		if i < len(as) {
			x, _ = strconv.Atoi(as[i])
		}
		if y, _ := strconv.Atoi(bs[i]); x != y {
			return x < y
		}
	}
	return false
}
