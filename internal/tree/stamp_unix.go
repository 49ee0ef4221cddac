//go:build unix

package tree

import (
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// stampOfStat is what stat(2) says. The conversions are for the systems on which
// the fields are narrower.
func stampOfStat(st *unix.Stat_t) Stamp {
	return Stamp{
		Type:  typeOfMode(uint32(st.Mode)),
		Size:  st.Size,
		MTime: Instant{int64(st.Mtim.Sec), int32(st.Mtim.Nsec)},
		CTime: Instant{int64(st.Ctim.Sec), int32(st.Ctim.Nsec)},
		Dev:   uint64(st.Dev),
		Ino:   uint64(st.Ino),
	}
}

// typeOfMode is the type in a mode of stat(2).
func typeOfMode(mode uint32) fs.FileMode {
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
		return 0
	case unix.S_IFDIR:
		return fs.ModeDir
	case unix.S_IFLNK:
		return fs.ModeSymlink
	}
	return fs.ModeIrregular
}

// stampOfFile is the stamp of an open file.
func stampOfFile(f *os.File) (Stamp, error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return Stamp{}, err
	}
	var (
		st   unix.Stat_t
		serr error
	)
	if err := conn.Control(func(fd uintptr) { serr = unix.Fstat(int(fd), &st) }); err != nil {
		return Stamp{}, err
	}
	return stampOfStat(&st), serr
}

// nonBlocking keeps an open from waiting for the writer of a FIFO, and a terminal
// from becoming the process's own.
const nonBlocking = unix.O_NONBLOCK | unix.O_NOCTTY
