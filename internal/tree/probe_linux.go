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
func statx(fd int, name probeName, flags int, atOnce bool) (Stamp, error) {
	var st unix.Statx_t
	for {
		var errno unix.Errno
		if atOnce {
			_, _, errno = unix.RawSyscall6(unix.SYS_STATX, uintptr(fd), uintptr(unsafe.Pointer(&name[0])),
				uintptr(flags), probeMask, uintptr(unsafe.Pointer(&st)), 0)
		} else {
			_, _, errno = unix.Syscall6(unix.SYS_STATX, uintptr(fd), uintptr(unsafe.Pointer(&name[0])),
				uintptr(flags), probeMask, uintptr(unsafe.Pointer(&st)), 0)
		}
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
func openPath(fd int, dir probeName, atOnce bool) (int, error) {
	const flags = unix.O_PATH | unix.O_DIRECTORY | unix.O_CLOEXEC
	for {
		var at uintptr
		var errno unix.Errno
		if atOnce {
			at, _, errno = unix.RawSyscall6(unix.SYS_OPENAT, uintptr(fd), uintptr(unsafe.Pointer(&dir[0])), flags, 0, 0, 0)
		} else {
			at, _, errno = unix.Syscall6(unix.SYS_OPENAT, uintptr(fd), uintptr(unsafe.Pointer(&dir[0])), flags, 0, 0, 0)
		}
		switch errno {
		case 0:
			return int(at), nil
		case unix.EINTR:
		default:
			return -1, errno
		}
	}
}

// closePath closes what openPath has opened.
func closePath(fd int, atOnce bool) {
	if atOnce {
		unix.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0)
	} else {
		unix.Close(fd)
	}
}

// nearby are the file systems that keep what was looked at of late in this machine's
// memory, and ask nobody whether it is still so: not those of a network, nor of another
// program. An overlay is one of them as far as its layers are; a program in a container,
// whose own code lies there, waits for them anyway.
var nearby = map[int64]bool{
	unix.BTRFS_SUPER_MAGIC: true, unix.EXT4_SUPER_MAGIC: true, unix.F2FS_SUPER_MAGIC: true, unix.OVERLAYFS_SUPER_MAGIC: true,
	unix.RAMFS_MAGIC: true, unix.SQUASHFS_MAGIC: true, unix.TMPFS_MAGIC: true, unix.XFS_SUPER_MAGIC: true, zfs: true,
}

const zfs = 0x2fc12fc1

// nearDevice returns the device of the directory fd, and whether its file system is nearby.
func nearDevice(fd int) (device uint64, ok bool) {
	var fs unix.Statfs_t
	if err := unix.Fstatfs(fd, &fs); err != nil || !nearby[int64(fs.Type)] {
		return 0, false
	}
	s, err := statx(fd, probeNameOf("."), 0, false)
	return s.Dev, err == nil
}

func (b *openat2) probe(name probeName, atOnce bool) (Stamp, error) {
	return statx(b.fd, name, 0, atOnce)
}

func (b *openat2) nothing(name probeName) bool { return noEntry(b.fd, name) }

func (b *openat2) probeRows(dir probeName, rows []row, atOnce bool) bool {
	return probeRows(b.fd, dir, rows, atOnce)
}

func (b *openat2) near() (device uint64, ok bool) { return nearDevice(b.fd) }
