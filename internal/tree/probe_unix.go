//go:build unix && !linux

package tree

import "golang.org/x/sys/unix"

// probeName is a name as it is looked up.
type probeName []byte

func probeNameOf(name string) probeName { return probeName(name) }

func statx(fd int, name probeName, flags int) (Stamp, error) {
	var st unix.Stat_t
	for {
		err := unix.Fstatat(fd, string(name), &st, flags)
		if err == nil {
			return stampOfStat(&st), nil
		}
		if err != unix.EINTR {
			return Stamp{}, err
		}
	}
}

// openPath opens a directory to look names up from.
func openPath(fd int, dir probeName) (int, error) {
	return unix.Openat(fd, string(dir), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
}
