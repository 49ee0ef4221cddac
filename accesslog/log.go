package accesslog

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/salver-http/salver"
)

const (
	queueLines = 8192    // lines that wait or are being written; more are dropped
	queueBytes = 8 << 20 // likewise in bytes, since one line may have 10 KiB
	batchBytes = 64 << 10
	keepBytes  = 1 << 20 // a buffer that a burst made larger is let go
	pause      = 10 * time.Millisecond
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
	w io.Writer
	o Options

	second atomic.Pointer[second] // of the last line

	mu      sync.Mutex
	pending []byte // whole lines
	spare   []byte // the buffer to swap pending with
	lines   int    // in pending
	writing int    // lines that are being written
	dropped int    // lines that were dropped and not yet spoken of
	closed  bool

	torn  bool            // the last write ended inside a line; the goroutine's own
	err   error           // of the last write; the goroutine's own
	wake  chan struct{}   // pending is no longer empty
	full  chan struct{}   // pending is worth a write of its own
	flush chan chan error // answered after a write
	stop  chan struct{}
}

// New makes a Log that writes to w, and starts its goroutine, which
// [Log.Close] ends.
func New(w io.Writer, o Options) *Log {
	l := &Log{
		w: w, o: o,
		wake:  make(chan struct{}, 1),
		full:  make(chan struct{}, 1),
		flush: make(chan chan error),
		stop:  make(chan struct{}),
	}
	go l.run()
	return l
}

// Access queues the line for a. It is what salver.Config.AccessLog takes.
func (l *Log) Access(a salver.Access) {
	c := &noColors
	if l.o.Color {
		c = &terminalColors
	}
	var line [512]byte
	l.add(appendLine(line[:0], l.o.Format, &a, l.secondOf(a.Time), c), 1)
}

// secondOf is appendSecond, once for all lines of a second.
func (l *Log) secondOf(t time.Time) []byte {
	unix := t.Unix()
	s := l.second.Load()
	if s == nil || s.unix != unix {
		s = &second{unix, appendSecond(nil, l.o.Format, t)}
		l.second.Store(s)
	}
	return s.text
}

// Write queues p, whole lines of another kind that go to the same writer, as
// they are; a missing line feed is added. It returns len(p) and nil even when
// they are dropped.
func (l *Log) Write(p []byte) (int, error) {
	n := len(p)
	if n == 0 {
		return 0, nil
	}
	if p[n-1] != '\n' {
		p = append(p[:n:n], '\n')
	}
	l.add(p, bytes.Count(p, newline))
	return n, nil
}

var newline = []byte{'\n'}

func (l *Log) add(b []byte, lines int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	if l.lines+l.writing+lines > queueLines || len(l.pending)+len(b) > queueBytes {
		l.dropped += lines
		return
	}
	before := len(l.pending)
	l.pending = append(l.pending, b...)
	l.lines += lines
	if before == 0 {
		signal(l.wake)
	}
	if before < batchBytes && len(l.pending) >= batchBytes {
		signal(l.full)
	}
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

func (l *Log) run() {
	for {
		select {
		case <-l.wake:
			_ = l.write() // the lines are counted as dropped
		case reply := <-l.flush:
			reply <- l.write()
			continue
		case <-l.stop:
			return
		}
		// The first line after a silence is written at once, and lines that come
		// close behind it share a write.
		select {
		case <-time.After(pause):
		case <-l.full:
		case reply := <-l.flush:
			reply <- l.write()
		case <-l.stop:
			return
		}
	}
}

// write writes what is pending and then, if that went well, how many lines were
// dropped before. With nothing pending its error is that of the last write, and the
// count is written only at the end.
func (l *Log) write() error {
	l.mu.Lock()
	b, dropped, last := l.pending, l.dropped, l.closed
	l.pending, l.spare = l.spare, nil
	l.lines, l.writing = 0, l.lines
	l.mu.Unlock()
	if len(b) == 0 && (dropped == 0 || !last) { // at the end there is no line to go with
		l.release(b, 0)
		return l.err
	}

	n, err := l.writeLines(b)
	lost := bytes.Count(b[n:], newline)
	if err == nil && dropped > 0 {
		if _, err = l.writeLines(appendDropped(nil, l.o.Format, dropped, time.Now())); err == nil {
			lost = -dropped
		}
	}
	l.release(b, lost)
	l.err = err
	return err
}

// release ends the write of b, by which the count of dropped lines grew.
func (l *Log) release(b []byte, dropped int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writing = 0
	l.dropped += dropped
	if cap(b) <= keepBytes {
		l.spare = b[:0]
	}
}

// writeLines writes b after ending the line that an earlier write left torn. It
// returns how many bytes of b were written.
func (l *Log) writeLines(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	if l.torn {
		if _, err := l.w.Write(newline); err != nil {
			return 0, err
		}
		l.torn = false
	}
	n, err := l.w.Write(b)
	if n < len(b) && err == nil {
		err = io.ErrShortWrite
	}
	if err != nil && n > 0 {
		l.torn = b[n-1] != '\n'
	}
	return n, err
}

// appendDropped appends the line that says how many lines are missing.
func appendDropped(b []byte, f Format, n int, now time.Time) []byte {
	noun := " lines dropped"
	if n == 1 {
		noun = " line dropped"
	}
	if f == JSON {
		b = append(b, `{"time":"`...)
		b = now.UTC().AppendFormat(b, time.RFC3339Nano)
		b = append(b, `","dropped":`...)
		b = strconv.AppendInt(b, int64(n), 10)
		return append(b, '}', '\n')
	}
	b = append(b, "salver: "...)
	b = strconv.AppendInt(b, int64(n), 10)
	b = append(b, noun...)
	return append(b, '\n')
}
