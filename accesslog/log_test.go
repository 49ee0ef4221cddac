package accesslog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// recorder keeps every write; hold and fail make it a bad writer.
type recorder struct {
	mu     sync.Mutex
	writes []string
	hold   chan struct{}
	fail   error
	room   int // bytes that are taken before fail
}

func (r *recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	hold := r.hold
	r.mu.Unlock()
	if hold != nil {
		<-hold
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail != nil {
		n := min(r.room, len(p))
		r.room -= n
		if n > 0 {
			r.writes = append(r.writes, string(p[:n]))
		}
		return n, r.fail
	}
	r.writes = append(r.writes, string(p))
	return len(p), nil
}

func (r *recorder) set(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

func (r *recorder) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.writes, "")
}

func TestLogBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := new(recorder)
		l := New(r, Options{})
		line := func(s string) { fmt.Fprintln(l, s) }
		line("first") // after a silence: at once
		synctest.Wait()
		line("second")
		line("third")
		time.Sleep(pause / 2)
		synctest.Wait()
		if got, want := r.text(), "first\n"; got != want {
			t.Errorf("before the pause is over: %q, want %q", got, want)
		}
		time.Sleep(pause)
		line("fourth")
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		line("too late")
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{"first\n", "second\nthird\n", "fourth\n"}, r.writes); diff != "" {
			t.Error(diff)
		}
		if err := l.Flush(t.Context()); err != nil {
			t.Errorf("Flush after Close: %v", err)
		}
	})
}

// TestLogFullBatch shows that a burst does not wait for the pause.
func TestLogFullBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := new(recorder)
		l := New(r, Options{})
		io.WriteString(l, "first\n")
		synctest.Wait()
		start := time.Now()
		burst := strings.Repeat("x", batchBytes) + "\n"
		io.WriteString(l, burst)
		synctest.Wait()
		if waited := time.Since(start); waited != 0 || r.text() != "first\n"+burst {
			t.Errorf("%d bytes after %v", len(r.text()), waited)
		}
		l.Close()
	})
}

func TestLogStalledWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{hold: make(chan struct{})}
		l := New(r, Options{Format: Python})
		start := time.Now()
		l.Access(plain)
		synctest.Wait() // the writer has the first line and is stuck
		for range queueLines + 99 {
			l.Access(plain)
		}
		if waited := time.Since(start); waited != 0 {
			t.Errorf("Access waited %v", waited)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		if err := l.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Flush: %v", err)
		}
		cancel()
		close(r.hold)
		if err := l.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		line := string(Append(nil, Python, plain))
		if diff := cmp.Diff(strings.Repeat(line, queueLines)+"salver: 100 lines dropped\n", r.text()); diff != "" {
			t.Error(diff)
		}
		l.Access(plain)
		l.Close()
		if got := r.writes[len(r.writes)-1]; got != line {
			t.Errorf("after it recovered: %q", got)
		}
	})
}

// TestLogCloseIsBounded shows that a stuck writer can't keep a process alive.
func TestLogCloseIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{hold: make(chan struct{})}
		l := New(r, Options{})
		l.Access(plain)
		synctest.Wait()
		start := time.Now()
		if err := l.Close(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close: %v", err)
		}
		if waited := time.Since(start); waited != closeAfter {
			t.Errorf("Close took %v", waited)
		}
		close(r.hold) // or the bubble would find the goroutine stuck
	})
}

func TestLogFailingWriter(t *testing.T) {
	for _, fault := range []error{syscall.EPIPE, syscall.ENOSPC} {
		synctest.Test(t, func(t *testing.T) {
			r := &recorder{fail: fault, room: 8}
			l := New(r, Options{})
			io.WriteString(l, "one\ntwo\nthree\n") // "one" and "two" fit
			if err := l.Flush(t.Context()); !errors.Is(err, fault) {
				t.Errorf("Flush: %v", err)
			}
			r.set(func() { r.room = 2 })
			io.WriteString(l, "four") // "fo" fits
			if err := l.Flush(t.Context()); !errors.Is(err, fault) {
				t.Errorf("Flush: %v", err)
			}
			io.WriteString(l, "five") // not even the end of that line fits
			if err := l.Flush(t.Context()); !errors.Is(err, fault) {
				t.Errorf("Flush: %v", err)
			}
			r.set(func() { r.fail = nil })
			io.WriteString(l, "six")
			if err := l.Close(); err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff("one\ntwo\nfo\nsix\nsalver: 3 lines dropped\n", r.text()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestLogNoticeFails shows that a count that could not be written is kept.
func TestLogNoticeFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &onceEach{fail: []string{"lost", "dropped"}}
		l := New(w, Options{Format: JSON})
		for _, line := range []string{"lost", "kept", "also kept"} {
			io.WriteString(l, line)
			l.Flush(t.Context())
		}
		l.Close()
		// The count is told as soon as it can be, with or without lines to go with it.
		want := []string{"", "also kept", "kept", fmt.Sprintf("{\"time\":%q,\"dropped\":1}", time.Now().UTC().Format(time.RFC3339Nano))}
		got := strings.Split(w.text.String(), "\n")
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if len(w.fail) > 0 {
			t.Errorf("nothing tried to write %q", w.fail)
		}
	})
}

// onceEach fails the first write that holds each of some words.
type onceEach struct {
	fail []string
	text strings.Builder
}

func (w *onceEach) Write(p []byte) (int, error) {
	for i, word := range w.fail {
		if strings.Contains(string(p), word) {
			w.fail = slices.Delete(w.fail, i, i+1)
			return 0, syscall.ENOSPC
		}
	}
	return w.text.Write(p)
}

func TestLogColor(t *testing.T) {
	for _, o := range []Options{{Python, true}, {Python, false}, {Combined, true}, {JSON, true}} {
		var b bytes.Buffer
		l := New(&b, o)
		l.Access(plain)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if got, want := strings.Contains(b.String(), "\x1b["), o == (Options{Python, true}); got != want {
			t.Errorf("%+v: coloured %v: %q", o, got, b.String())
		}
	}
}

// TestLogSecond shows that lines have their own time, although those of a second share
// how it is written.
func TestLogSecond(t *testing.T) {
	steps := []time.Duration{0, time.Millisecond, 879 * time.Millisecond, 880 * time.Millisecond, 0, time.Hour, -time.Hour, 24 * time.Hour}
	for _, f := range []Format{Python, Combined, JSON} {
		var got bytes.Buffer
		var want []byte
		l := New(&got, Options{Format: f})
		for i, step := range steps {
			a := plain
			a.Time = a.Time.Add(step)
			if i%2 == 1 {
				a.Time = a.Time.In(time.FixedZone("", -5*60*60))
			}
			l.Access(a)
			want = Append(want, f, a)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Errorf("%v: %s", f, diff)
		}
	}
}

func TestLogWriteKeepsItsArgument(t *testing.T) {
	p := []byte("ab")
	l := New(io.Discard, Options{})
	if n, err := l.Write(p[:1]); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := l.Write(nil); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	l.Close()
	if string(p) != "ab" {
		t.Errorf("it became %q", p)
	}
}

// TestLogOrder shows that what is queued as an answer, as an answer with a cause and as
// lines comes out in one order, and that a cause is asked for its text at once.
func TestLogOrder(t *testing.T) {
	for _, f := range []Format{Python, Combined, JSON} {
		var got bytes.Buffer
		var want []byte
		l := New(&got, Options{Format: f})
		failed := plain
		cause := errors.New("first")
		failed.Cause = &shifting{&cause}
		for range 3 {
			l.Access(plain)
			want = Append(want, f, plain)
			l.Access(failed)
			want = Append(want, f, failed)
			io.WriteString(l, "salver: error\n")
			want = append(want, "salver: error\n"...)
		}
		cause = errors.New("second")
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Errorf("%v: %s", f, diff)
		}
	}
}

// shifting is an error that becomes another.
type shifting struct{ now *error }

func (c *shifting) Error() string { return (*c.now).Error() }

// TestLogBound shows that long lines fill the queue sooner.
func TestLogBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{hold: make(chan struct{})}
		l := New(r, Options{})
		l.Access(plain)
		synctest.Wait() // the writer has it and is stuck
		long := plain
		long.Target = "/" + strings.Repeat("a", 16<<10)
		const tries = 2 * queueBytes / (16 << 10)
		for range tries {
			l.Access(long)
		}
		close(r.hold)
		l.Close()
		kept := strings.Count(r.text(), "GET /a")
		if max := queueBytes / len(long.Target); kept > max || kept < max*9/10 {
			t.Errorf("%d lines were kept, want %d or a little less", kept, max)
		}
		if want := fmt.Sprintf("salver: %d lines dropped\n", tries-kept); !strings.HasSuffix(r.text(), want) {
			t.Errorf("no %q at the end", want)
		}
	})
}

// TestLogAccessAllocates holds that a line costs the server no garbage, neither where it
// is queued nor where it is written.
func TestLogAccessAllocates(t *testing.T) {
	for _, f := range []Format{Python, Combined, JSON} {
		l := New(io.Discard, Options{Format: f})
		const lines = 500
		n := testing.AllocsPerRun(20, func() {
			for range lines {
				l.Access(plain)
			}
			l.Flush(t.Context())
		})
		if n > lines/10 { // for the channel of Flush, and the timers of the writer
			t.Errorf("%v: %v allocations for %d lines", f, n, lines)
		}
		l.Close()
	}
}

// BenchmarkLogAccess is a line queued, made and written.
func BenchmarkLogAccess(b *testing.B) {
	for _, f := range []Format{Python, Combined, JSON} {
		b.Run(f.String(), func(b *testing.B) {
			l := New(io.Discard, Options{Format: f})
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				l.Access(plain)
				if n%300 == 0 { // none is to be dropped
					l.Flush(b.Context())
				}
			}
			l.Close()
		})
	}
}
