package faults

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// bomb is a GiB of zeros in a coding.
func bomb(t testing.TB, coding string) []byte {
	const length, part = 1 << 30, 16 << 20
	if coding != "br" { // more than one of them is one, too (RFC 1952 §2.2, RFC 8878 §3.1)
		return bytes.Repeat(encode(t, coding, make([]byte, part)), length/part)
	}
	// After the first part an encoder writes the same for each, up to the end.
	zeros := make([]byte, 3*part)
	two, three := encode(t, coding, zeros[:2*part], part), encode(t, coding, zeros, part, 2*part)
	again := three[len(two)-1 : len(three)-1] // but for the empty block at the end (RFC 7932 §9.2)
	return slices.Concat(two[:len(two)-1], bytes.Repeat(again, length/part-2), two[len(two)-1:])
}

// TestBomb: content that gets a thousand times as long without its coding is not decoded
// for anybody. Alone it is sent as it is to who accepts it, and to nobody else; beside a
// file that it is not of it is ignored.
func TestBomb(t *testing.T) {
	t.Parallel()
	const copies = 64
	dir := spacious(t, 1<<30)
	noise := make([]byte, 7<<20) // longer than each bomb
	rand.NewChaCha8([32]byte{}).Read(noise)
	short := string(prose(0, 4000))
	bombs := map[string][]byte{}
	for _, c := range codings {
		began := time.Now()
		bombs[c.name] = bomb(t, c.name)
		t.Logf("%s of 1 GiB has %d bytes, made in %v", c.name, len(bombs[c.name]), time.Since(began))
		for i := range copies {
			write(t, filepath.Join(dir, fmt.Sprintf("alone-%s-%d.js%s", c.name, i, c.suffix)), string(bombs[c.name]))
		}
		for name, content := range map[string]string{"short": short, "long": string(noise)} {
			write(t, filepath.Join(dir, name+"-"+c.name+".js"), content)
			write(t, filepath.Join(dir, name+"-"+c.name+".js"+c.suffix), string(bombs[c.name]))
		}
	}
	time.Sleep(rest)
	for _, c := range codings {
		t.Run(c.name, func(t *testing.T) {
			p := run(t, options{}, "--log-format", "none", dir)
			w := &wire{addr: p.addr}
			defer w.close()
			before, used := p.figure("VmHWM:"), p.processor()
			ask := func(target, accept string) (answer, time.Duration) {
				t.Helper()
				began := time.Now()
				fields := ""
				if accept != "" {
					fields = "Accept-Encoding: " + accept + "\r\n"
				}
				a, err := w.ask(target, fields)
				if err != nil {
					t.Fatal(err)
				}
				return a, time.Since(began)
			}
			alone := "/alone-" + c.name + "-0.js"
			for _, accept := range []string{"", "identity", "deflate", c.name + ";q=0"} {
				a, took := ask(alone, accept)
				if a.status != 406 || a.header.Get("Vary") != "Accept-Encoding" || took > 5*time.Second {
					t.Errorf("accepting %q it is answered %d after %v", accept, a.status, took)
				}
				t.Logf("accepting %q: %d after %v", accept, a.status, took)
			}
			if a, _ := ask(alone, c.name); a.status != 200 || a.header.Get("Content-Encoding") != c.name || a.content != string(bombs[c.name]) {
				t.Errorf("who accepts it is answered %d %q", a.status, a.header)
			}
			for name, content := range map[string]string{"short": short, "long": string(noise)} {
				a, took := ask("/"+name+"-"+c.name+".js", c.name)
				got, err := a.plain()
				if a.status != 200 || got != content || err != nil || a.content == string(bombs[c.name]) {
					t.Errorf("%s: %d, %d bytes, %v", name, a.status, len(got), err)
				}
				t.Logf("beside a file that is %s: %v", name, took)
			}
			t.Logf("one after the other: %d MiB of memory, %v of processor", (p.figure("VmHWM:")-before)>>10, p.processor()-used)

			used = p.processor()
			began := time.Now()
			var all sync.WaitGroup
			for i := range copies {
				all.Go(func() {
					w := &wire{addr: p.addr}
					defer w.close()
					if a, err := w.ask(fmt.Sprintf("/alone-%s-%d.js", c.name, i), ""); err != nil || a.status != 406 {
						t.Errorf("copy %d is answered %d, %v", i, a.status, err)
					}
				})
			}
			all.Wait()
			grown := (p.figure("VmHWM:") - before) >> 10
			t.Logf("%d at once: %v, %d MiB of memory, %v of processor", copies, time.Since(began), grown, p.processor()-used)
			if grown > 512 {
				t.Errorf("it took %d MiB of memory", grown)
			}
		})
	}
}
