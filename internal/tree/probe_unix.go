//go:build unix && !linux

package tree

import "golang.org/x/sys/unix"

// probeName is a name as it is looked up.
type probeName []byte

func probeNameOf(name string) probeName { return probeName(name) }

func statx(fd int, name probeName, flags int, _ bool) (Stamp, error) {
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
func openPath(fd int, dir probeName, _ bool) (int, error) {
	return unix.Openat(fd, string(dir), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
}

func closePath(fd int, _ bool) { unix.Close(fd) }

// nearDevice is for where a look can do without the scheduler.
func nearDevice(int) (device uint64, ok bool) { return 0, false }
