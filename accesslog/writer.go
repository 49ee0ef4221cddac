package accesslog

import (
	"bytes"
	"io"
	"strconv"
	"time"
)

const (
	pause       = 10 * time.Millisecond
	keepBytes   = 256 << 10 // a buffer that a burst made larger is let go
	keepEntries = 1024      // likewise
)

// writer makes lines of entries and writes them. It is for one goroutine.
type writer struct {
	w      io.Writer
	format Format
	colors *colors
	second second // of the last line
	text   []byte // kept for its memory
	torn   bool   // the last write ended inside a line
	err    error  // of the last write
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
	batch, lines, dropped, last := l.pending, l.lines, l.dropped, l.closed
	l.pending, l.spare = l.spare, nil
	l.lines, l.bytes, l.writing = 0, 0, lines
	l.mu.Unlock()
	w := &l.writer
	if len(batch) == 0 && (dropped == 0 || !last) { // at the end there is no line to go with
		l.release(batch, 0)
		return w.err
	}

	written, err := w.write(batch)
	lost := lines - written
	if err == nil && dropped > 0 {
		if _, err = w.writeLines(appendDropped(nil, w.format, dropped, time.Now())); err == nil {
			lost = -dropped
		}
	}
	l.release(batch, lost)
	w.err = err
	return err
}

// release ends the write of a batch, by which the count of dropped lines grew.
func (l *Log) release(batch []entry, dropped int) {
	clear(batch)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writing = 0
	l.dropped += dropped
	if cap(batch) <= keepEntries {
		l.spare = batch[:0]
	}
}

// write writes a batch until that fails, and returns how many lines were written whole.
func (w *writer) write(batch []entry) (lines int, err error) {
	b := w.text[:0]
	for i := range batch {
		b = w.append(b, &batch[i])
		if len(b) < batchBytes && i < len(batch)-1 {
			continue
		}
		n, err := w.writeLines(b)
		lines += bytes.Count(b[:n], newline)
		if err != nil {
			return lines, err
		}
		b = b[:0]
	}
	if w.text = b; cap(b) > keepBytes {
		w.text = nil
	}
	return lines, nil
}

// append appends the lines of an entry. How a second is written is the same for all
// lines of it.
func (w *writer) append(b []byte, e *entry) []byte {
	if e.lines != nil {
		return append(b, e.lines...)
	}
	s, t := &w.second, e.access.Time
	if unix := t.Unix(); s.text == nil || s.unix != unix {
		s.unix, s.text = unix, appendSecond(s.text[:0], w.format, t)
	}
	return appendLine(b, w.format, &e.access, s.text, w.colors)
}

// writeLines writes b after ending the line that an earlier write left torn. It
// returns how many bytes of b were written.
func (w *writer) writeLines(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	if w.torn {
		if _, err := w.w.Write(newline); err != nil {
			return 0, err
		}
		w.torn = false
	}
	n, err := w.w.Write(b)
	if n < len(b) && err == nil {
		err = io.ErrShortWrite
	}
	if err != nil && n > 0 {
		w.torn = b[n-1] != '\n'
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
