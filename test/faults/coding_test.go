package faults

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"github.com/salver-http/salver"
	"github.com/salver-http/salver/internal/coding"
	"github.com/salver-http/salver/internal/semantics"
)

// sidecars are the suffixes of the codings, and the codings.
var sidecars = map[string]semantics.Coding{".gz": semantics.Gzip, ".br": semantics.Brotli, ".zst": semantics.Zstd}

// TestCodingsOfEdited edits files in every way that people and programs do, with sidecars and
// without, while clients ask for them in all codings, in full, in parts, and by the
// tags that they have: whatever comes is one version, of which it was true that it was the
// current one since the request was sent, and a tag stands for the same bytes for good.
func TestCodingsOfEdited(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file stays where it is on Windows")
	}
	t.Parallel()
	const clients = 4
	e := newEditing(t, 12)
	addr := serve(t, salver.Config{Root: e.dir}, &salver.Server{}).addr
	done := make(chan struct{})
	var all sync.WaitGroup
	counts := make([]map[string]int, clients)
	for i := range clients {
		c := &codingClient{e: e, w: &wire{addr: addr}, random: rand.New(rand.NewPCG(7, uint64(i))), forms: map[string]form{}, counts: map[string]int{}}
		counts[i] = c.counts
		all.Go(func() {
			defer c.w.close()
			for {
				select {
				case <-done:
					return
				default:
				}
				if err := c.ask(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	begun := time.Now()
	// At first all the time, and then so that what is hot is overtaken, too: it must have
	// been at rest for that.
	for time.Since(begun) < 4*time.Second {
		e.edit(e.random.IntN(len(e.files)))
		time.Sleep(time.Duration(e.random.IntN(4)) * time.Millisecond)
	}
	for range 3 {
		time.Sleep(2300 * time.Millisecond)
		for i := range e.files {
			e.edit(i)
			time.Sleep(5 * time.Millisecond)
		}
	}
	close(done)
	all.Wait()
	sum := map[string]int{}
	for _, c := range counts {
		for k, n := range c {
			sum[k] += n
		}
	}
	for _, k := range []string{"200 identity", "200 gzip", "200 br", "200 zstd", "304", "206 identity", "206 gzip", "206 br", "206 zstd"} {
		if sum[k] == 0 {
			t.Errorf("no client was ever answered %s", k)
		}
	}
	// A file that changes each time that it is read is put off.
	if n := sum["503"]; n > sum["200 identity"]/100 {
		t.Errorf("%d answers are 503", n)
	}
	t.Logf("%d edits, answers: %v", e.edits, sum)
}

// editing is a directory of files that are edited by one goroutine, each of which has a version.
type editing struct {
	t      testing.TB
	dir    string
	random *rand.Rand
	edits  int
	files  []*edited
}

// edited is a file. Answers to requests that were sent when sure was so much are of that
// version or a later one, up to what begun is when they have come.
type edited struct {
	sure, begun atomic.Int64
	alone       string // the suffix of the sidecar that is all there is, "" for a file
}

func newEditing(t testing.TB, files int) *editing {
	e := &editing{t: t, dir: t.TempDir(), random: rand.New(rand.NewPCG(5, 5)), files: make([]*edited, files)}
	for i := range files {
		e.files[i] = &edited{}
		e.put(e.path(i), e.text(i, 0))
	}
	for suffix := range sidecars {
		i := len(e.files)
		e.files = append(e.files, &edited{alone: suffix})
		e.put(e.path(i)+suffix, e.encoded(suffix, e.text(i, 0)))
	}
	return e
}

func (e *editing) path(i int) string { return filepath.Join(e.dir, fmt.Sprintf("%02d.txt", i)) }

// text is a version of a file: the same length as the others, every line its own, and all of
// it within one page, so that a write in place is not seen by halves.
func (e *editing) text(i int, version int64) string {
	var b strings.Builder
	for line := range 100 {
		fmt.Fprintf(&b, "file %02d line %03d version %08d\n", i, line, version)
	}
	return b.String()
}

// edit changes a file in some way.
func (e *editing) edit(i int) {
	e.edits++
	f, path := e.files[i], e.path(i)
	version := f.begun.Load() + 1
	text := e.text(i, version)
	if f.alone != "" {
		f.begun.Store(version)
		e.put(path+f.alone, e.encoded(f.alone, text))
		f.sure.Store(version)
		return
	}
	switch e.random.IntN(10) {
	case 0: // an editor that saves
		f.begun.Store(version)
		e.put(path, text)
	case 1: // a program that writes in place
		f.begun.Store(version)
		e.write(path, text)
	case 2: // a build: first the file, then its sidecars
		f.begun.Store(version)
		e.put(path, text)
		f.sure.Store(version)
		e.putSidecars(path, text)
	case 3: // one that begins with the sidecars
		f.begun.Store(version)
		e.putSidecars(path, text)
		e.pause()
		e.put(path, text)
	case 4: // a deploy that keeps old dates, so that old sidecars look newer
		f.begun.Store(version)
		e.putOld(path, text)
	case 5: // the same content, and another date
		now := time.Now()
		e.must(os.Chtimes(path, now, now))
		return
	case 6: // sidecars that go
		for suffix := range sidecars {
			e.remove(path + suffix)
		}
		return
	case 7: // a sidecar that is written in place
		suffix := e.suffix()
		if _, err := os.Stat(path + suffix); err == nil {
			e.write(path+suffix, e.encoded(suffix, text))
		}
		return
	case 8: // a file of which only a sidecar is left for a while
		f.begun.Store(version)
		for suffix := range sidecars {
			e.remove(path + suffix)
		}
		suffix := e.suffix()
		e.put(path+suffix, e.encoded(suffix, text))
		e.remove(path)
		f.sure.Store(version)
		e.pause()
		e.put(path, text)
	case 9: // sidecars of something else, and of no format at all
		e.put(path+e.suffix(), e.encoded(".gz", e.text(i, version+1)))
		e.put(path+e.suffix(), text)
		return
	}
	f.sure.Store(version)
}

func (e *editing) pause() { time.Sleep(time.Duration(e.random.IntN(3)) * time.Millisecond) }

func (e *editing) suffix() string { return []string{".gz", ".br", ".zst"}[e.random.IntN(3)] }

func (e *editing) putSidecars(path, text string) {
	for suffix := range sidecars {
		if e.random.IntN(3) > 0 {
			e.put(path+suffix, e.encoded(suffix, text))
		}
	}
}

func (e *editing) encoded(suffix, text string) string {
	b, err := coding.Encode(sidecars[suffix], coding.Quick, []byte(text))
	e.must(err)
	return string(b)
}

// put makes content the file at path, at once.
func (e *editing) put(path, content string) {
	e.must(os.WriteFile(path+".new", []byte(content), 0o644))
	e.must(os.Rename(path+".new", path))
}

func (e *editing) putOld(path, content string) {
	e.must(os.WriteFile(path+".new", []byte(content), 0o644))
	past := time.Now().Add(-time.Hour - time.Duration(e.edits)*time.Second)
	e.must(os.Chtimes(path+".new", past, past))
	e.must(os.Rename(path+".new", path))
}

// write writes content over what is at path.
func (e *editing) write(path, content string) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	e.must(err)
	_, err = f.WriteString(content)
	e.must(err)
	e.must(f.Truncate(int64(len(content))))
	e.must(f.Close())
}

func (e *editing) remove(path string) {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		e.must(err)
	}
}

func (e *editing) must(err error) {
	if err != nil {
		e.t.Error(err)
	}
}

// form is what a client knows by an entity tag.
type form struct {
	file, version int64
	coding, bytes string
}

// codingClient asks for the files. It remembers what came by the tag that it came with.
type codingClient struct {
	e      *editing
	w      *wire
	random *rand.Rand
	forms  map[string]form
	last   [64]string // a tag for each file
	counts map[string]int
}

var wishes = []string{"", "gzip", "br", "zstd", "gzip, deflate, br, zstd", "gzip;q=0.5, br;q=0.4", "identity;q=0, gzip", "identity, *;q=0.5", "*;q=0, zstd"}

// ask sends one request, and judges the answer.
func (c *codingClient) ask() error {
	i := c.random.IntN(len(c.e.files))
	f := c.e.files[i]
	wish, tag := wishes[c.random.IntN(len(wishes))], c.last[i]
	fields := ""
	if wish != "" {
		fields = "Accept-Encoding: " + wish + "\r\n"
	}
	const first, last = 40, 59
	part := false
	if had, ok := c.forms[tag]; ok {
		switch c.random.IntN(4) {
		case 0:
			fields += "If-None-Match: " + tag + "\r\n"
		case 1:
			if part = len(had.bytes) > last; part {
				fields += fmt.Sprintf("If-Range: %s\r\nRange: bytes=%d-%d\r\n", tag, first, last)
			}
		}
	}
	sure := f.sure.Load()
	a, err := c.w.ask(fmt.Sprintf("/%02d.txt", i), fields)
	if err != nil {
		return err
	}
	name := a.header.Get("Content-Encoding")
	got, coded := a.header.Get("Etag"), name
	if coded == "" {
		coded = "identity"
	}
	fail := func(format string, args ...any) error {
		return fmt.Errorf("file %d, version %d was there, %q: %d in %s: %s\n%v", i, sure, fields, a.status, coded, fmt.Sprintf(format, args...), a.header)
	}
	if a.status == http.StatusServiceUnavailable {
		if strings.Contains(wish, ";q=0,") { // all that compress are busy, and nothing else will do
			c.counts["503 busy"]++
		} else {
			c.counts["503"]++
		}
		return nil
	}
	if a.header.Get("Vary") != "Accept-Encoding" {
		return fail("no Vary")
	}
	var version int64
	switch a.status {
	case http.StatusNotModified:
		if got != tag {
			return fail("the tag of another answer")
		}
		c.counts["304"]++
		version = c.forms[tag].version
	case http.StatusPartialContent:
		had := c.forms[tag]
		if !part || got != tag || had.coding != name || a.content != had.bytes[first:last+1] {
			return fail("not the part of what has that tag: %q", a.content)
		}
		c.counts["206 "+coded]++
		version = had.version
	case http.StatusOK:
		content, err := withoutCoding(name, a.content)
		if err != nil {
			return fail("%v", err)
		}
		if n, _ := fmt.Sscanf(content, "file %02d line 000 version %08d\n", new(int), &version); n != 2 || content != c.e.text(i, version) {
			return fail("no version of the file: %q", content)
		}
		now := form{int64(i), version, name, a.content}
		if had, ok := c.forms[got]; ok && had != now {
			return fail("the tag stood for version %d of file %d in %q: %d bytes", had.version, had.file, had.coding, len(had.bytes))
		}
		c.forms[got], c.last[i] = now, got
		c.counts["200 "+coded]++
	default:
		return fail("%q", a.content)
	}
	if begun := f.begun.Load(); version < sure || version > begun {
		return fail("version %d, and %d is the last that was begun", version, begun)
	}
	return nil
}

// withoutCoding decodes content by decoders that are not salver's own.
func withoutCoding(name, content string) (string, error) {
	in := strings.NewReader(content)
	var r io.Reader = in
	var err error
	switch name {
	case "gzip":
		r, err = gzip.NewReader(in)
	case "br":
		r = brotli.NewReader(in)
	case "zstd":
		var z *zstd.Decoder
		if z, err = zstd.NewReader(in, zstd.WithDecoderConcurrency(1)); err == nil {
			defer z.Close()
			r = z
		}
	case "":
	default:
		err = fmt.Errorf("coding %q", name)
	}
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	_, err = b.ReadFrom(r)
	return b.String(), err
}
