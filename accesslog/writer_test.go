package accesslog

import (
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWriterBurst shows that a burst takes several writes, of whole lines, and that the
// lines after a failure are not counted as written.
func TestWriterBurst(t *testing.T) {
	line := string(Append(nil, Python, plain))
	burst := slices.Repeat([]entry{{access: plain}}, 3*batchBytes/len(line))
	for _, tt := range []struct{ room, writes, whole int }{
		{room: 3 * batchBytes, writes: 3, whole: len(burst)},
		{room: 2*batchBytes + 1000, writes: 3, whole: (2*batchBytes + 1000) / len(line)},
		{room: 1000, writes: 1, whole: 1000 / len(line)},
		{room: 0, writes: 1},
	} {
		d := &disk{room: tt.room}
		w := writer{w: d, format: Python, colors: &noColors}
		lines, err := w.write(burst)
		if lines != tt.whole || (err == nil) != (lines == len(burst)) || d.writes != tt.writes {
			t.Errorf("room for %d: %d lines in %d writes, %v", tt.room, lines, d.writes, err)
		}
		want := strings.Repeat(line, len(burst))[:min(tt.room, len(burst)*len(line))]
		if w.torn != (len(want)%len(line) > 0) {
			t.Errorf("room for %d: torn is %v", tt.room, w.torn)
		}
		if diff := cmp.Diff(want, d.text.String()); diff != "" {
			t.Errorf("room for %d: %s", tt.room, diff)
		}
	}
}

// disk is a writer that has room for so many bytes.
type disk struct {
	room   int
	writes int
	text   strings.Builder
}

func (d *disk) Write(p []byte) (int, error) {
	d.writes++
	n := min(d.room, len(p))
	d.text.Write(p[:n])
	if d.room -= n; n < len(p) {
		return n, syscall.ENOSPC
	}
	return n, nil
}
