package faults

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// scene is a small directory of everything that an answer can rest on.
type scene struct {
	t      testing.TB
	dir    string // absolute
	path   string // its target, without a slash at the end
	random *rand.Rand
	serial int
	// sidecars holds the coded content of all that there ever were.
	sidecars map[string]bool
}

// newScene makes a scene of what the changes of these parts need.
func newScene(t testing.TB, root, name string, seed uint64, parts ...string) *scene {
	s := &scene{t: t, dir: filepath.Join(root, name), path: "/" + name, random: rand.New(rand.NewPCG(seed, 1))}
	s.must(os.MkdirAll(s.dir, 0o755))
	for _, part := range parts {
		s.furnish(part)
	}
	return s
}

// furnish makes what the changes of a part need.
func (s *scene) furnish(part string) {
	switch part {
	case "coded":
		s.codeAll("page.js", s.script())
	case "lone":
		s.codeAll("lone.css", s.text(600))
	case "fly.css":
		s.write(part, s.text(600))
	case "big.txt":
		s.write(part, s.text(bigText))
	case "packed/":
		s.write("packed/x.txt", s.text(40))
	case "none.css":
	default:
		if s.exists("link.txt") {
			return
		}
		for _, name := range []string{
			"a.txt", "b.txt", "sub/x.txt", "v1/page.txt", "v2/page.txt", "index/index.htm",
			"list/f1.txt", "list/f2.txt", "list/dir/x", "notes/README.md", "notes/f.txt",
		} {
			s.write(name, s.text(40))
		}
		s.link("a.txt", "link.txt")
		s.link("v1", "current")
	}
}

// probe is a request that is sent before and after a change. conditional says that it
// has the entity tag of the answer to the same request before the change.
type probe struct {
	target, fields string
	conditional    bool
}

// probes are the requests for a part of the scene.
func (s *scene) probes(part string) []probe {
	at := s.path + "/"
	switch part {
	case "file":
		return []probe{
			{target: at + "a.txt"},
			{target: at + "a.txt", conditional: true},
			{target: at + "a.txt", fields: "Range: bytes=1-9\r\n"},
		}
	case "list":
		return []probe{
			{target: at + "list/"},
			{target: at + "list/", conditional: true},
			{target: at + "list/", fields: "Accept: text/plain\r\n"},
			{target: at + "list/?format=json"},
		}
	case "whole":
		return []probe{{target: at + "link.txt"}, {target: at + "index/"}, {target: at + "sub/x.txt"}, {target: at + "missing.txt"}}
	case "sub":
		return []probe{{target: at + "sub/x.txt"}, {target: at + "sub"}}
	case "coded":
		return coded(at + "page.js")
	case "lone":
		return coded(at + "lone.css")
	case "coded list":
		return coded(at + "list/")
	case "none.css", "packed/", "fly.css":
		return coded(at + part)
	case "big.txt": // without brotli, whose best takes seconds under the race detector
		return slices.DeleteFunc(coded(at+part), func(p probe) bool { return strings.Contains(p.fields, "br") })
	}
	return []probe{{target: at + part}}
}

// text is n bytes that were never written before.
func (s *scene) text(n int) string {
	s.serial++
	b := fmt.Appendf(nil, "%s %08d ", s.path, s.serial)
	for len(b) < n {
		b = append(b, byte('a'+s.serial%26))
	}
	return string(b[:n])
}

func (s *scene) in(name string) string { return filepath.Join(s.dir, name) }

func (s *scene) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// clear makes sure that there is nothing of the name.
func (s *scene) clear(name string) { s.must(os.RemoveAll(s.in(name))) }

func (s *scene) write(name, text string) {
	info, err := os.Lstat(s.in(name))
	switch {
	case err != nil:
		s.must(os.MkdirAll(filepath.Dir(s.in(name)), 0o755))
	case !info.Mode().IsRegular():
		s.clear(name)
	}
	s.must(os.WriteFile(s.in(name), []byte(text), 0o644))
}

// inPlace writes at the beginning of a file, which stays what it is otherwise.
func (s *scene) inPlace(name, text string) {
	f, err := os.OpenFile(s.in(name), os.O_WRONLY|os.O_CREATE, 0o644)
	s.must(err)
	_, err = f.WriteAt([]byte(text), 0)
	s.must(err)
	s.must(f.Close())
}

// over renames a new file over what has the name.
func (s *scene) over(name, text string) {
	s.write("new", text)
	if info, err := os.Lstat(s.in(name)); err == nil && info.IsDir() {
		s.clear(name)
	}
	s.must(os.Rename(s.in("new"), s.in(name)))
}

// link makes a symlink in one step, whatever had the name.
func (s *scene) link(to, name string) {
	if info, err := os.Lstat(s.in(name)); err == nil && info.IsDir() {
		s.clear(name)
	}
	s.clear("new")
	s.must(os.Symlink(to, s.in("new")))
	s.must(os.Rename(s.in("new"), s.in(name)))
}

func (s *scene) exists(name string) bool {
	_, err := os.Lstat(s.in(name))
	return err == nil
}

// toggle removes what has the name, and makes it when there is nothing.
func (s *scene) toggle(name string, make func()) {
	if s.exists(name) {
		s.clear(name)
	} else {
		make()
	}
}

// keepTime lets f change a file, and puts its modification time back.
func (s *scene) keepTime(name string, f func()) {
	at := time.Now().Add(-time.Hour)
	if info, err := os.Stat(s.in(name)); err == nil {
		at = info.ModTime()
	}
	f()
	s.must(os.Chtimes(s.in(name), at, at))
}

// swap exchanges two names in one step.
func (s *scene) swap(a, b string) {
	s.must(unix.Renameat2(unix.AT_FDCWD, s.in(a), unix.AT_FDCWD, s.in(b), unix.RENAME_EXCHANGE))
}

// change is something that somebody does to a scene, in whatever state it is. Each
// makes another answer to at least one request for its part.
type change struct {
	name string
	part string // of the scene that it changes
	do   func(s *scene)
}

var changes = slices.Concat(plainChanges, codedChanges)

// plainChanges are those that show whatever codings a client accepts.
var plainChanges = []change{
	{"write in place", "file", func(s *scene) { s.write("a.txt", s.text(40)) }},
	{"write in place, nothing truncated", "file", func(s *scene) { s.inPlace("a.txt", s.text(40)) }},
	{"write in place, time put back", "file", func(s *scene) { s.keepTime("a.txt", func() { s.inPlace("a.txt", s.text(40)) }) }},
	{"another length", "file", func(s *scene) { s.write("a.txt", s.text(41+s.random.IntN(60))) }},
	{"append", "file", func(s *scene) {
		f, err := os.OpenFile(s.in("a.txt"), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
		s.must(err)
		_, err = f.WriteString(s.text(20))
		s.must(err)
		s.must(f.Close())
	}},
	{"truncate", "file", func(s *scene) {
		if info, err := os.Stat(s.in("a.txt")); err != nil || info.Size() == 0 {
			s.write("a.txt", s.text(40))
		} else {
			s.must(os.Truncate(s.in("a.txt"), info.Size()/2))
		}
	}},
	{"punch a hole", "file", func(s *scene) {
		f, err := os.OpenFile(s.in("a.txt"), os.O_RDWR|os.O_CREATE, 0o644)
		s.must(err)
		defer f.Close()
		if b := make([]byte, 1); s.random.IntN(2) == 0 {
			if _, err := f.ReadAt(b, 0); err == nil && b[0] != 0 &&
				unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, 0, 8) == nil {
				return
			}
		}
		_, err = f.WriteAt([]byte(s.text(40)), 0)
		s.must(err)
	}},
	{"write by a memory map", "file", func(s *scene) { s.mapped("a.txt") }},
	{"rename over", "file", func(s *scene) { s.over("a.txt", s.text(40)) }},
	{"rename over, same time and length", "file", func(s *scene) { s.keepTime("a.txt", func() { s.over("a.txt", s.text(40)) }) }},
	{"link over", "file", func(s *scene) {
		s.write("b.txt", s.text(40))
		s.clear("a.txt")
		s.must(os.Link(s.in("b.txt"), s.in("a.txt")))
	}},
	{"exchange", "file", func(s *scene) {
		s.write("b.txt", s.text(40))
		if !s.exists("a.txt") {
			s.write("a.txt", s.text(40))
		}
		s.swap("a.txt", "b.txt")
	}},
	{"unlink or create", "file", func(s *scene) { s.toggle("a.txt", func() { s.write("a.txt", s.text(40)) }) }},
	{"create or unlink", "missing.txt", func(s *scene) { s.toggle("missing.txt", func() { s.write("missing.txt", s.text(40)) }) }},
	{"a link, or not", "missing.txt", func(s *scene) { s.toggle("missing.txt", func() { s.link("b.txt", "missing.txt") }) }},
	{"a directory for a file", "file", func(s *scene) {
		if info, err := os.Lstat(s.in("a.txt")); err == nil && info.IsDir() {
			s.over("a.txt", s.text(40))
		} else {
			s.clear("a.txt")
			s.must(os.Mkdir(s.in("a.txt"), 0o755))
		}
	}},
	{"a FIFO for a file", "file", func(s *scene) {
		if info, err := os.Lstat(s.in("a.txt")); err == nil && info.Mode()&os.ModeNamedPipe != 0 {
			s.over("a.txt", s.text(40))
		} else {
			s.clear("a.txt")
			s.must(syscall.Mkfifo(s.in("a.txt"), 0o644))
		}
	}},
	{"swap a symlink", "link.txt", func(s *scene) { s.turn("link.txt", "a.txt", "b.txt") }},
	{"swap a symlink out of the tree", "link.txt", func(s *scene) { s.turn("link.txt", "/etc/hostname", "b.txt") }},
	{"swap a symlink to nowhere", "link.txt", func(s *scene) { s.turn("link.txt", "nowhere", "b.txt") }},
	{"swap a symlink to a directory", "current/page.txt", func(s *scene) { s.turn("current", "v1", "v2") }},
	{"exchange directories", "current/page.txt", func(s *scene) { s.swap("v1", "v2") }},
	{"rename a directory", "sub", func(s *scene) {
		if s.exists("sub") {
			s.clear("was")
			s.must(os.Rename(s.in("sub"), s.in("was")))
		} else {
			s.must(os.Rename(s.in("was"), s.in("sub")))
		}
	}},
	{"rename the whole", "whole", func(s *scene) {
		s.clear("sub")
		s.write("sub/x.txt", s.text(40))
		was := s.dir + ".was"
		s.must(os.Rename(s.dir, was))
		s.must(os.Mkdir(s.dir, 0o755))
		for _, name := range []string{
			"a.txt", "b.txt", "link.txt", "current", "v1", "v2", "index", "list", "notes", "packed",
			"page.js", "page.js.zst", "page.js.br", "page.js.gz", "lone.css.zst", "lone.css.br", "lone.css.gz", "fly.css", "big.txt",
		} {
			if err := os.Rename(filepath.Join(was, name), s.in(name)); !os.IsNotExist(err) {
				s.must(err)
			}
		}
		s.must(os.RemoveAll(was))
		s.write("sub/x.txt", s.text(40))
	}},
	{"an index before another, or not", "index/", func(s *scene) {
		s.toggle("index/index.html", func() { s.write("index/index.html", s.text(40)) })
	}},
	{"an index, or a listing", "index/", func(s *scene) {
		s.clear("index/index.html")
		s.toggle("index/index.htm", func() { s.write("index/index.htm", s.text(40)) })
	}},
	{"an index for a listing", "list", func(s *scene) {
		s.toggle("list/index.html", func() { s.write("list/index.html", s.text(40)) })
	}},
	{"add an entry", "list", func(s *scene) {
		s.clear("list/index.html")
		s.write(fmt.Sprintf("list/more%d", s.random.IntN(1e9)), "")
	}},
	{"add a hidden entry, and another", "list", func(s *scene) {
		s.clear("list/index.html")
		s.write("list/.hidden", s.text(40))
		s.write(fmt.Sprintf("list/beside%d", s.random.IntN(1e9)), "")
	}},
	{"add an entry, or remove it", "list", func(s *scene) {
		s.clear("list/index.html")
		s.toggle("list/f3.txt", func() { s.write("list/f3.txt", "") })
	}},
	{"rename an entry", "list", func(s *scene) {
		s.clear("list/index.html")
		from, to := "list/dir", "list/folder"
		if !s.exists(from) {
			from, to = to, from
		}
		s.must(os.Rename(s.in(from), s.in(to)))
	}},
	{"an entry's size", "list", func(s *scene) {
		s.clear("list/index.html")
		s.keepTime("list/f1.txt", func() { s.write("list/f1.txt", s.text(42+s.random.IntN(1e4))) })
	}},
	{"an entry's time", "list", func(s *scene) {
		s.clear("list/index.html")
		at := time.Unix(1e9+s.random.Int64N(1e8), 0)
		s.must(os.Chtimes(s.in("list/f2.txt"), at, at))
	}},
	{"within a listed directory's directory", "list", func(s *scene) {
		s.clear("list/index.html")
		s.must(os.MkdirAll(s.in("list/dir"), 0o755))
		s.write(fmt.Sprintf("list/dir/x%d", s.random.IntN(1e9)), "")
	}},
	{"a README", "notes/", func(s *scene) { s.write("notes/README.md", "# "+s.text(40)) }},
	{"a README, or none", "notes/", func(s *scene) {
		s.toggle("notes/README.md", func() { s.write("notes/README.md", "# "+s.text(40)) })
	}},
}

// turn lets a symlink lead to one of two names, the one that it does not lead to, and
// gives what it leads to new content.
func (s *scene) turn(name, a, b string) {
	to := a
	if was, _ := os.Readlink(s.in(name)); was == a {
		to = b
	}
	if to == "b.txt" {
		s.write("b.txt", s.text(40))
	}
	s.link(to, name)
}

// mapped writes to a file by mapping it.
func (s *scene) mapped(name string) {
	if info, err := os.Stat(s.in(name)); err != nil || info.Size() < 40 {
		s.write(name, s.text(40))
		return
	}
	f, err := os.OpenFile(s.in(name), os.O_RDWR, 0)
	s.must(err)
	defer f.Close()
	m, err := unix.Mmap(int(f.Fd()), 0, 40, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	s.must(err)
	copy(m, s.text(40))
	s.must(unix.Msync(m, unix.MS_SYNC))
	s.must(unix.Munmap(m))
}
