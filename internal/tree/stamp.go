package tree

import (
	"io/fs"
	"time"
)

// Stamp is what a file system says of a file at one moment. Two equal stamps of a
// file that rests mean the same content. It is comparable.
type Stamp struct {
	Type  fs.FileMode // the type bits only, 0 for a regular file
	Size  int64       // in bytes
	MTime Instant     // when the content was last modified; zero when not known
	CTime Instant     // when content or metadata last changed; zero when not known
	// Dev and Ino name the file itself; both are 0 where the system does not say.
	Dev, Ino uint64
}

// Instant is a time as file systems keep it, without the bounds of a count of
// nanoseconds. It is comparable.
type Instant struct {
	Sec  int64
	Nsec int32
}

// Time returns i as a time.Time; the zero Instant is the zero Time.
func (i Instant) Time() time.Time {
	if i == (Instant{}) {
		return time.Time{}
	}
	return time.Unix(i.Sec, int64(i.Nsec))
}

func instantOf(t time.Time) Instant {
	if t.IsZero() {
		return Instant{}
	}
	return Instant{t.Unix(), int32(t.Nanosecond())}
}

// stampOf is a Stamp of what a portable FileInfo says.
func stampOf(info fs.FileInfo) Stamp {
	return Stamp{Type: info.Mode().Type(), Size: info.Size(), MTime: instantOf(info.ModTime())}
}

// settle is how long a file must have been at rest before its stamp is believed to
// change with its content: the coarsest clocks of file systems tick every 2 s.
const settle = 2 * time.Second

// settled reports whether the stamp can be trusted at the time now to change with
// the next change of the content.
func (s Stamp) settled(now time.Time) bool {
	limit := now.Add(-settle)
	if s.CTime != (Instant{}) {
		return s.CTime.Time().Before(limit) // it follows every change of the content, too
	}
	return s.MTime != (Instant{}) && s.MTime.Time().Before(limit)
}
