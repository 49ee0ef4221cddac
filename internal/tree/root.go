package tree

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// lookAgain is how long a root's path is believed to lead to the same directory,
// and lookMissing how long after a name was not found in it: a build that begins with
// the removal of the directory is seen at once, a flood of such names costs little.
const (
	lookAgain   = 100 * time.Millisecond
	lookMissing = 5 * time.Millisecond
)

// view is the root as it was at one look. It is immutable; what it holds open is
// closed by the garbage collector, when the last request is done with it.
type view struct {
	backend backend
	// roots are the absolute paths of the root, as it was named and with links
	// resolved, so that the text of an absolute link can be compared.
	roots []string
	info  fs.FileInfo // nil for an fs.FS
}

// root is where names are opened: a view, renewed when its path comes to lead
// elsewhere, as it does when a deploy swaps a symlink.
type root struct {
	path    string // "" for an fs.FS, whose view never changes
	follow  bool
	kind    backendKind
	current atomic.Pointer[view]
	looked  atomic.Int64 // when, in nanoseconds since began
	began   time.Time
	mu      sync.Mutex // held while looking
}

type backendKind int

const (
	anyBackend    backendKind = iota // openat2 where there is one, else os.Root
	osRootBackend                    // os.Root
)

func newRoot(path string, follow bool, kind backendKind) (*root, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	r := &root{path: abs, follow: follow, kind: kind, began: time.Now()}
	v, err := r.look()
	if err != nil {
		return nil, err
	}
	r.current.Store(v)
	return r, nil
}

// look opens the root's path anew.
func (r *root) look() (*view, error) {
	info, err := os.Stat(r.path)
	if err != nil {
		return nil, err
	}
	b, err := newBackend(r.path, r.follow, r.kind)
	if err != nil {
		return nil, err
	}
	v := &view{backend: b, roots: []string{r.path}, info: info}
	if real, err := filepath.EvalSymlinks(r.path); err == nil && real != r.path {
		v.roots = append(v.roots, real)
	}
	return v, nil
}

// get returns the view of now, or of at most age ago.
func (r *root) get(age time.Duration) *view {
	if r.path == "" {
		return r.current.Load()
	}
	now := int64(time.Since(r.began))
	last := r.looked.Load()
	if now-last < int64(age) || !r.looked.CompareAndSwap(last, now) {
		return r.current.Load()
	}
	return r.refresh()
}

// refresh looks. A path that leads nowhere for the moment leaves the view as it is:
// downloads and the next look go on.
func (r *root) refresh() *view {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := r.current.Load()
	info, err := os.Stat(r.path)
	if err != nil || os.SameFile(info, v.info) {
		return v
	}
	w, err := r.look()
	if err != nil {
		return v
	}
	r.current.Store(w)
	return w
}
