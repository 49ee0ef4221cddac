// Package listing makes the page of a directory: which names are on it and in
// what order ([Gather]), and how it reads as HTML, JSON and plain text
// ([Listing.Append]). It opens nothing itself and knows no HTTP message; the
// same Listing always renders to the same bytes.
package listing

import (
	"io/fs"
	"time"
)

// RowsPerPage is how many entries one page of a listing holds at most.
const RowsPerPage = 10_000

// Dir is a directory as a listing reads it. A Dir is used by one goroutine.
type Dir interface {
	// Names calls yield for each name until it returns false. Of typ only the
	// type bits are looked at: 0 for a regular file, [fs.ModeDir] and
	// [fs.ModeSymlink]; a name of any other type is not listed.
	Names(yield func(name string, typ fs.FileMode) bool) error
	// Info tells what name leads to, links followed. An error means that it
	// can't be served, and leaves it out. Info may be called from within yield.
	Info(name string) (Info, error)
}

// Info is what is shown of an entry beside its name.
type Info struct {
	IsDir   bool
	Size    int64 // in bytes; that of a directory is shown as 0
	ModTime time.Time
}

// Row is one entry of a listing.
type Row struct {
	Name string // as on disk; need not be valid UTF-8
	Info
	Link bool // whether the name is a symlink
}

// Listing is one page of a directory.
type Listing struct {
	// Path is the decoded path of the directory, from "/" to "/". It need not
	// be valid UTF-8.
	Path string
	// Rows are the entries of this page in order, directories first.
	Rows []Row
	// Total counts the entries of all pages, as far as is known without looking
	// behind each name; Dirs says how many of them are directories.
	Total, Dirs int
	// Pages is the number of pages, at least 1.
	Pages int
	// Options are those the page was gathered by; Page is the page that was
	// found, which is the last one if more was asked for.
	Options
	// ReadmeHTML is shown below the entries of the HTML page, as it is: it must
	// be safe to stand there. Nothing is shown if it is empty.
	ReadmeHTML []byte
	// ReadmeName is the name of the file that ReadmeHTML was made of.
	ReadmeName string
}

// Append appends the page as f to b. It does not change l and may be called
// concurrently.
func (l *Listing) Append(b []byte, f Format) []byte {
	switch f {
	case JSON:
		return l.appendJSON(b)
	case Text:
		return l.appendText(b)
	}
	return l.appendHTML(b)
}

// Next returns the relative reference to the next page, in the format f, and ""
// when this is the last one.
func (l *Listing) Next(f Format) string {
	if l.Page >= l.Pages {
		return ""
	}
	o := l.Options
	o.Format, o.FormatAsked, o.Page = f, f != HTML || o.FormatAsked, l.Page+1
	return string(appendQuery(nil, o, "&"))
}

// MediaType is the media type of a listing in the format f (RFC 9110 §8.3).
func MediaType(f Format) string {
	switch f {
	case JSON:
		return "application/json"
	case Text:
		return "text/plain; charset=utf-8"
	}
	return "text/html; charset=utf-8"
}
