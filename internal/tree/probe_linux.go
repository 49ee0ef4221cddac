package tree

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// probeName is a name as the system wants it, with a NUL at its end: making one for each
// call would be half of its cost.
type probeName []byte

func probeNameOf(name string) probeName { return append([]byte(name), 0) }

const probeMask = unix.STATX_TYPE | unix.STATX_SIZE | unix.STATX_MTIME | unix.STATX_CTIME | unix.STATX_INO

// statx is what name leads to from the directory fd, as statx(2) says it.
func statx(fd int, name probeName, flags int) (Stamp, error) {
	var st unix.Statx_t
	for {
		_, _, errno := unix.Syscall6(unix.SYS_STATX, uintptr(fd), uintptr(unsafe.Pointer(&name[0])),
			uintptr(flags), probeMask, uintptr(unsafe.Pointer(&st)), 0)
		switch {
		case errno == unix.EINTR:
		case errno != 0:
			return Stamp{}, probeError(errno)
		case st.Mask&probeMask != probeMask:
			return Stamp{}, unix.ENOSYS
		default:
			return stampOfStatx(&st), nil
		}
	}
}

// probeError makes an error of errno without an allocation for the frequent ones.
func probeError(errno unix.Errno) error {
	switch errno {
	case unix.ENOENT:
		return errNoEntry
	case unix.ENOTDIR:
		return errNotDirectory
	}
	return errno
}

var (
	errNoEntry      error = unix.ENOENT
	errNotDirectory error = unix.ENOTDIR
)

func stampOfStatx(st *unix.Statx_t) Stamp {
	return Stamp{
		Type:  typeOfMode(uint32(st.Mode)),
		Size:  int64(st.Size),
		MTime: Instant{st.Mtime.Sec, int32(st.Mtime.Nsec)},
		CTime: Instant{st.Ctime.Sec, int32(st.Ctime.Nsec)},
		Dev:   unix.Mkdev(st.Dev_major, st.Dev_minor),
		Ino:   st.Ino,
	}
}

// openPath opens a directory to look names up from.
func openPath(fd int, dir probeName) (int, error) {
	for {
		at, _, errno := unix.Syscall6(unix.SYS_OPENAT, uintptr(fd), uintptr(unsafe.Pointer(&dir[0])),
			unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0, 0, 0)
		switch errno {
		case 0:
			return int(at), nil
		case unix.EINTR:
		default:
			return -1, errno
		}
	}
}

func (b *openat2) probe(name probeName) (Stamp, error) { return statx(b.fd, name, 0) }

func (b *openat2) nothing(name probeName) bool { return noEntry(b.fd, name) }

func (b *openat2) probeRows(dir probeName, rows []row) bool { return probeRows(b.fd, dir, rows) }
