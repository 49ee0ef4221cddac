//go:build unix

package tree

import (
	"os"

	"golang.org/x/sys/unix"
)

// probeRows implements [prober] for the directory fd.
func probeRows(fd int, dir probeName, rows []row, atOnce bool) bool {
	at, err := openPath(fd, dir, atOnce)
	if err != nil {
		return false
	}
	defer closePath(at, atOnce)
	for i := range rows {
		r := &rows[i]
		flags := unix.AT_SYMLINK_NOFOLLOW
		if r.link {
			flags = 0
		}
		if s, err := statx(at, r.name, flags, atOnce); err != nil || s != r.stamp {
			return false
		}
	}
	return true
}

// noEntry reports whether the directory that name is looked up in has no such entry.
func noEntry(fd int, name probeName) bool {
	_, err := statx(fd, name, unix.AT_SYMLINK_NOFOLLOW, false)
	return err == unix.ENOENT
}

// probing is osRoot where a directory has a descriptor that names can be looked up from.
type probing struct {
	*osRoot
	dir *os.File // keeps fd open
	fd  int
}

// withProbe adds probe to b, where it can.
func withProbe(b *osRoot) backend {
	dir, err := b.root.Open(".")
	if err != nil {
		return b
	}
	return &probing{b, dir, int(dir.Fd())}
}

func (b *probing) probe(name probeName, atOnce bool) (Stamp, error) {
	return statx(b.fd, name, 0, atOnce)
}

func (b *probing) nothing(name probeName) bool { return noEntry(b.fd, name) }

func (b *probing) probeRows(dir probeName, rows []row, atOnce bool) bool {
	return probeRows(b.fd, dir, rows, atOnce)
}

func (b *probing) near() (device uint64, ok bool) { return nearDevice(b.fd) }
