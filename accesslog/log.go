package accesslog

import (
	"bytes"
	"context"
	"io"
	"sync"
	"time"

	"github.com/salver-http/salver"
)

const (
	queueLines = 8192    // lines that wait or are being written; more are dropped
	queueBytes = 8 << 20 // likewise in bytes, since one may have 16 KiB
	batchBytes = 64 << 10
	closeAfter = time.Second
)

// Options say what the lines of a [Log] look like.
type Options struct {
	Format Format // default Python
	// Color colours the status and dims the duration, for a terminal. Combined
	// and JSON are never coloured.
	Color bool
}

// Log writes lines to one writer, from one goroutine, in batches. Its methods
// may be called by any number of goroutines at once. [Log.Access] and
// [Log.Write] never wait: where the writer is slower than the lines come, or
// fails, lines are dropped and counted, and their number is written once the
// writer takes lines again.
type Log struct {
	mu      sync.Mutex
	pending []entry
	spare   []entry // to swap pending with
	lines   int     // in pending
	bytes   int     // likewise
	writing int     // lines that are being written
	dropped int     // lines that were dropped and not yet spoken of
	closed  bool

	writer writer          // the goroutine's own, but for what New sets
	wake   chan struct{}   // pending is no longer empty
	full   chan struct{}   // pending is worth a write of its own
	flush  chan chan error // answered after a write
	stop   chan struct{}
}

// entry is what waits to be written. The line for an answer is made by the goroutine
// that writes it, many in a row: measured in a server, that is cheaper than between two
// answers, presumably since the processor then still has the instructions at hand.
type entry struct {
	access salver.Access
	lines  []byte // instead of access, when not nil
}

// entryBytes is what an entry takes beside its strings, about.
const entryBytes = 200

// New makes a Log that writes to w, and starts its goroutine, which
// [Log.Close] ends.
func New(w io.Writer, o Options) *Log {
	l := &Log{
		writer: writer{w: w, format: o.Format, colors: &noColors},
		wake:   make(chan struct{}, 1),
		full:   make(chan struct{}, 1),
		flush:  make(chan chan error),
		stop:   make(chan struct{}),
	}
	if o.Color {
		l.writer.colors = &terminalColors
	}
	go l.run()
	return l
}

// Access queues the line for a. It is what salver.Config.AccessLog takes.
func (l *Log) Access(a salver.Access) {
	if a.Cause != nil { // whose text is somebody's method, and may not be the same later
		w := &l.writer
		l.add(appendLine(nil, w.format, &a, appendSecond(nil, w.format, a.Time), w.colors))
		return
	}
	size := len(a.RemoteAddr) + len(a.Host) + len(a.Method) + len(a.Target) + len(a.Proto) + len(a.Referer) + len(a.UserAgent)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.admit(1, size) {
		l.pending = append(l.pending, entry{access: a})
	}
}

// Write queues p, whole lines of another kind that go to the same writer, as
// they are; a missing line feed is added. It returns len(p) and nil even when
// they are dropped.
func (l *Log) Write(p []byte) (int, error) {
	n := len(p)
	if n == 0 {
		return 0, nil
	}
	lines := append(make([]byte, 0, n+1), p...)
	if p[n-1] != '\n' {
		lines = append(lines, '\n')
	}
	l.add(lines)
	return n, nil
}

var newline = []byte{'\n'}

// add queues lines as they are.
func (l *Log) add(lines []byte) {
	n := bytes.Count(lines, newline)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.admit(n, len(lines)) {
		l.pending = append(l.pending, entry{lines: lines})
	}
}

// admit reports whether an entry of so many lines and bytes is to be queued, and wakes
// who writes it. The caller holds mu.
func (l *Log) admit(lines, size int) bool {
	before, after := l.bytes, l.bytes+size+entryBytes
	switch {
	case l.closed:
		return false
	case l.lines+l.writing+lines > queueLines || after > queueBytes:
		l.dropped += lines
		return false
	}
	l.lines += lines
	l.bytes = after
	if before == 0 {
		signal(l.wake)
	}
	if before < batchBytes && after >= batchBytes {
		signal(l.full)
	}
	return true
}

// signal leaves a token in c, which holds one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Flush waits until the lines queued so far have been written, or ctx is done.
// The error is that of the last write or of ctx.
func (l *Log) Flush(ctx context.Context) error {
	reply := make(chan error, 1)
	select {
	case l.flush <- reply:
	case <-l.stop:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-reply:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close takes no more lines, writes the queued ones for a second at most, and
// ends the goroutine; one that a writer holds for longer ends when it is let
// go. The error is that of [Log.Flush]; a second Close does nothing.
func (l *Log) Close() error {
	l.mu.Lock()
	closed := l.closed
	l.closed = true
	l.mu.Unlock()
	if closed {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeAfter)
	defer cancel()
	err := l.Flush(ctx)
	close(l.stop)
	return err
}
