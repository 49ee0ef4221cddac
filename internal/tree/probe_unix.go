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

// probeRows implements [prober] for the directory fd.
func probeRows(fd int, dir probeName, rows []row) bool {
	at, err := unix.Openat(fd, string(dir), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(at)
	for i := range rows {
		r := &rows[i]
		flags := unix.AT_SYMLINK_NOFOLLOW
		if r.link {
			flags = 0
		}
		if s, err := statx(at, r.name, flags); err != nil || s != r.stamp {
			return false
		}
	}
	return true
}
