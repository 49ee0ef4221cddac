//go:build !unix

package filestamp

import "os"

// Of returns the stamp of a file, which says so when there is none. A stat by name does not tell
// here which file it is.
func Of(name string) Stamp {
	info, err := os.Stat(name)
	if err != nil {
		return Stamp{err: err.Error()}
	}
	t := info.ModTime()
	return Stamp{size: info.Size(), modified: instant{t.Unix(), int64(t.Nanosecond())}}
}
