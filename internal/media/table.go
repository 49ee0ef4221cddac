package media

import (
	_ "embed"
	"strings"
)

// table holds a line that tells its origin, then a row for each extension:
//
//	extension TAB media type [TAB content coding] LF
//
// sorted by extension, as bytes. Text types carry their charset there, so that
// both forms of a type are a piece of the table and no look-up allocates.
//
//go:embed table.txt
var table string

var rows = table[strings.IndexByte(table, '\n')+1:]

// find searches the sorted rows for an extension, which goes without the dot. It
// halves the text itself, so that nothing need be built at start-up.
func find(rows, ext string) (Type, bool) {
	lo, hi := 0, len(rows) // both at the start of a row, or at the end
	for lo < hi {
		start := lo + strings.LastIndexByte(rows[lo:lo+(hi-lo)/2], '\n') + 1
		end := start + strings.IndexByte(rows[start:], '\n')
		key, rest, _ := strings.Cut(rows[start:end], "\t")
		switch strings.Compare(ext, key) {
		case -1:
			hi = start
		case 1:
			lo = end + 1
		default:
			return parseRow(rest), true
		}
	}
	return Type{}, false
}

// parseRow reads what follows the extension in a row.
func parseRow(s string) Type {
	full, coding, _ := strings.Cut(s, "\t")
	bare, _, _ := strings.Cut(full, ";")
	return Type{MediaType: bare, UTF8: full, Coding: coding}
}
