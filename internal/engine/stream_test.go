package engine

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/salver-http/salver/internal/http2"
)

// TestContent: what a client sends is read up to 32 KiB; then, after the answer, it is asked to
// stop. What has come of it counts for no other stream.
func TestContent(t *testing.T) {
	p := open(t)
	part := func(id uint32, n int, flags http2.Flags) []byte {
		return frameOf(http2.Data, flags, id, strings.Repeat("x", n))
	}
	p.send(p.requestOf("GET", 1, "/a.txt", false, "content-length: 30000", "expect: 100-continue"), part(1, 15_000, 0), part(1, 15_000, http2.EndStream))
	p.wants(1, "200", contentOf("a.txt"))
	p.send(p.requestOf("GET", 3, "/a.txt", false), part(3, 15_000, 0), part(3, 15_000, 0), part(3, 15_000, 0), part(3, 15_000, 0))
	p.wants(3, "200", contentOf("a.txt"))
	p.until("it is asked to stop", func() bool { return p.on(3).reset >= 0 })
	if p.on(3).reset != int(http2.NoError) || p.on(1).reset >= 0 {
		t.Errorf("reset %d, and of the short one %d", p.on(3).reset, p.on(1).reset)
	}
	p.send(part(3, 5000, http2.EndStream)) // was under way
	// The answer first, whatever comes meanwhile.
	p.send(p.requestOf("GET", 5, "/big", false), part(5, 16_000, 0), part(5, 16_000, 0), part(5, 16_000, 0))
	p.until("the window is used up", func() bool { return len(p.on(5).content) >= 60_000 })
	if p.on(5).reset >= 0 {
		t.Error("it is asked to stop before its answer")
	}
	p.send(widen(0, 1<<20), widen(5, 1<<20))
	p.wants(5, "200", contentOf("big"))
	p.until("it is asked to stop", func() bool { return p.on(5).reset == int(http2.NoError) })
	// Trailers.
	p.send(p.requestOf("GET", 7, "/a.txt", false), part(7, 10, 0), http2.AppendHeaders(nil, p.fields("a: b"), 7, true))
	p.wants(7, "200", contentOf("a.txt"))
	// More than the connection's first window, in all.
	for id := uint32(9); id < 9+2*20; id += 2 {
		p.send(p.requestOf("GET", id, "/a.txt", false), part(id, 16_000, 0), part(id, 10_000, http2.EndStream))
		p.wants(id, "200", contentOf("a.txt"))
	}
	if p.given[0] < 500_000-http2.FirstWindow || len(p.given) != 1 {
		t.Errorf("given back: %v", p.given)
	}
	p.alive(101)
}

// TestNoContent: what has no content ends with its head.
func TestNoContent(t *testing.T) {
	p := open(t, settingWindow, 0)
	p.send(p.requestOf("HEAD", 1, "/large", true), p.requestOf("HEAD", 3, "/list/", true), p.requestOf("OPTIONS", 5, "/a.txt", true))
	for id, status := range map[uint32]string{1: "200", 3: "200", 5: "204"} {
		if r := p.over(id); r.status != status || r.frames != 0 || !r.ended {
			t.Errorf("%d: %s, %d frames", id, r.status, r.frames)
		}
	}
	tag := ""
	for _, f := range p.on(1).fields {
		if f.Name == "etag" {
			tag = f.Value
		}
	}
	p.send(p.request(7, "/large", "if-none-match: "+tag))
	if r := p.over(7); r.status != "304" || r.frames != 0 || !r.ended {
		t.Errorf("%q: %s, %d frames", tag, r.status, r.frames)
	}
	p.send(p.request(9, "/a.txt")) // has content, for which there is no window
	p.until("it has its head", func() bool { return p.on(9).status == "200" })
	if p.quiet(50 * time.Millisecond); p.on(9).frames != 0 || p.on(9).ended {
		t.Error("content is sent without a window")
	}
	p.send(widen(9, 6))
	p.wants(9, "200", contentOf("a.txt"))
}

// TestLongHead: more fields than may be are answered 431, with the fields before them unused,
// also where the answer has to wait.
func TestLongHead(t *testing.T) {
	p := open(t)
	long := "a: " + strings.Repeat("b", 17<<10)
	p.send(p.request(1, "/a.txt", long))
	if r := p.over(1); r.status != "431" || !r.ended {
		t.Errorf("%s", r.status)
	}
	p.alive(3)
	p = open(t, settingWindow, 0)
	for id := uint32(1); id < 11; id += 2 {
		p.send(p.request(id, "/list/"))
	}
	p.send(p.request(11, "/a.txt", long))
	p.quiet(50 * time.Millisecond)
	p.send(settingsFrame(settingWindow, 1<<20), widen(0, 1<<20))
	if r := p.over(11); r.status != "431" || !r.ended {
		t.Errorf("after it had to wait: %s", r.status)
	}
	for id := uint32(1); id < 11; id += 2 {
		if r := p.over(id); r.status != "200" || len(r.content) < 16<<10 {
			t.Errorf("the listing on %d: %s, %d bytes", id, r.status, len(r.content))
		}
	}
}

// TestPadding: it is no content, and counts in windows.
func TestPadding(t *testing.T) {
	p := open(t)
	block := string(p.fields(":method: GET", ":scheme: http", ":authority: a", ":path: /a.txt"))
	p.send(frameOf(http2.Headers, http2.EndHeaders|http2.EndStream|8|0x20, 1, "\x05\x00\x00\x00\x00\x10"+block+"\x00\x00\x00\x00\x00"))
	p.wants(1, "200", contentOf("a.txt"))
	p.send(p.requestOf("GET", 3, "/a.txt", false, "content-length: 200"))
	p.send(bytes.Repeat(frameOf(http2.Data, 8, 3, "\xf0x"+strings.Repeat("\x00", 240)), 199), frameOf(http2.Data, http2.EndStream, 3, "x"))
	p.wants(3, "200", contentOf("a.txt"))
	p.alive(5)
	if p.on(3).reset >= 0 {
		t.Errorf("reset %d", p.on(3).reset)
	}
	if want := 199*242 - credit; p.given[0] < want {
		t.Errorf("%d bytes were given back, want %d", p.given[0], want)
	}
}

// TestChanged: content of a file that changes while it is sent does not look whole.
func TestChanged(t *testing.T) {
	_, addr, dir := startPeers(t, patient, nil)
	for name, change := range map[string]func(name string) error{
		"written": func(name string) error { return os.WriteFile(name, bytes.Repeat([]byte("y"), peerFiles["big"]), 0o666) },
		"cut":     func(name string) error { return os.Truncate(name, 100_000) },
	} {
		t.Run(name, func(t *testing.T) {
			defer os.WriteFile(filepath.Join(dir, "big"), []byte(contentOf("big")), 0o666)
			p := greet(t, dial(t, addr), settingWindow, 1<<20)
			p.send(p.request(1, "/big"))
			p.until("the window is used up", func() bool { return len(p.on(1).content) == 65_535 })
			if err := change(filepath.Join(dir, "big")); err != nil {
				t.Fatal(err)
			}
			p.send(widen(0, 1<<20))
			if r := p.over(1); r.ended || r.reset != int(http2.InternalError) {
				t.Errorf("ended %t, reset %d after %d bytes", r.ended, r.reset, len(r.content))
			}
			p.alive(3)
		})
	}
	t.Run("replaced", func(t *testing.T) { // of which the old content is still there
		p := greet(t, dial(t, addr), settingWindow, 1<<20)
		p.send(p.request(1, "/big"))
		p.until("the window is used up", func() bool { return len(p.on(1).content) == 65_535 })
		other := filepath.Join(dir, "other")
		os.WriteFile(other, []byte("other"), 0o666)
		if err := os.Rename(other, filepath.Join(dir, "big")); err != nil {
			t.Fatal(err)
		}
		p.send(widen(0, 1<<20))
		p.wants(1, "200", contentOf("big"))
	})
}

// TestManyFiles: no more than so many files are open for a connection, and all are sent.
func TestManyFiles(t *testing.T) {
	_, addr, dir := startPeers(t, patient, nil)
	p := greet(t, dial(t, addr), settingWindow, 100)
	for i := range uint32(99) {
		p.send(p.request(1+2*i, []string{"/large", "/list/", "/big"}[i%3], fmt.Sprintf("priority: u=%d", i%8)))
	}
	holds := func() (files int) {
		fds, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip(err)
		}
		for _, fd := range fds {
			if name, _ := os.Readlink("/proc/self/fd/" + fd.Name()); strings.HasPrefix(name, dir+"/") {
				files++
			}
		}
		return files
	}
	same := 0
	for end := time.Now().Add(patience); same < 10; time.Sleep(5 * time.Millisecond) {
		switch n := holds(); {
		case n > maxFiles+1: // one is being planned
			t.Fatalf("%d files are open", n)
		case n == maxFiles:
			same++
		case time.Now().After(end):
			t.Fatalf("%d files are open, want %d", n, maxFiles)
		default:
			same = 0
		}
	}
	p.send(settingsFrame(settingWindow, 1<<24), widen(0, 1<<30))
	for i := range uint32(99) {
		if i%3 == 1 {
			if r := p.over(1 + 2*i); r.status != "200" || !r.ended {
				t.Errorf("the listing on %d: %s", 1+2*i, r.status)
			}
			continue
		}
		p.wants(1+2*i, "200", contentOf([]string{"large", "", "big"}[i%3]))
	}
}
