package certfile

import (
	"os"
	"time"
)

// stamp is what tells a file from what its name led to before, as far as that can be
// told without reading it.
type stamp struct {
	size     int64
	modified time.Time
	identity string // of the file behind all links, where the system tells
	err      string
}

// stamps returns those of both files. Where there is one file its stamp counts twice.
func (p *Pair) stamps() (all [2]stamp) {
	all[0] = stampOf(p.Cert)
	if all[1] = all[0]; p.Key != "" {
		all[1] = stampOf(p.Key)
	}
	return all
}

func stampOf(name string) stamp {
	info, err := os.Stat(name)
	if err != nil {
		return stamp{err: err.Error()}
	}
	return stamp{size: info.Size(), modified: info.ModTime(), identity: identityOf(info)}
}
