package conformance

import (
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"
)

var defaultMTime = time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)

// node is one name of a tree.
type node struct {
	name    string // decoded; "../" leads beside the tree
	kind    string // "" for a file, "dir", "fifo", "->"
	content string // or the target of a link
	coding  string // what content is in, "" for none
	plain   string // the name of the file that it is then of
	mtime   time.Time
	mode    fs.FileMode // 0 for the usual
	chmod   bool
}

// addNode reads a line of the tree section.
func addNode(nodes []node, line string) ([]node, error) {
	name, rest, _ := strings.Cut(line, " ")
	name, err := url.PathUnescape(name)
	if err != nil {
		return nil, err
	}
	rest = strings.TrimSpace(rest)
	n := node{name: name, mtime: defaultMTime}
	at := -1
	for i := range nodes {
		if nodes[i].name == name {
			n, at = nodes[i], i
		}
	}
	word := func() (w string) {
		w, rest, _ = strings.Cut(rest, " ")
		rest = strings.TrimSpace(rest)
		return w
	}
	for rest != "" {
		if rest[0] == '"' {
			q, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", line, err)
			}
			rest = strings.TrimSpace(rest[len(q):])
			if n.content, err = strconv.Unquote(q); err != nil {
				return nil, err
			}
			continue
		}
		var err error
		switch w := word(); w {
		case "bytes":
			var size int
			size, err = strconv.Atoi(word())
			n.content = numbered(size)
		case "zeros":
			var size int
			size, err = strconv.Atoi(word())
			n.content = strings.Repeat("\x00", size)
		case "gzip", "br", "zstd":
			n.coding, n.plain = w, word()
		case "dir", "fifo":
			n.kind = w
		case "->":
			n.kind, n.content = w, word()
		case "mtime":
			n.mtime, err = time.Parse(time.RFC3339Nano, word())
		case "mode":
			var mode uint64
			mode, err = strconv.ParseUint(word(), 8, 32)
			n.mode, n.chmod = fs.FileMode(mode), true
		default:
			err = fmt.Errorf("what is %q?", w)
		}
		if err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
	}
	if at >= 0 {
		nodes[at] = n
		return nodes, nil
	}
	return append(nodes, n), nil
}

// numbered is lines of 8 bytes, cut to size.
func numbered(size int) string {
	b := make([]byte, 0, size+8)
	for i := 0; len(b) < size; i++ {
		b = fmt.Appendf(b, "%07d\n", i)
	}
	return string(b[:size])
}

// makeDir makes the tree in a new directory and returns its path.
func (th *theme) makeDir(t testing.TB) string {
	t.Helper()
	beside := t.TempDir()
	root := filepath.Join(beside, "root")
	if err := os.Mkdir(root, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, n := range th.nodes {
		if err := n.make(root); err != nil {
			if runtime.GOOS != "linux" {
				t.Skipf("this system cannot have the tree: %v", err)
			}
			t.Fatal(err)
		}
	}
	// Directories last, the deepest first: making a name in one changes its time.
	var dirs []string
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			dirs = append(dirs, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	times := make(map[string]time.Time)
	for _, n := range th.nodes {
		if n.kind == "dir" {
			times[filepath.Join(root, filepath.FromSlash(n.name))] = n.mtime
		}
	}
	for i := len(dirs) - 1; i >= 0; i-- {
		mtime, ok := times[dirs[i]]
		if !ok {
			mtime = defaultMTime
		}
		if err := os.Chtimes(dirs[i], mtime, mtime); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range th.nodes {
		if n.chmod {
			p := filepath.Join(root, filepath.FromSlash(n.name))
			if err := os.Chmod(p, n.mode); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.Chmod(p, 0o755) }) // so that it can be removed
		}
	}
	return root
}

func (n *node) make(root string) error {
	p := filepath.Join(root, filepath.FromSlash(n.name))
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		return err
	}
	switch n.kind {
	case "dir":
		return os.MkdirAll(p, 0o755)
	case "fifo":
		return makeFIFO(p)
	case "->":
		return os.Symlink(strings.ReplaceAll(n.content, "$ROOT", root), p)
	}
	if err := os.WriteFile(p, []byte(n.content), 0o644); err != nil {
		return err
	}
	return os.Chtimes(p, n.mtime, n.mtime)
}

// makeFS makes the tree in memory; ok is false when an fs.FS cannot have it.
func (th *theme) makeFS() (_ fstest.MapFS, ok bool) {
	m := fstest.MapFS{".": {Mode: fs.ModeDir | 0o755, ModTime: defaultMTime}}
	for _, n := range th.nodes {
		if !fs.ValidPath(n.name) || !utf8.ValidString(n.name) {
			return nil, false
		}
		for dir := path.Dir(n.name); dir != "."; dir = path.Dir(dir) {
			if m[dir] == nil {
				m[dir] = &fstest.MapFile{Mode: fs.ModeDir | 0o755, ModTime: defaultMTime}
			}
		}
		switch {
		case n.kind == "dir":
			m[n.name] = &fstest.MapFile{Mode: fs.ModeDir | 0o755, ModTime: n.mtime}
		case n.kind == "" && !n.chmod:
			m[n.name] = &fstest.MapFile{Data: []byte(n.content), Mode: 0o644, ModTime: n.mtime}
		default:
			return nil, false
		}
	}
	return m, true
}
