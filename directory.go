package salver

import (
	"io/fs"
	"slices"
	"strings"

	"github.com/salver-http/salver/internal/listing"
)

// entriesOf reads what can be served in d, sorted by name.
func entriesOf(d listing.Dir) ([]Entry, error) {
	var entries []Entry
	err := d.Names(func(name string, typ fs.FileMode) bool {
		info, err := d.Info(name)
		if err == nil {
			entries = append(entries, Entry{
				Name: name, IsDir: info.IsDir, Link: typ == fs.ModeSymlink,
				Size: info.Size, ModTime: info.ModTime,
			})
		}
		return true
	})
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return entries, err
}
