//go:build unix

package main

import (
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives a file that is to take the place of another the same owner and group: a server that runs as
// somebody else has to go on reading it.
func keepOwner(f *os.File, old fs.FileInfo) error {
	now, err := f.Stat()
	if err != nil {
		return err
	}
	a, ok := old.Sys().(*syscall.Stat_t)
	b, known := now.Sys().(*syscall.Stat_t)
	if !ok || !known || a.Uid == b.Uid && a.Gid == b.Gid {
		return nil
	}
	return f.Chown(int(a.Uid), int(a.Gid))
}
