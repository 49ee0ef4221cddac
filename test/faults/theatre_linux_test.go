package faults

import (
	"cmp"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/salver-http/salver"
	"github.com/salver-http/salver/markdown"
)

// theatre is many scenes in one root, and a server of them.
type theatre struct {
	t      *testing.T
	root   string
	config salver.Config
	scenes []*scene
	wires  []*wire
	random *rand.Rand
	asked  int
	// changes are played, one for each scene, from another one on each time.
	changes []change
	tagged  map[string]uint64 // what content a strong tag of a target was seen with
}

// temporary is a directory on a disk, or in memory.
func temporary(t *testing.T, memory bool) string {
	if !memory {
		return t.TempDir()
	}
	var fs syscall.Statfs_t
	const tmpfs = 0x01021994
	if err := syscall.Statfs("/dev/shm", &fs); err != nil || fs.Type != tmpfs {
		t.Skipf("/dev/shm is no tmpfs: %v", err)
	}
	dir, err := os.MkdirTemp("/dev/shm", "salver-faults-")
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// newTheatre makes a theatre of so many scenes, for that many plays.
func newTheatre(t *testing.T, root string, changes []change, scenes, plays int) *theatre {
	h := &theatre{
		t: t, root: root, random: rand.New(rand.NewPCG(uint64(len(root)), uint64(scenes))),
		config:  salver.Config{Root: root, Readme: markdown.Render},
		changes: changes, tagged: map[string]uint64{},
	}
	for i := range scenes {
		var parts []string
		for play := range plays {
			parts = append(parts, h.changeFor(i, play).part)
		}
		h.scenes = append(h.scenes, newScene(t, root, fmt.Sprintf("s%04d", i), uint64(i), parts...))
	}
	return h
}

// open connects to the server, some times.
func (h *theatre) open(addr string) {
	for range 3 {
		h.wires = append(h.wires, &wire{addr: addr})
	}
	h.t.Cleanup(func() {
		for _, w := range h.wires {
			w.close()
		}
	})
}

func (h *theatre) ask(target, fields string) answer {
	h.t.Helper()
	h.asked++
	a, err := h.wires[h.random.IntN(len(h.wires))].ask(target, fields)
	if err != nil {
		h.t.Fatal(err)
	}
	if tag := a.header.Get("Etag"); a.status == 200 && strings.HasPrefix(tag, `"`) {
		key, sum := target+" "+tag, maphash.String(seed, a.content)
		if was, ok := h.tagged[key]; ok && was != sum {
			h.t.Errorf("%s %s has content %.60q, and had another with the same tag", target, fields, a.content)
		}
		h.tagged[key] = sum
	}
	return a
}

var seed = maphash.MakeSeed()

// changeFor is what is done to a scene in a play.
func (h *theatre) changeFor(scene, play int) change { return h.changes[(scene+7*play)%len(h.changes)] }

// play makes the answers of every scene hot, which has rested, and then changes one scene
// after the other. It returns those that were not seen by the next request for what they
// change. The plays are counted.
func (h *theatre) play(t *testing.T, play int) (late []string) {
	h.t = t
	for _, s := range h.scenes {
		s.t = t
	}
	tags := make([]string, len(h.scenes))
	for i, s := range h.scenes {
		for range 3 {
			for _, p := range s.probes(h.changeFor(i, play).part) {
				a := h.ask(p.target, p.with(tags[i]))
				tags[i] = cmp.Or(tags[i], a.header.Get("Etag"))
			}
		}
	}
	for i, s := range h.scenes {
		c := h.changeFor(i, play)
		c.do(s)
		ref, err := salver.New(h.config) // of which nothing is remembered
		if err != nil {
			h.t.Fatal(err)
		}
		old := ""
		for _, p := range s.probes(c.part) {
			fields := p.with(tags[i])
			got := h.ask(p.target, fields)
			what := fmt.Sprintf("%s: %s %s", c.name, p.target, strings.TrimSpace(fields))
			if diff := differs(got, reference(ref, p.target, fields)); diff != "" {
				old = what + diff
			} else if diff := differsNaively(got, s, p, fields); diff != "" && p.fields != "" {
				old = what + " " + diff // a form can be old, and the content the same
			} else if diff != "" {
				h.t.Fatalf("%s is answered %d %.60q: %s", what, got.status, got.content, diff)
			}
		}
		if old != "" {
			late = append(late, old)
		}
	}
	return late
}

// with returns the fields of the request, which may have an entity tag.
func (p probe) with(tag string) string {
	if p.conditional && tag != "" {
		return p.fields + "If-None-Match: " + tag + "\r\n"
	}
	return p.fields
}

// reference is the answer of a handler that has just been made.
func reference(h http.Handler, target, fields string) answer {
	r := httptest.NewRequest("GET", "http://localhost"+target, nil)
	for line := range strings.SplitSeq(fields, "\r\n") {
		if name, value, ok := strings.Cut(line, ": "); ok {
			r.Header.Set(name, value)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.String()}
}

// differs says in which way an answer differs from another, which may be in another form
// of the same content: what is compressed gets shorter with time.
func differs(got, want answer) string {
	gotContent, err := got.plain()
	wantContent, werr := want.plain()
	switch {
	case got.status != want.status:
		return fmt.Sprintf(" is answered %d, not %d", got.status, want.status)
	case gotContent != wantContent || err != nil || werr != nil:
		return fmt.Sprintf(" is answered %.60q (%v), not %.60q (%v)", gotContent, err, wantContent, werr)
	case plainTag(got) != plainTag(want):
		return fmt.Sprintf(" has Etag %q, not %q", got.header.Get("Etag"), want.header.Get("Etag"))
	}
	for _, name := range []string{"Last-Modified", "Content-Type", "Content-Range", "Location", "Vary", "Cache-Control"} {
		if g, w := got.header.Get(name), want.header.Get(name); g != w {
			return fmt.Sprintf(" has %s %q, not %q", name, g, w)
		}
	}
	return ""
}

// plain is the content of an answer without its coding.
func (a *answer) plain() (string, error) {
	b, err := decode(a.header.Get("Content-Encoding"), []byte(a.content))
	return string(b), err
}

var formTag = regexp.MustCompile(`-(gzip|br|zstd)-[^"]*"$`)

// plainTag is the entity tag of the content of an answer without its coding.
func plainTag(a answer) string {
	return formTag.ReplaceAllString(a.header.Get("Etag"), `"`)
}

// differsNaively says in which way an answer differs from what the root of a scene holds,
// as the os package sees it; nothing of salver is believed here.
func differsNaively(got answer, s *scene, p probe, fields string) string {
	target, query, _ := strings.Cut(p.target, "?")
	accept, ok := strings.CutPrefix(strings.TrimSpace(fields), "Accept-Encoding: ")
	if fields != "" && !ok || strings.Contains(accept, "\n") { // the reference knows conditions and parts
		return ""
	}
	root := filepath.Dir(s.dir)
	name := filepath.Join(root, filepath.FromSlash(target))
	info, err := os.Stat(name)
	directory := err == nil && info.IsDir()
	file := holding(root, name)
	if directory && strings.HasSuffix(target, "/") {
		for _, index := range []string{"index.html", "index.htm"} {
			if file == nil {
				file = holding(root, filepath.Join(name, index))
			}
		}
	}
	real, rerr := filepath.EvalSymlinks(name)
	switch {
	case strings.Contains(target, "/."), file == nil && (!directory || rerr != nil || !strings.HasPrefix(real, root+"/")):
		if got.status != 404 {
			return "there is nothing"
		}
	case file != nil:
		return file.differs(got, strings.Split(accept, ", "), s.isSidecar)
	case !strings.HasSuffix(target, "/"):
		if got.status != 301 {
			return "it is a directory"
		}
	case query == "format=json":
		return listsOther(got, name)
	case got.status != 200:
		return "it is a directory without an index"
	}
	return ""
}

// listsOther says in which way a listing differs from a directory.
func listsOther(got answer, dir string) string {
	type entry struct {
		Name     string
		Size     int64
		Modified time.Time
	}
	var page struct{ Entries []entry }
	if err := json.Unmarshal([]byte(got.content), &page); err != nil || got.status != 200 {
		return fmt.Sprintf("it is a directory, and the answer no listing: %v", err)
	}
	names, err := os.ReadDir(dir)
	if err != nil {
		return err.Error()
	}
	names = slices.DeleteFunc(names, func(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), ".") })
	if len(names) != len(page.Entries) {
		return fmt.Sprintf("it has %d entries", len(names))
	}
	for _, e := range page.Entries {
		info, err := os.Stat(filepath.Join(dir, e.Name))
		if err != nil || !info.IsDir() && info.Size() != e.Size || !info.ModTime().Equal(e.Modified) {
			return fmt.Sprintf("%s is %v, %v", e.Name, info, err)
		}
	}
	return ""
}

// crowd lets others ask for the same at the same time, until what it returns is called.
func (h *theatre) crowd(t *testing.T) (leave func()) {
	var all sync.WaitGroup
	done := make(chan struct{})
	for i := range 2 {
		w := &wire{addr: h.wires[0].addr}
		random := rand.New(rand.NewPCG(uint64(i), 2))
		all.Go(func() {
			defer w.close()
			for {
				select {
				case <-done:
					return
				default:
				}
				s := h.scenes[random.IntN(len(h.scenes))]
				all := s.probes(h.changes[random.IntN(len(h.changes))].part)
				p := all[random.IntN(len(all))]
				if _, err := w.ask(p.target, p.fields); err != nil {
					t.Error(err)
					return
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
	leave = sync.OnceFunc(func() {
		close(done)
		all.Wait()
	})
	t.Cleanup(leave) // should it fail
	return leave
}
