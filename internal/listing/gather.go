package listing

import (
	"cmp"
	"io/fs"
	"math"
)

// Gather reads the page of d that o asks for. path is the decoded path of the
// directory, from "/" to "/".
//
// It keeps no more of a directory than the entries up to that page, and asks for
// the Info of those on it alone, of symlinks, and of every entry if o orders by
// size or time. The error is that of d.Names.
func Gather(path string, d Dir, o Options) (*Listing, error) {
	o.Page = max(o.Page, 1)
	s := selection{limit: math.MaxInt, order: o.compare}
	if o.Page <= math.MaxInt/2/RowsPerPage {
		s.limit = o.Page * RowsPerPage
	}
	l := &Listing{Path: path, Options: o}
	err := d.Names(func(name string, typ fs.FileMode) bool {
		c := candidate{name: name, dir: typ.IsDir(), link: typ&fs.ModeSymlink != 0}
		if !c.dir && !c.link && !typ.IsRegular() {
			return true
		}
		if c.link || o.Sort != ByName {
			info, err := d.Info(name)
			if err != nil {
				return true
			}
			c.dir, c.info = info.IsDir, &info
		}
		l.Total++
		if c.dir {
			l.Dirs++
		}
		s.add(c)
		return true
	})
	if err != nil {
		return nil, err
	}
	l.Pages = max(1, (l.Total+RowsPerPage-1)/RowsPerPage)
	l.Page = min(o.Page, l.Pages)
	first := (l.Page - 1) * RowsPerPage
	l.fill(d, s.page(first, min(first+RowsPerPage, l.Total)))
	return l, nil
}

// fill makes the rows of the page. What turns out not to be served is not
// counted any more.
func (l *Listing) fill(d Dir, page []candidate) {
	l.Rows = make([]Row, 0, len(page))
	for _, c := range page {
		if c.info == nil {
			info, err := d.Info(c.name)
			if err != nil {
				l.Total--
				if c.dir {
					l.Dirs--
				}
				continue
			}
			c.info = &info
		}
		row := Row{Name: c.name, Info: *c.info, Link: c.link}
		if row.IsDir {
			row.Size = 0
		}
		l.Rows = append(l.Rows, row)
	}
}

// candidate is an entry that may be on the page. info is nil until it is needed.
type candidate struct {
	name      string
	info      *Info
	dir, link bool
}

// compare is the order of o. Only the key is turned round by Descending, not the
// names of what is equal.
func (o Options) compare(a, b candidate) int {
	if a.dir != b.dir {
		if a.dir {
			return -1
		}
		return 1
	}
	c := 0
	switch o.Sort {
	case ByName:
		c = compareNames(a.name, b.name)
	case BySize:
		if !a.dir { // a directory has no size that says anything
			c = cmp.Compare(a.info.Size, b.info.Size)
		}
	case ByTime:
		c = a.info.ModTime.Compare(b.info.ModTime)
	}
	if o.Descending {
		c = -c
	}
	if c == 0 {
		c = compareNames(a.name, b.name)
	}
	return c
}
