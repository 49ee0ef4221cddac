package plan

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/salver-http/salver/internal/listing"
	"github.com/salver-http/salver/internal/tree"
)

// errBusy is more work than is taken on at once.
var errBusy = errors.New("too much at once")

// largeListings bounds how many directories of more than a page are read at once,
// each of which takes a processor and some megabytes for a while.
var largeListings = make(chan struct{}, 2)

// gateWait is how long such a listing waits for its turn.
const gateWait = 5 * time.Second

// gated is a directory that waits for its turn once it proves to be large.
type gated struct {
	*tree.Directory
	held bool
}

// Names implements [listing.Dir].
func (g *gated) Names(yield func(string, fs.FileMode) bool) error {
	n, busy := 0, false
	err := g.Directory.Names(func(name string, typ fs.FileMode) bool {
		if n++; n == listing.RowsPerPage+1 && !g.held {
			if busy = !g.enter(); busy {
				return false
			}
		}
		return yield(name, typ)
	})
	if busy {
		return fmt.Errorf("%w: large listings", errBusy)
	}
	return err
}

func (g *gated) enter() bool {
	g.held = enter(largeListings)
	return g.held
}

// enter waits for a turn of gate, and reports whether it came.
func enter(gate chan struct{}) bool {
	timeout := time.NewTimer(gateWait)
	defer timeout.Stop()
	select {
	case gate <- struct{}{}:
		return true
	case <-timeout.C:
		return false
	}
}

// leave gives the turn to the next.
func (g *gated) leave() {
	if g.held {
		<-largeListings
		g.held = false
	}
}
