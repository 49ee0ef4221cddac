//go:build unix

package filestamp

import "golang.org/x/sys/unix"

// Of returns the stamp of a file, which says so when there is none. Device and inode tell one file from another that
// takes its place with the same size and time, as cp -p and the volumes of Kubernetes do. The conversions are for the
// systems on which the fields are narrower.
func Of(name string) Stamp {
	var st unix.Stat_t
	for {
		switch err := unix.Stat(name, &st); err {
		case nil:
			return Stamp{
				size:     st.Size,
				modified: instant{int64(st.Mtim.Sec), int64(st.Mtim.Nsec)},
				changed:  instant{int64(st.Ctim.Sec), int64(st.Ctim.Nsec)},
				dev:      uint64(st.Dev),
				ino:      uint64(st.Ino),
			}
		case unix.EINTR:
		default:
			return Stamp{err: err.Error()}
		}
	}
}
