// Package filestamp finds out whether a file that is known by its name has changed, at the cost of one system
// call: for what is read now and then and has to be current, such as certificates and passwords.
package filestamp

import "time"

// Stamp tells a file from what its name led to before, as far as that can be told without
// reading it. Two are the same if they are equal.
type Stamp struct {
	size     int64
	modified instant
	changed  instant // content or metadata; zero where the system does not tell
	dev, ino uint64  // of the file behind all links; 0 where the system does not tell
	err      string  // why there is none
}

// instant is comparable, as time.Time is not.
type instant struct{ sec, nsec int64 }

func (i instant) time() time.Time { return time.Unix(i.sec, i.nsec) }

// settledAfter is how long a file has to be at rest for a change to show in its stamp: some file systems keep times
// no finer than that.
const settledAfter = 2 * time.Second

// Settled reports whether a change after now shows in the stamp. It does not while the file is fresh, and
// should be read again.
func (s Stamp) Settled(now time.Time) bool {
	if s.err != "" {
		return true // what is not there has no content
	}
	return now.Sub(s.modified.time()) >= settledAfter && (s.changed == instant{} || now.Sub(s.changed.time()) >= settledAfter)
}

// Exists reports whether there is a file.
func (s Stamp) Exists() bool { return s.err == "" }
