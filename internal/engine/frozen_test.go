package engine

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/salver-http/salver/internal/hot"
	"github.com/salver-http/salver/internal/http1"
	"github.com/salver-http/salver/internal/message"
	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/tree"
)

const (
	byAccept   = plan.VaryAccept
	byEncoding = plan.VaryAcceptEncoding
	byBoth     = byAccept | byEncoding
)

// keeper keeps answers in the hot set of a connection and finds them there, by what a
// test says that they were chosen by.
type keeper struct {
	t *testing.T
	c *conn
}

func newKeeper(t *testing.T, e *Engine) keeper {
	c := newConn(e, sink{}, new(door))
	c.takeDesk()
	return keeper{t, c}
}

// headOf is a request for a.txt; "-" is a field that is absent.
func (k keeper) headOf(accept, encoding string) *message.Head {
	b := "GET /a.txt HTTP/1.1\r\nHost: a\r\n"
	if accept != "-" {
		b += "Accept: " + accept + "\r\n"
	}
	if encoding != "-" {
		b += "Accept-Encoding: " + encoding + "\r\n"
	}
	h := new(message.Head)
	if _, v := http1.Parse([]byte(b+"\r\n"), h); v != http1.Accepted {
		k.t.Fatalf("%q: %v", b, v)
	}
	return h
}

// keep is what the lane does with an answer that it has not found.
func (k keeper) keep(h *message.Head, by plan.Vary, content string) {
	k.t.Helper()
	req, basis, now := h.Request(), new(tree.Basis), time.Now()
	p := k.c.e.Sites(nil).PlanOn(&req, now, basis)
	defer p.Close()
	p.Vary, p.Pieces = by, []plan.Piece{{Bytes: []byte(content), Length: int64(len(content))}}
	if k.c.freeze(h, k.c.e.Sites(nil), p, basis, now) == nil {
		k.t.Fatal("it is not kept")
	}
}

// find returns the content of what is found and believed, "" for nothing.
func (k keeper) find(accept, encoding string) string {
	if _, entry, _, _ := k.c.hot(&Exchange{Head: k.headOf(accept, encoding), Began: time.Now()}); entry != nil {
		return string(entry.Content)
	}
	return ""
}

func (k keeper) expect(accept, encoding, want string) {
	k.t.Helper()
	if got := k.find(accept, encoding); got != want {
		k.t.Errorf("Accept %s, Accept-Encoding %s: %q is found, want %q", accept, encoding, got, want)
	}
}

// TestVaries: an answer is found by exactly the fields that it was chosen by.
func TestVaries(t *testing.T) {
	e := hotEngine(t)
	values := []string{"-", "", "b", "b, c"}
	for by := range byBoth + 1 {
		e.Hot = hot.New(hot.DefaultBytes)
		k := newKeeper(t, e)
		k.keep(k.headOf("b", "b"), by, "kept")
		for _, accept := range values {
			for _, encoding := range values {
				want := "kept"
				if by&byAccept != 0 && accept != "b" || by&byEncoding != 0 && encoding != "b" {
					want = ""
				}
				k.expect(accept, encoding, want)
			}
		}
		x := &Exchange{Head: k.headOf("b", "b")}
		if n := testing.AllocsPerRun(100, func() { k.c.find(x, true) }); n > 0 {
			t.Errorf("%v: finding takes %v allocations", by, n)
		}
	}
}

// TestVaryChanges: when a later plan says that more had been chosen by, or other fields,
// what was found by less is not found any more.
func TestVaryChanges(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := hotEngineIn(t, dir)
	k := newKeeper(t, e)
	k.keep(k.headOf("b", "br"), 0, "one for all")
	k.expect("x", "x", "one for all")

	k.keep(k.headOf("b", "br"), byAccept, "b")
	k.expect("b", "br", "b")
	k.expect("b", "x", "b")
	k.expect("x", "br", "")

	k.keep(k.headOf("b", "br"), byBoth, "b in br")
	k.expect("b", "br", "b in br")
	k.expect("b", "x", "")
	k.expect("b", "-", "")
	k.expect("-", "br", "")

	// By less again, without a change on disk: found by more than it need be.
	k.keep(k.headOf("x", "br"), byEncoding, "br")
	k.expect("x", "br", "br")
	k.expect("y", "br", "")
	k.expect("b", "br", "b in br")
	k.keep(k.headOf("y", "y"), 0, "one for all")
	k.expect("y", "y", "one for all")
	k.expect("b", "br", "b in br")

	// A change on disk is the end of each, and of what they varied by.
	name := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(name, []byte("other"), 0o666); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2100 * time.Millisecond)
	if err := os.Rename(name, filepath.Join(dir, "a.txt")); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2100 * time.Millisecond)
	k.expect("b", "br", "")
	k.keep(k.headOf("b", "br"), byEncoding, "new in br")
	k.expect("b", "br", "new in br")
	k.expect("x", "br", "new in br")
	k.expect("y", "y", "")
	k.expect("b", "-", "")
	k.keep(k.headOf("b", "br"), byBoth, "new b in br")
	k.expect("x", "br", "") // which would be the old one
}

// TestVaryTwin: whatever chooses, by other fields for some values of a field than for
// others, what is found is what was chosen; and once all has been asked for, all is found.
func TestVaryTwin(t *testing.T) {
	t.Parallel()
	e := hotEngine(t)
	values := []string{"-", "", "b", "b, c"}
	for name, choose := range map[string]func(accept, encoding string) plan.Vary{
		"none":                        func(_, _ string) plan.Vary { return 0 },
		"Accept":                      func(_, _ string) plan.Vary { return byAccept },
		"Accept-Encoding":             func(_, _ string) plan.Vary { return byEncoding },
		"both":                        func(_, _ string) plan.Vary { return byBoth },
		"Accept, then for one b both": func(accept, _ string) plan.Vary { return byAccept | only(byEncoding, accept == "b") },
		"Accept-Encoding, then both":  func(_, encoding string) plan.Vary { return byEncoding | only(byAccept, encoding != "b") },
	} {
		e.Hot = hot.New(hot.DefaultBytes)
		k := newKeeper(t, e)
		answer := func(accept, encoding string) (plan.Vary, string) {
			by := choose(accept, encoding)
			content := name
			if by&byAccept != 0 {
				content += "\nA " + accept
			}
			if by&byEncoding != 0 {
				content += "\nE " + encoding
			}
			return by, content
		}
		for pass := range 4 {
			missed := 0
			for i := range len(values) * len(values) {
				i = i * (2*pass + 1) % 16 // in another order each time
				accept, encoding := values[i%4], values[i/4]
				by, want := answer(accept, encoding)
				got := k.find(accept, encoding)
				switch {
				case got == "":
					missed++
					k.keep(k.headOf(accept, encoding), by, want)
				case got != want:
					t.Errorf("%s: Accept %s, Accept-Encoding %s: %q is found, want %q", name, accept, encoding, got, want)
				}
			}
			if pass > 1 && missed > 0 {
				t.Errorf("%s: in pass %d %d answers are not found", name, pass, missed)
			}
		}
	}
}

func only(by plan.Vary, when bool) plan.Vary {
	if when {
		return by
	}
	return 0
}

// recorder is a sink that remembers.
type recorder struct {
	sink
	bytes.Buffer
}

func (r *recorder) Write(b []byte) (int, error) { return r.Buffer.Write(b) }
func (r *recorder) Read(b []byte) (int, error)  { return r.sink.Read(b) }

// TestFailedPrecondition: a 412 for one format of a listing is none for another.
func TestFailedPrecondition(t *testing.T) {
	t.Parallel()
	e := hotEngine(t)
	out := new(recorder)
	a := &asker{newConn(e, out, new(door))}
	ask := func(fields string) (head string) {
		t.Helper()
		out.Reset()
		if a.ask(fmt.Appendf(nil, "GET /list/ HTTP/1.1\r\nHost: a\r\n%s\r\n", fields)) != goOn {
			t.Fatalf("%q ends the connection", fields)
		}
		head, _, _ = strings.Cut(out.String(), "\r\n\r\n")
		return head
	}
	const asJSON, asText = "Accept: application/json\r\n", "Accept: text/plain\r\n"
	_, tag, _ := strings.Cut(ask(asJSON), "Etag: ")
	tag, _, ok := strings.Cut(tag, "\r\n")
	if !ok {
		t.Fatalf("there is no tag: %q", out)
	}
	ifMatch := "If-Match: " + tag + "\r\n"
	for range 3 {
		for fields, want := range map[string]string{asText + ifMatch: "HTTP/1.1 412 ", asJSON + ifMatch: "HTTP/1.1 200 "} {
			for range 3 {
				if head := ask(fields); !strings.HasPrefix(head, want) {
					t.Errorf("%q is answered %q", fields, head)
				}
			}
		}
	}
}
