package tree

import (
	"errors"
	"io/fs"
	"path"
	"sync/atomic"
	"syscall"
)

// Basis is what an answer rests on: what some names led to, and that others led to
// nothing. It is filled while the answer is planned, by one goroutine; from then on it
// may be used concurrently. A nil Basis records nothing.
type Basis struct {
	t        *Tree
	view     *view
	prober   prober // nil where nothing ever changes
	findings []finding
	rows     []row
	dir      probeName // of rows
	missing  bool      // some name led to nothing
	spoiled  bool
	near     bool // all of it lies where a look that was made of late cannot take long

	edition *Edition // that it rests on, too; nil for none

	// overtaken, when not nil, is set when what was chosen then would not be chosen now.
	overtaken *atomic.Bool
}

// finding is what a name led to, or that it led to nothing.
type finding struct {
	name   probeName
	stamp  Stamp
	absent bool
}

// row is what is shown of an entry of a directory.
type row struct {
	name  probeName
	stamp Stamp
	link  bool // stamp is of what it leads to
}

// prober is a backend that tells quickly what a name leads to. It need not be confined:
// nothing is opened, and it is believed only when it says what a confined open had said.
//
// At once is for what the system has in memory: the scheduler is then not told, which costs
// several times as much as the look (it wakes Go's monitoring thread). Nothing else that
// runs on the processor goes on meanwhile.
type prober interface {
	probe(name probeName, atOnce bool) (Stamp, error)
	// nothing reports whether there is no entry of that name, not even a link to nothing.
	nothing(name probeName) bool
	// probeRows reports whether all rows of a directory are as they were.
	probeRows(dir probeName, rows []row, atOnce bool) bool
	// near returns the device of the root, and whether its file system is of this machine, so
	// that it does not wait for others.
	near() (device uint64, ok bool)
}

// Reset begins a new record.
func (b *Basis) Reset() {
	if b != nil {
		*b = Basis{}
	}
}

// on says where the names are looked up.
func (b *Basis) on(t *Tree, v *view) {
	if b.view != nil && b.view != v {
		b.spoiled = true // some names were found in one root and some in another
	}
	b.t, b.view = t, v
	if p, ok := v.backend.(prober); ok {
		b.prober = p
	} else if f, ok := v.backend.(ioFS); !ok || !f.frozen {
		b.spoiled = true
	}
}

// found records what opening name has come to.
func (b *Basis) found(t *Tree, v *view, name string, s Stamp, err error) {
	if b == nil {
		return
	}
	b.on(t, v)
	switch {
	case err == nil:
		b.findings = append(b.findings, finding{name: probeNameOf(name), stamp: s})
		if b.prober != nil && !s.settled(t.now()) {
			b.spoiled = true // it may change without a change of its stamp
		}
	case isNothing(err):
		b.findings = append(b.findings, finding{name: probeNameOf(name), absent: true})
		b.missing = true
	default:
		b.spoiled = true
	}
}

// listed records what is shown of an entry of the directory dir.
func (b *Basis) listed(dir, name string, s Stamp, link bool, err error) {
	if b == nil {
		return
	}
	if err != nil {
		b.spoiled = true
		return
	}
	if b.dir == nil {
		b.dir = probeNameOf(dir)
	}
	b.rows = append(b.rows, row{probeNameOf(name), s, link})
}

// Until says that the answer is to be planned anew once overtaken is set.
func (b *Basis) Until(overtaken *atomic.Bool) {
	if b != nil {
		b.overtaken = overtaken
	}
}

// Condense makes the record ready to be held against what there is, often.
func (b *Basis) Condense() {
	if b.prober == nil {
		return
	}
	if b.missing {
		b.condenseMissing()
	}
	b.near = b.isNear()
}

// isNear reports whether all names lead to what lies in the file system of the root, if
// that is of this machine.
func (b *Basis) isNear() bool {
	device, ok := b.prober.near()
	for _, f := range b.findings {
		ok = ok && !f.absent && f.stamp.Dev == device
	}
	for _, r := range b.rows {
		ok = ok && r.stamp.Dev == device
	}
	return ok
}

// condenseMissing lets one look at a directory stand for several names that it does not
// have: none can come without a change of the directory's own stamp.
func (b *Basis) condenseMissing() {
	absent := make(map[string]int) // names by directory
	for _, f := range b.findings {
		if f.absent {
			absent[dirOf(f.name)]++
		}
	}
	for dir, n := range absent {
		if n > 1 {
			b.condense(dir)
		}
	}
}

func (b *Basis) condense(dir string) {
	name := probeNameOf(dir)
	s, err := b.prober.probe(name, false)
	if err != nil || s.Type != fs.ModeDir || !s.settled(b.t.now()) {
		return
	}
	// Only now, with the stamp taken, is it known that the names were missing under it.
	kept := []finding{{name: name, stamp: s}}
	for _, f := range b.findings {
		switch {
		case !f.absent || dirOf(f.name) != dir:
			kept = append(kept, f)
		case !b.prober.nothing(f.name):
			return
		}
	}
	b.findings = kept
}

// dirOf is the directory that name is looked up in.
func dirOf(name probeName) string { return path.Dir(string(name[:len(name)-1])) }

// isNothing reports whether err says no more than that nothing has the name.
func isNothing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// Sound reports whether Holds can tell that the answer is to be planned anew.
func (b *Basis) Sound() bool { return !b.spoiled }

// Names is how many names Holds looks up.
func (b *Basis) Names() int {
	n := len(b.findings) + len(b.rows)
	if b.edition != nil {
		n++
	}
	return n
}

// Weight is about how much memory the Basis takes, in bytes.
func (b *Basis) Weight() int { return 160 + 120*(len(b.findings)+len(b.rows)) }

// Holds reports whether every name leads to what it led to, now: the same file, with the
// same content. It takes one system call for each name, and does not allocate. lately says
// that it held some seconds ago, so that the system has all in memory.
func (b *Basis) Holds(lately bool) bool {
	if b.overtaken != nil && b.overtaken.Load() {
		return false
	}
	if b.view == nil {
		return true // no name was looked up
	}
	age := lookAgain
	if b.missing {
		age = lookMissing
	}
	if b.t.root.get(age) != b.view {
		return false
	}
	if b.edition != nil && !b.edition.holds(lately) {
		return false
	}
	if b.prober == nil {
		return true
	}
	for i := range b.findings {
		f := &b.findings[i]
		s, err := b.prober.probe(f.name, lately && b.near)
		if f.absent {
			if !isNothing(err) {
				return false
			}
		} else if err != nil || s != f.stamp {
			return false
		}
	}
	return len(b.rows) == 0 || b.prober.probeRows(b.dir, b.rows, lately && b.near)
}
