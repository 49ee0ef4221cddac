package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dustin/go-humanize"

	"github.com/salver-http/salver"
)

// alike is how many names of a kind are shown; --format json has them all.
const alike = 20

// reportText returns a report for people.
func reportText(s checked) string {
	var b strings.Builder
	head := printable(s.Root)
	if s.Host != "" {
		head = printable(s.Host) + " is " + head
	}
	fmt.Fprintf(&b, "%s: %s in %s, %s\n", head, plural(s.Files, "file", "files"), plural(s.Directories, "directory", "directories"), sizeText(s.Bytes))
	if s.Directories > 0 {
		fmt.Fprintf(&b, "  %d with an index, %d listed\n", s.Indexed, s.Listed)
	}
	section(&b, "Files", classTable(s.Classes))
	section(&b, "Compression", codingTable(s.Report))
	section(&b, "Rules", ruleTable(s.Report))
	section(&b, "Kept back", keptTable(s.Report))
	findings(&b, s.Findings)
	fmt.Fprintf(&b, "\n%s, %s, %s\n", plural(s.count(salver.LevelError), "error", "errors"),
		plural(s.count(salver.LevelWarning), "warning", "warnings"), plural(s.count(salver.LevelNote), "note", "notes"))
	return b.String()
}

func sizeText(n int64) string { return humanize.IBytes(uint64(n)) }

// section writes a heading and rows beneath it, in columns; nothing where there are none.
func section(b *strings.Builder, heading string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	b.WriteString("\n" + heading + "\n")
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			row[i] = shown(cell)
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			line += "  " + cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// classTable has the files by their media type and Cache-Control.
func classTable(all []salver.Class) (rows [][]string) {
	for _, c := range all {
		cache := c.CacheControl
		if cache == "" {
			cache = "no Cache-Control"
		}
		rows = append(rows, []string{c.MediaType, plural(c.Files, "file", "files"), sizeText(c.Bytes), cache})
	}
	return rows
}

// codingTable says how what is worth a coding is coded.
func codingTable(r *salver.Report) (rows [][]string) {
	for _, c := range r.Classes {
		if c.Compressible == 0 {
			continue
		}
		row := []string{c.MediaType, fmt.Sprintf("%d with sidecars", c.Compressible-c.Bare), fmt.Sprintf("%d compressed for answers", c.Compressed)}
		if plain := c.Bare - c.Compressed; plain > 0 {
			row = append(row, fmt.Sprintf("%d sent plain", plain))
		}
		rows = append(rows, row)
	}
	if r.Sidecars.Files > 0 {
		row := []string{"sidecars", plural(r.Sidecars.Files, "file", "files"), sizeText(r.Sidecars.Bytes)}
		if r.Sidecars.Stale > 0 {
			row = append(row, fmt.Sprintf("%d not used", r.Sidecars.Stale))
		}
		rows = append(rows, row)
	}
	return rows
}

// ruleTable has what the tree says of how it is served.
func ruleTable(r *salver.Report) (rows [][]string) {
	for _, f := range r.RuleFiles {
		rows = append(rows, []string{f.Name, fmt.Sprintf("%s, read as %s", plural(f.Rules, "rule", "rules"), f.Dialect)})
	}
	for i, name := range r.ErrorPages {
		if i == alike {
			rows = append(rows, []string{fmt.Sprintf("and %d more", len(r.ErrorPages)-i), "pages of errors"})
			break
		}
		rows = append(rows, []string{name, "page of an error"})
	}
	if r.SPA != "" {
		rows = append(rows, []string{r.SPA, "page of the application"})
	}
	return rows
}

// keptTable has what is not served, and secrets that are.
func keptTable(r *salver.Report) (rows [][]string) {
	secrets := 0
	for _, s := range r.Secrets {
		if s.Served {
			continue
		}
		if secrets++; secrets <= alike {
			rows = append(rows, []string{s.Name, "secret"})
		}
	}
	if more := secrets - alike; more > 0 {
		rows = append(rows, []string{fmt.Sprintf("and %d more", more), "secrets"})
	}
	if r.Hidden > 0 {
		rows = append(rows, []string{plural(r.Hidden, "name", "names") + " with a dot before", "--hidden serves such"})
	}
	return rows
}

// findings writes what is worth a look, the worst first.
func findings(b *strings.Builder, all []salver.Finding) {
	if len(all) > 0 {
		b.WriteString("\nWorth a look\n")
	}
	for _, f := range all {
		where := ""
		if f.Field != "" {
			where = shown(f.Field) + ": "
		}
		if f.File != "" {
			where = shown(f.File)
			for _, n := range []int{f.Line, f.Column} {
				if n > 0 {
					where += fmt.Sprintf(":%d", n)
				}
			}
			where += ": "
		}
		fmt.Fprintf(b, "  %s: %s%s\n", f.Level, where, shown(f.Text))
		if f.Hint != "" {
			fmt.Fprintf(b, "    hint: %s\n", shown(f.Hint))
		}
	}
}

// shown returns s with what a terminal should not be shown as it is written as \xHH.
func shown(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r != utf8.RuneError && strconv.IsPrint(r) {
			b.WriteString(s[:n])
		} else {
			for _, c := range []byte(s[:n]) {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		}
		s = s[n:]
	}
	return b.String()
}
