package listing

import (
	"strconv"
	"strings"
)

// Format is what a listing is written as.
type Format int

// The formats of a listing.
const (
	HTML Format = iota
	JSON
	Text
)

// Sort is what the entries of a listing are ordered by. Directories come first
// in every order, and what is equal is ordered by name.
type Sort int

// The orders of a listing.
const (
	ByName Sort = iota // natural order: file2 before file10, whatever the case
	BySize
	ByTime
)

// Options are what a query can choose of a listing. The zero value is the
// first page, by name, as HTML.
type Options struct {
	Format Format
	// FormatAsked says that the query named the Format, so that it is not to be
	// negotiated.
	FormatAsked bool
	Sort        Sort
	// Descending turns the Sort round: last name, largest or newest first.
	Descending bool
	// Page counts from 1; 0 means 1.
	Page int
}

var (
	formatNames = [...]string{HTML: "html", JSON: "json", Text: "text"}
	sortNames   = [...]string{ByName: "name", BySize: "size", ByTime: "time"}
)

// ParseQuery reads the query of a target, which is without its "?":
//
//	format=html|json|text  sort=name|size|time  order=asc|desc  page=N
//
// The first valid value of a key counts; anything else is ignored.
func ParseQuery(query string) Options {
	o := Options{Page: 1}
	var sorted, ordered, paged bool
	for part := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "format":
			if i := index(formatNames[:], value); i >= 0 && !o.FormatAsked {
				o.Format, o.FormatAsked = Format(i), true
			}
		case "sort":
			if i := index(sortNames[:], value); i >= 0 && !sorted {
				o.Sort, sorted = Sort(i), true
			}
		case "order":
			if i := index([]string{"asc", "desc"}, value); i >= 0 && !ordered {
				o.Descending, ordered = i == 1, true
			}
		case "page":
			// 31 bits: a page is an int on every platform.
			if n, err := strconv.ParseUint(value, 10, 31); err == nil && n > 0 && !paged {
				o.Page, paged = int(n), true
			}
		}
	}
	return o
}

func index(names []string, s string) int {
	for i, name := range names {
		if name == s {
			return i
		}
	}
	return -1
}

// appendQuery appends the shortest relative reference that [ParseQuery] reads as
// o. amp stands between the parameters.
func appendQuery(b []byte, o Options, amp string) []byte {
	sep := "?"
	param := func(key, value string) {
		b = append(b, sep...)
		b = append(b, key...)
		b = append(b, '=')
		b = append(b, value...)
		sep = amp
	}
	if o.FormatAsked {
		param("format", formatNames[o.Format])
	}
	if o.Sort != ByName {
		param("sort", sortNames[o.Sort])
	}
	if o.Descending {
		param("order", "desc")
	}
	if o.Page > 1 {
		param("page", strconv.Itoa(o.Page))
	}
	if sep == "?" {
		b = append(b, "./"...)
	}
	return b
}
