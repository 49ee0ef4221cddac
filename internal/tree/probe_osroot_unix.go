//go:build unix

package tree

import "os"

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

func (b *probing) probe(name probeName) (Stamp, error) { return statx(b.fd, name, 0) }

func (b *probing) probeRows(dir probeName, rows []row) bool { return probeRows(b.fd, dir, rows) }
