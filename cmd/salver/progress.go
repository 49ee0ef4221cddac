package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"golang.org/x/term"
)

// progressLine is the last line of a terminal, which shows how far something is. A bar of
// a library would cost every start of the command more than this is long.
type progressLine struct {
	w     io.Writer // nil where nobody would see it
	width func() int
	now   func() time.Time
	drawn time.Time
}

// redraw is how long a line stands at least: faster is not read.
const redraw = 100 * time.Millisecond

// newProgressLine makes a line at the end of stderr, so that stdout may go elsewhere.
func newProgressLine(p *process) *progressLine {
	l := &progressLine{now: time.Now}
	if f, ok := p.stderr.(*os.File); ok && isTerminal(f) && p.getenv("TERM") != "dumb" {
		l.w = f
		l.width = func() int {
			width, _, err := term.GetSize(int(f.Fd()))
			if err != nil || width == 0 { // as on a serial line
				return 80
			}
			return width
		}
	}
	return l
}

// show shows that done of total bytes are done, unless it showed something just now.
func (l *progressLine) show(done, total int64) {
	if l.w == nil || done < total && l.now().Sub(l.drawn) < redraw {
		return
	}
	l.drawn = l.now()
	io.WriteString(l.w, "\r"+progressText(done, total, l.width())+"\x1b[K")
}

// clear takes the line away.
func (l *progressLine) clear() {
	if !l.drawn.IsZero() {
		io.WriteString(l.w, "\r\x1b[K")
	}
}

// progressText draws the line, for a terminal of that many columns: the last one stays
// free, or some would begin another line.
func progressText(done, total int64, columns int) string {
	text := fmt.Sprintf("%3d %%  %s of %s", 100*done/max(total, 1), humanize.IBytes(uint64(done)), humanize.IBytes(uint64(total)))
	const longest = 40
	if bar := min(columns-1-len(text)-len("[]  "), longest); bar >= 5 {
		full := int(float64(bar) * float64(done) / float64(max(total, 1)))
		return "[" + strings.Repeat("#", full) + strings.Repeat(".", bar-full) + "]  " + text
	}
	return text[:max(0, min(len(text), columns-1))]
}
