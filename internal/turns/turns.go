// Package turns divides long work so that others are served meanwhile.
package turns

import (
	"os"
	"runtime"
	"time"
)

// turn is how long is worked at a stretch, at least.
const turn = 500 * time.Microsecond

// Turns divide long work, such as compressing, so that others are served meanwhile.
//
// With every processor at work nobody looks whether something has come from the network
// until the scheduler's monitor does, after 10 ms. runtime.Gosched does not help: what else
// can run goes on before anybody looks there. Nor does a short sleep, which takes a
// millisecond. What makes the scheduler look is to wait for something that comes by the same
// way, which is what a rest is.
//
// A nil Turns is work that nobody waits beside.
type Turns struct {
	began time.Time // the turn
	pipe  *pipe     // nil before the first rest
	// Way, when not nil, gives way to what goes before, after each rest.
	Way func()
}

// New begins the first turn. They must be ended.
func New() *Turns {
	// The thread that this goroutine was woken by was the one that waited for the network,
	// and no other takes its place before there is something to do for it.
	go func() {}()
	return &Turns{began: time.Now()}
}

// Pause ends the turn if it has lasted long enough, and begins another after a rest.
func (t *Turns) Pause() {
	if t == nil || time.Since(t.began) < turn {
		return
	}
	if t.pipe == nil {
		t.pipe = newPipe()
	}
	t.pipe.rest()
	if t.Way != nil {
		t.Way()
	}
	t.began = time.Now()
}

// Rested begins another turn: what works has just waited for something anyway.
func (t *Turns) Rested() {
	if t != nil {
		t.began = time.Now()
	}
}

// End lets go of what the rests took.
func (t *Turns) End() {
	if t != nil && t.pipe != nil {
		t.pipe.close()
		t.pipe = nil
	}
}

// pipe is a way to oneself past all others.
type pipe struct{ in, out *os.File } // nil where there are no descriptors for it

func newPipe() *pipe {
	out, in, _ := os.Pipe()
	return &pipe{in, out}
}

func (p *pipe) rest() {
	if p.in == nil {
		time.Sleep(turn / 10)
		return
	}
	var b [1]byte
	go p.in.Write([]byte{0}) // runs once this one waits
	p.out.Read(b[:])
	runtime.Gosched() // what has come at the same time is before this one
}

func (p *pipe) close() {
	if p.in != nil {
		p.in.Close()
		p.out.Close()
	}
}
