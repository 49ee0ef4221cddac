package faults

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// prose is text that shrinks as that of people does, about to a third.
func prose(seed uint64, length int) []byte {
	random := rand.New(rand.NewPCG(seed, 3))
	words := make([]string, 4000)
	for i := range words {
		b := make([]byte, 2+random.IntN(9))
		for j := range b {
			b[j] = "etaoinshrdlucmfwypvbgkjqxz"[min(random.IntN(26), random.IntN(26))]
		}
		words[i] = string(b)
	}
	b := make([]byte, 0, length+16)
	for len(b) < length {
		b = append(b, words[min(random.IntN(len(words)), random.IntN(len(words)), random.IntN(len(words)))]...)
		b = append(b, " \n"[random.IntN(16)/15])
	}
	return b[:length]
}

// spacious is a directory for as many bytes, in memory where there is room.
func spacious(t testing.TB, bytes int64) string {
	var fs syscall.Statfs_t
	if err := syscall.Statfs("/dev/shm", &fs); err != nil || int64(fs.Bavail)*fs.Bsize < 2*bytes {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp("/dev/shm", "salver-faults-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// sluggard asks once and reads slowly what it gets, if anything, until done.
type sluggard struct {
	coding string        // of the answer
	length int64         // of the answer
	waited time.Duration // for its first byte
	err    error
}

func (s *sluggard) ask(addr, target, accept string, done <-chan struct{}) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		s.err = err
		return
	}
	defer c.Close()
	c.(*net.TCPConn).SetReadBuffer(4 << 10)
	began := time.Now()
	if _, s.err = io.WriteString(c, head(target, "Accept-Encoding: "+accept+"\r\n")); s.err != nil {
		return
	}
	resp, err := http.ReadResponse(bufio.NewReaderSize(c, 4<<10), nil)
	if s.err = err; err != nil {
		return
	}
	s.coding, s.length, s.waited = resp.Header.Get("Content-Encoding"), resp.ContentLength, time.Since(began)
	b := make([]byte, 4<<10)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			if _, err := io.ReadFull(resp.Body, b); err != nil {
				s.err = err
				return
			}
		}
	}
}

// bystander asks for a small file again and again, and returns how long that takes at the
// median, for all but one of a hundred, and at most.
func bystander(t testing.TB, addr, content string, lasting time.Duration) (median, p99, most time.Duration) {
	t.Helper()
	w := &wire{addr: addr}
	defer w.close()
	var all []time.Duration
	for end := time.Now().Add(lasting); time.Now().Before(end); time.Sleep(time.Millisecond) {
		began := time.Now()
		if a, err := w.ask("/small.txt", ""); err != nil || a.status != 200 || a.content != content {
			t.Fatalf("the small file is answered %d, %d bytes, %v", a.status, len(a.content), err)
		}
		all = append(all, time.Since(began))
	}
	slices.Sort(all)
	return all[len(all)/2], all[len(all)*99/100], all[len(all)-1]
}

// TestCompressLoad (FA22): 64 clients that ask in codings for texts, one that is too long
// and others that are as long as may be, and read slowly what they get. Others are answered
// all the time, in 2 to 4 ms at p99 where that is 0.3 without; no more is compressed at once
// than there are processors, and the memory that it takes, some 120 MiB, does not grow with
// the clients.
func TestCompressLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("writing and compressing half a GiB takes seconds")
	}
	const clients, length = 64, 8 << 20
	dir := spacious(t, clients*length+100<<20)
	small, text := string(prose(0, 1000)), prose(1, length)
	write(t, filepath.Join(dir, "small.txt"), small)
	write(t, filepath.Join(dir, "long.txt"), strings.Repeat(string(text), 100<<20/length+1)[:100<<20])
	for i := range clients + 1 {
		copy(text, fmt.Sprintf("text %4d ", i))
		write(t, filepath.Join(dir, fmt.Sprintf("%d.txt", i)), string(text))
	}
	time.Sleep(rest)
	p := run(t, options{}, "--log-format", "none", dir)
	usual, quiet, _ := bystander(t, p.addr, small, 1500*time.Millisecond)
	w := &wire{addr: p.addr}
	defer w.close()
	began := time.Now()
	a, err := w.ask(fmt.Sprintf("/%d.txt", clients), "Accept-Encoding: gzip\r\n")
	alone := time.Since(began)
	if content, derr := a.plain(); err != nil || derr != nil || content != string(text) || a.header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("a text asked for alone is answered %d %q, %d bytes, %v, %v", a.status, a.header, len(content), err, derr)
	}
	t.Logf("alone: median %v, p99 %v; a text in gzip takes %v", usual, quiet, alone)

	var medians, p99s []time.Duration // while much is compressed
	for _, wave := range []struct{ name, target, accept string }{
		{"one of 100 MiB", "/long.txt", "gzip"},
		{"gzip", "/%d.txt", "gzip"},
		{"br", "/%d.txt", "br"},
		{"zstd", "/%d.txt", "zstd"},
		{"what there is is made shorter", "/%d.txt", "gzip, br, zstd"},
	} {
		used := p.processor()
		done := make(chan struct{})
		var all sync.WaitGroup
		slow := make([]sluggard, clients)
		for i := range slow {
			target := strings.Replace(wave.target, "%d", strconv.Itoa(i), 1)
			all.Go(func() { slow[i].ask(p.addr, target, wave.accept, done) })
		}
		median, p99, most := bystander(t, p.addr, small, 1500*time.Millisecond)
		close(done)
		all.Wait()
		coded, waited := 0, time.Duration(0)
		for i := range slow {
			s := &slow[i]
			switch {
			case s.err != nil:
				t.Errorf("%s: client %d: %v", wave.name, i, s.err)
			case s.coding != "":
				coded++
			case s.length != length && s.length != 100<<20:
				t.Errorf("%s: client %d is answered %d bytes", wave.name, i, s.length)
			}
			waited = max(waited, s.waited)
		}
		t.Logf("%s: p99 %v, %.1f times, median %v, most %v; %d of %d coded, first bytes within %v; %v of processor, peak %d MiB",
			wave.name, p99, float64(p99)/float64(quiet), median, most, coded, clients, waited, p.processor()-used, p.figure("VmHWM:")>>10)
		if wave.target != "/long.txt" {
			medians, p99s = append(medians, median), append(p99s, p99)
		} else if p99 > max(2*quiet, 100*time.Millisecond) {
			t.Errorf("%s: another waits %v, and %v when there is nobody else", wave.name, p99, quiet)
		}
		// What was compressed while the last waited: so many at once, one after the other.
		atOnce := runtime.NumCPU()
		if most := atOnce * (3 + int(waited/alone)); wave.accept != "gzip, br, zstd" && coded > most {
			t.Errorf("%s: %d are coded within %v, which is more than %d at once", wave.name, coded, waited, atOnce)
		}
		if wave.target == "/long.txt" && coded > 0 || wave.name == "gzip" && coded == 0 {
			t.Errorf("%s: %d are coded", wave.name, coded)
		}
	}
	// One wave in four may meet a machine that does other things.
	slices.Sort(medians)
	slices.Sort(p99s)
	if median, p99 := medians[1], p99s[1]; median > max(2*usual, 20*time.Millisecond) || p99 > max(2*quiet, 100*time.Millisecond) {
		t.Errorf("while texts are compressed another waits %v, or %v, and %v, or %v, when there is nobody else", median, p99, usual, quiet)
	}
	if peak := p.figure("VmHWM:") >> 10; peak > 256 {
		t.Errorf("it took %d MiB of memory", peak)
	}
	if a, err := w.ask("/0.txt", "Accept-Encoding: br\r\n"); err != nil || a.status != 200 {
		t.Errorf("afterwards a text is answered %d, %v", a.status, err)
	} else if content, err := a.plain(); err != nil || len(content) != length || !strings.HasPrefix(content, "text    0 ") || content[10:] != string(text[10:]) {
		t.Errorf("afterwards a text is answered with %d other bytes in %q, %v", len(content), a.header.Get("Content-Encoding"), err)
	}
}
