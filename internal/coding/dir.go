package coding

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/salver-http/salver/internal/semantics"
)

// DefaultDirBytes is how much a Dir takes on disk unless told otherwise.
const DefaultDirBytes = 1 << 30

// Dir keeps on disk what it took trouble to compress. Those files that were used longest ago
// go when there are too many bytes. It may be used concurrently, and several processes may
// use one directory.
type Dir struct {
	// OnError, when not nil, is told of the first failure to write.
	OnError func(error)

	root  *os.Root
	path  string
	limit int64
	once  sync.Once // OnError was told

	mu      sync.Mutex // of what follows, and of pruning
	bytes   int64      // there are about
	written int        // since that was counted
}

// recount is after how many files what there is on disk is counted again: others may write
// there too.
const recount = 256

// OpenDir opens the directory for up to bytes, and makes it where there is none.
func OpenDir(path string, bytes int64) (*Dir, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the directory for compressed content: %w", err)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("cannot open the directory for compressed content: %w", err)
	}
	d := &Dir{root: root, path: path, limit: bytes}
	info, err := root.Stat(".")
	if err == nil && runtime.GOOS != "windows" && info.Mode()&0o002 != 0 {
		err = fmt.Errorf("everybody may write to %s, and what is found there is sent to clients; chmod o-w it, or name another directory", path)
	}
	if err == nil {
		d.mu.Lock()
		err = d.prune(bytes)
		d.mu.Unlock()
	}
	if err != nil {
		root.Close()
		return nil, err
	}
	return d, nil
}

// Close lets go of the directory. What a Store asks of it then it does not have.
func (d *Dir) Close() error { return d.root.Close() }

// get reads the shortest form of the content with that digest in one of the codings of want,
// nil when there is none. Of what is read nothing is believed.
func (d *Dir) get(digest string, want Set) *Form {
	if d == nil {
		return nil
	}
	type found struct {
		name   string
		coding semantics.Coding
		size   int64
	}
	var all []found
	for _, c := range All {
		if !want.Has(c) {
			continue
		}
		name := fileName(digest, c)
		info, err := d.root.Lstat(name)
		switch {
		case err != nil:
		case !info.Mode().IsRegular() || info.Size() > int64(headSize+longest): // a FIFO would be waited for
			d.root.Remove(name)
		default:
			all = append(all, found{name, c, info.Size()})
		}
	}
	slices.SortStableFunc(all, func(a, b found) int { return cmp.Compare(a.size, b.size) })
	for _, f := range all {
		b, err := d.root.ReadFile(f.name)
		if err != nil {
			continue
		}
		form, err := parseFile(b, digest, f.coding)
		if err != nil {
			d.root.Remove(f.name)
			continue
		}
		now := time.Now()
		d.root.Chtimes(f.name, now, now) // or it may go too early
		return form
	}
	return nil
}

// put writes f for the content with that digest.
func (d *Dir) put(digest string, f *Form) {
	if d == nil || len(f.Bytes) > longest {
		return
	}
	if err := d.write(digest, f); err != nil {
		d.once.Do(func() {
			if d.OnError != nil {
				d.OnError(fmt.Errorf("cannot keep compressed content in %s: %w", d.path, err))
			}
		})
	}
}

func (d *Dir) write(digest string, f *Form) error {
	head := fileHead(digest, f)
	name := fileName(digest, f.Coding)
	temp := name + "." + rand.Text() + tempSuffix
	file, err := d.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(head)
	if err == nil {
		_, err = file.Write(f.Bytes)
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = d.root.Rename(temp, name)
	}
	if err != nil {
		d.root.Remove(temp)
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.bytes += int64(len(head) + len(f.Bytes))
	if d.written++; d.bytes <= d.limit && d.written < recount {
		return nil
	}
	return d.prune(d.limit - d.limit/8) // so that the next comes a while later
}

// abandoned is how old a temporary file is that nobody is going to rename.
const abandoned = time.Hour

// prune removes files of ours if there are more than the limit, until there are at most keep
// bytes, those used longest ago first. The lock is held.
func (d *Dir) prune(keep int64) error {
	entries, err := fs.ReadDir(d.root.FS(), ".")
	if err != nil {
		return fmt.Errorf("cannot read the directory for compressed content: %w", err)
	}
	type file struct {
		name string
		size int64
		used time.Time
	}
	var files []file
	total, now := int64(0), time.Now()
	for _, e := range entries {
		whole, temporary := ours(e.Name())
		info, err := e.Info()
		switch {
		case err != nil || !info.Mode().IsRegular():
		case temporary && now.Sub(info.ModTime()) > abandoned:
			d.root.Remove(e.Name())
		case whole:
			files = append(files, file{e.Name(), info.Size(), info.ModTime()})
			total += info.Size()
		}
	}
	slices.SortFunc(files, func(a, b file) int { return a.used.Compare(b.used) })
	if total <= d.limit {
		keep = total
	}
	for _, f := range files {
		if total <= keep {
			break
		}
		if err := d.root.Remove(f.name); err == nil || errors.Is(err, fs.ErrNotExist) {
			total -= f.size
		}
	}
	d.bytes, d.written = total, 0
	return nil
}
