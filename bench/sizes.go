package main

import (
	"fmt"
	"strings"
)

// accepted are the values of Accept-Encoding for which sizes are compared; the last is a
// browser's.
var accepted = []string{"gzip", "zstd", "br", "gzip, deflate, br, zstd"}

// sizes are how many bytes of content are sent for each file, or for all of a package.
type sizes struct {
	identity int64
	nginx    int64 // by gzip on, at its own level
	// first is what salver sends to the first who asks, hot what it sends once it has
	// stopped to find something smaller; for each that is accepted.
	first, hot []int64
}

// plus adds up two; a zero value is none.
func (s sizes) plus(t sizes) sizes {
	sum := sizes{identity: s.identity + t.identity, nginx: s.nginx + t.nginx}
	for i := range accepted {
		sum.first = append(sum.first, at(s.first, i)+at(t.first, i))
		sum.hot = append(sum.hot, at(s.hot, i)+at(t.hot, i))
	}
	return sum
}

func at(v []int64, i int) int64 {
	if i < len(v) {
		return v[i]
	}
	return 0
}

// sizesTable is the sizes of packages and their sum, as a table for docs/performance.md.
func sizesTable(packs []pack, of map[string]sizes) string {
	var b strings.Builder
	b.WriteString("| bytes of content | files | as they are | nginx, gzip |")
	for _, a := range accepted {
		fmt.Fprintf(&b, " salver, %s |", a)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", 3+len(accepted)) + "\n")
	var all sizes
	files := 0
	for _, p := range packs {
		var sum sizes
		for _, f := range p.files {
			sum = sum.plus(of[f])
		}
		b.WriteString(sum.line(p.name, len(p.files)))
		all, files = all.plus(sum), files+len(p.files)
	}
	if len(packs) > 1 {
		b.WriteString(all.line("all of them", files))
	}
	return b.String()
}

// line is one line of the table: what is sent first and, when hot, with its ratio to nginx.
func (s sizes) line(name string, files int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s | %s | %s | %s |", name, thousands(files), thousands(int(s.identity)), thousands(int(s.nginx)))
	for i := range accepted {
		fmt.Fprintf(&b, " %s, then %s (%s) |", thousands(int(s.first[i])), thousands(int(s.hot[i])), factor(ratio(float64(s.hot[i]), float64(s.nginx))))
	}
	return b.String() + "\n"
}
