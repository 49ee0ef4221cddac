package listing

import (
	"crypto/sha256"
	_ "embed" // the style and the script
	"encoding/base64"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed page.css
var styleFile string

//go:embed page.js
var scriptFile string

// A parser of HTML reads CR LF as LF before the hash is taken, and a checkout may
// have either.
var (
	style  = strings.ReplaceAll(styleFile, "\r\n", "\n")
	script = strings.ReplaceAll(scriptFile, "\r\n", "\n")
)

// ContentSecurityPolicy is the value of the field of that name for the HTML page
// (CSP Level 3): its own style and script run, by their hashes, and images of this
// origin are shown, for the README. Nothing else is loaded, sent or framed.
var ContentSecurityPolicy = "default-src 'none'; style-src " + source(style) + "; script-src " + source(script) +
	"; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func source(inline string) string {
	sum := sha256.Sum256([]byte(inline))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func (l *Listing) appendHTML(b []byte) []byte {
	n := len(style) + len(script) + len(l.ReadmeHTML) + 4096
	for i := range l.Rows {
		n += 180 + 2*len(l.Rows[i].Name)
	}
	b = slices.Grow(b, n)
	b = append(b, `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Directory listing for `...)
	b = appendLabel(b, l.Path)
	b = append(b, `</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<style>`...)
	b = append(b, style...)
	b = append(b, `</style>
</head>
<body>
<header>
<h1><span>Directory listing for</span> `...)
	b = appendTrail(b, l.Path)
	b = append(b, "</h1>\n<div>\n<p>"...)
	b = l.appendCounts(b)
	b = append(b, `</p>
<p id="found" role="status"></p>
<input id="filter" type="search" placeholder="Filter" aria-label="Filter by name" aria-keyshortcuts="/" autocomplete="off" spellcheck="false" hidden>
</div>
</header>
<main>
`...)
	b = l.appendTable(b)
	b = l.appendPaging(b)
	if len(l.ReadmeHTML) > 0 {
		b = append(b, "<article>\n<h2><a href=\""...)
		b = appendHref(b, l.ReadmeName, false)
		b = append(b, `">`...)
		b = appendLabel(b, l.ReadmeName)
		b = append(b, "</a></h2>\n"...)
		b = append(b, l.ReadmeHTML...)
		b = append(b, "\n</article>\n"...)
	}
	b = append(b, "</main>\n<script>"...)
	b = append(b, script...)
	return append(b, "</script>\n</body>\n</html>\n"...)
}

// appendTrail appends the path with a link to each directory on it. Links are
// made to the nearest 32 and the root only: those of a very deep one would
// grow as the square of its depth.
func appendTrail(b []byte, path string) []byte {
	segments := strings.Split(strings.Trim(path, "/"), "/")
	if segments[0] == "" {
		segments = nil
	}
	b = appendUp(b, len(segments))
	b = append(b, "/</a>"...)
	for i, name := range segments {
		if up := len(segments) - 1 - i; up < 32 {
			b = appendUp(b, up)
			b = appendLabel(b, name)
			b = append(b, "</a>/"...)
		} else {
			b = appendLabel(b, name)
			b = append(b, '/')
		}
	}
	return b
}

// appendUp opens a link to the directory that is n levels up.
func appendUp(b []byte, n int) []byte {
	if n == 0 {
		return append(b, `<a href="./" aria-current="page">`...)
	}
	b = append(b, `<a href="`...)
	for range n {
		b = append(b, "../"...)
	}
	return append(b, `">`...)
}

// appendCounts appends "3 directories, 12 files, 4.5 MB". The size is that of
// all files, and left out where it is not known.
func (l *Listing) appendCounts(b []byte) []byte {
	files := l.Total - l.Dirs
	if l.Dirs > 0 {
		b = appendCount(b, int64(l.Dirs), "directory", "directories")
		if files == 0 {
			return b
		}
		b = append(b, ", "...)
	}
	b = appendCount(b, int64(files), "file", "files")
	if l.Pages > 1 {
		return b
	}
	sum := int64(0)
	for i := range l.Rows {
		sum += min(l.Rows[i].Size, math.MaxInt64-sum)
	}
	b = append(b, ", "...)
	return appendSize(b, sum)
}

func (l *Listing) appendTable(b []byte) []byte {
	b = append(b, "<table>\n<thead>\n<tr>"...)
	b = l.appendColumn(b, ByName, "Name")
	b = l.appendColumn(b, BySize, "Size")
	b = l.appendColumn(b, ByTime, `Modified<span id="zone"> (UTC)</span>`)
	b = append(b, "</tr>\n</thead>\n"...)
	if l.Path != "/" {
		b = append(b, "<tbody>\n<tr><td colspan=\"3\"><a href=\"../\">../</a></td></tr>\n</tbody>\n"...)
	}
	b = append(b, "<tbody id=\"rows\">\n"...)
	for i := range l.Rows {
		b = appendRow(b, &l.Rows[i])
	}
	b = append(b, "</tbody>\n</table>\n"...)
	if len(l.Rows) == 0 {
		b = append(b, "<p>This directory is empty.</p>\n"...)
	}
	return b
}

// appendColumn appends the heading of a column: a link that sorts by it, and
// once it does, turns it round. Sizes and times begin with the largest and newest.
func (l *Listing) appendColumn(b []byte, s Sort, heading string) []byte {
	o := Options{Format: HTML, FormatAsked: l.FormatAsked, Sort: s, Descending: s != ByName}
	b = append(b, `<th scope="col"`...)
	if l.Sort == s {
		o.Descending = !l.Descending
		if l.Descending {
			b = append(b, ` aria-sort="descending"`...)
		} else {
			b = append(b, ` aria-sort="ascending"`...)
		}
	}
	b = append(b, `><a href="`...)
	b = appendQuery(b, o, "&amp;")
	b = append(b, `">`...)
	b = append(b, heading...)
	return append(b, "</a></th>"...)
}

func appendRow(b []byte, r *Row) []byte {
	b = append(b, `<tr><td><a href="`...)
	b = appendHref(b, r.Name, r.IsDir)
	b = append(b, `">`...)
	b = appendLabel(b, r.Name)
	if r.IsDir {
		b = append(b, '/')
	}
	b = append(b, "</a>"...)
	if r.Link {
		b = append(b, `<abbr title="symbolic link">@</abbr>`...)
	}
	if r.IsDir {
		b = append(b, "</td><td></td><td>"...)
	} else {
		b = append(b, `</td><td title="`...)
		b = appendCount(b, r.Size, "byte", "bytes")
		b = append(b, `">`...)
		b = appendSize(b, r.Size)
		b = append(b, "</td><td>"...)
	}
	if known(r.ModTime) {
		t := r.ModTime.UTC()
		b = append(b, `<time datetime="`...)
		b = t.AppendFormat(b, time.RFC3339)
		b = append(b, `">`...)
		b = t.AppendFormat(b, "2006-01-02 15:04")
		b = append(b, "</time>"...)
	}
	return append(b, "</td></tr>\n"...)
}

// appendPaging appends the way to the other pages, if there are any.
func (l *Listing) appendPaging(b []byte) []byte {
	if l.Pages <= 1 {
		return b
	}
	first := int64(l.Page-1)*RowsPerPage + 1
	b = append(b, "<nav aria-label=\"Pages\">\n"...)
	b = l.appendPageLink(b, 1, l.Page > 1, "", "First")
	b = l.appendPageLink(b, l.Page-1, l.Page > 1, "prev", "Previous")
	b = append(b, "<span>rows "...)
	b = appendGrouped(b, first)
	b = append(b, "–"...)
	b = appendGrouped(b, first+int64(len(l.Rows))-1)
	b = append(b, " of "...)
	b = appendGrouped(b, int64(l.Total))
	b = append(b, "</span>\n"...)
	b = l.appendPageLink(b, l.Page+1, l.Page < l.Pages, "next", "Next")
	b = l.appendPageLink(b, l.Pages, l.Page < l.Pages, "", "Last")
	return append(b, "</nav>\n"...)
}

// appendPageLink appends a link to a page, or its label alone where there is none.
func (l *Listing) appendPageLink(b []byte, page int, there bool, rel, label string) []byte {
	if !there {
		b = append(b, "<s>"...)
		b = append(b, label...)
		return append(b, "</s>\n"...)
	}
	o := l.Options
	o.Format, o.Page = HTML, page
	b = append(b, `<a href="`...)
	b = appendQuery(b, o, "&amp;")
	b = append(b, '"')
	if rel != "" {
		b = append(b, ` rel=`...)
		b = strconv.AppendQuote(b, rel)
	}
	b = append(b, '>')
	b = append(b, label...)
	return append(b, "</a>\n"...)
}
