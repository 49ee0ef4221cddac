package conformance

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/salver-http/salver"
	"github.com/salver-http/salver/internal/tree"
)

// kinds are the kinds of trees that every theme is served from, where it can be.
var kinds = []struct {
	name string
	make func(t testing.TB, th *theme, c salver.Config, single string) salver.Config
}{
	{"directory", inDirectory},
	{"os.Root", func(t testing.TB, th *theme, c salver.Config, single string) salver.Config {
		return inDirectory(t, th, c, single)
	}},
	{"fs.FS", func(t testing.TB, th *theme, c salver.Config, single string) salver.Config {
		m, ok := th.makeFS()
		if !ok || single != "" {
			t.Skip("an fs.FS cannot have this tree")
		}
		c.FS = m
		return c
	}},
}

func inDirectory(t testing.TB, th *theme, c salver.Config, single string) salver.Config {
	t.Helper()
	c.Root = th.makeDir(t)
	if single != "" {
		c.Root += "/" + single
	}
	return c
}

// TestCases sends every case through every lane from every kind of tree.
func TestCases(t *testing.T) {
	for _, th := range loadThemes(t) {
		t.Run(th.name, func(t *testing.T) {
			for _, kind := range kinds {
				t.Run(kind.name, func(t *testing.T) {
					tree.Portable.Store(kind.name == "os.Root")
					defer tree.Portable.Store(false)
					config := th.setting(t)
					c, single, err := configOf(config)
					if err != nil {
						t.Fatal(err)
					}
					c = kind.make(t, th, c, single)
					if slices.Contains(config, "rested") && c.FS == nil {
						time.Sleep(2100 * time.Millisecond)
					}
					for _, l := range lanes {
						if l.tree != "" && l.tree != kind.name || raced && (l.unraced || kind.name != "directory" && l.name != "HTTP/1.1") {
							continue // the race detector sees each lane, and each kind of tree, once
						}
						t.Run(l.name, func(t *testing.T) { th.run(t, &l, kind.name, l.start(t, c)) })
					}
				})
			}
		})
	}
}

// TestHot sends every case through the lanes once its answers are kept, from every kind
// of tree: all are made first, because only what has rested is kept.
func TestHot(t *testing.T) {
	for _, th := range loadThemes(t) {
		for _, kind := range kinds {
			t.Run(th.name+"/"+kind.name, func(t *testing.T) {
				tree.Portable.Store(kind.name == "os.Root")
				defer tree.Portable.Store(false)
				config := th.setting(t)
				c, single, err := configOf(config)
				if err != nil {
					t.Fatal(err)
				}
				c = kind.make(t, th, c, single)
				lanes := hotLanes
				if raced && kind.name != "directory" {
					lanes = lanes[:1] // see TestCases
				}
				asks := make([]exchange, len(lanes))
				for i, l := range lanes {
					asks[i] = l.start(t, c)
				}
				made := time.Now()
				t.Parallel() // waits here until all are made
				time.Sleep(time.Until(made.Add(2100 * time.Millisecond)))
				for i, l := range lanes {
					t.Run(l.name, func(t *testing.T) { th.run(t, &l, kind.name, asks[i]) })
				}
			})
		}
	}
}

// setting is the theme's config section, when the theme can be had here.
func (th *theme) setting(t testing.TB) []string {
	if slices.Contains(th.config, "unprivileged") && os.Geteuid() == 0 {
		t.Skip("root may read any file: TestUnprivileged runs it as somebody else")
	}
	return th.config
}

// TestUnprivileged runs the themes that root cannot as a user without rights.
func TestUnprivileged(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("TestCases has run them")
	}
	asNobody(t, "^(TestCases|TestHot|TestOracles)$/^unreadable$")
}

func (th *theme) run(t *testing.T, l *lane, kind string, ask exchange) {
	for _, c := range th.cases {
		if !l.takes(&c.request) || !c.isFor(l) || slices.Contains(c.not, kind) {
			continue
		}
		t.Run(strings.TrimPrefix(c.name, th.name+"/"), func(t *testing.T) {
			want, err := c.expected(th, l.mount)
			if err != nil {
				t.Fatal(err)
			}
			got, err := ask(c.request)
			if err != nil {
				t.Fatal(err)
			}
			if d := diff(want.fillIn(got), got); d != "" {
				t.Errorf("%s%s", c.note, d)
			}
			if c.request.raw == "" && c.request.method == "GET" && c.request.get("Range") == nil {
				askHead(t, ask, c.request, got)
			}
			if c.request.raw == "" && c.request.method == "GET" && got.Status == "200" && !c.request.isConditional() {
				askAgain(t, ask, c.request, got, th.config)
				askLast(t, ask, c.request, got)
				askPlain(t, ask, c.request, got)
			}
		})
	}
}

// TestOracles asks http.FileServer and Python the same, and holds every difference
// against what the case says of it.
func TestOracles(t *testing.T) {
	others := oracles(t)
	for _, th := range loadThemes(t) {
		if len(th.config) > 0 && th.config[0] != "unprivileged" {
			continue // they cannot be told
		}
		t.Run(th.name, func(t *testing.T) {
			t.Parallel()
			th.setting(t)
			root := th.makeDir(t)
			for _, o := range others {
				t.Run(o.name, func(t *testing.T) { th.compare(t, &o, o.start(t, root)) })
			}
		})
	}
}

func (th *theme) compare(t *testing.T, o *oracle, addr string) {
	for _, c := range th.cases {
		written := c.written(o)
		if written == "-" {
			continue
		}
		ours, err := c.expected(th, "")
		if err != nil {
			t.Error(err)
			continue
		}
		theirs, err := o.answers(addr, &c.request)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if d := difference(ours, theirs); d != written {
			t.Errorf("%s: %s answers %q, and the case says %q", c.name, o.name, d, written)
		}
	}
}

// TestExpectations makes sure that the cases are many, have different names and
// reasons, and do not contradict themselves.
func TestExpectations(t *testing.T) {
	section := regexp.MustCompile(`RFC \d+ §|CVE-\d+-\d+|CWE-\d+|Python, `)
	n := 0
	for _, th := range loadThemes(t) {
		for _, c := range th.cases {
			n++
			if !section.MatchString(c.note) && len(strings.Fields(c.note)) < 5 {
				t.Errorf("%s: names neither a section nor a reason", c.name)
			}
			if strings.Contains(c.note, "??") {
				t.Errorf("%s: not thought through", c.name)
			}
			a, err := c.expected(th, "")
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			taken := false
			for _, l := range lanes {
				taken = taken || l.takes(&c.request) && c.isFor(&l)
			}
			if !taken {
				t.Errorf("%s: no lane takes it", c.name)
			}
			for _, name := range slices.Concat(c.not, c.only) {
				if name != "fs.FS" && name != "os.Root" && !slices.ContainsFunc(slices.Concat(lanes, hotLanes), func(l lane) bool { return l.name == name }) {
					t.Errorf("%s: there is no lane %q", c.name, name)
				}
			}
			length := a.get("Content-Length")
			switch {
			case length == "" && a.get("Server") == "": // net/http answers until it closes
			case c.request.method == "HEAD" || length == "{length}":
			case a.coding != "":
				t.Errorf("%s: the length of what is compressed depends on the compressor", c.name)
			case a.Status == "304" || a.Status == "204":
				if a.Content != "" || length != "" {
					t.Errorf("%s: %s with content", c.name, a.Status)
				}
			case strings.Contains(a.Content, "--BOUNDARY"):
				if d := len(a.Content) + strings.Count(a.Content, "--BOUNDARY")*(32-len("BOUNDARY")); length != fmt.Sprint(d) {
					t.Errorf("%s: Content-Length %s of %d bytes", c.name, length, d)
				}
			case length != fmt.Sprint(len(a.Content)):
				t.Errorf("%s: Content-Length %s of %d bytes", c.name, length, len(a.Content))
			}
		}
	}
	if n < 250 {
		t.Errorf("there are %d cases; at least 250 were promised", n)
	}
	t.Logf("%d cases", n)
}
