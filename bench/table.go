package main

import (
	"fmt"
	"slices"
	"strings"
)

// lines is one scenario as it is shown when it is done.
func (r *result) lines() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s, %s\n", r.Name, r.Title, r.Unit)
	for _, w := range r.Rows {
		fmt.Fprintf(&b, "  %-15s %9s", w.Server, figure(w.Value))
		if w.PerSecond > 0 {
			fmt.Fprintf(&b, "  (user %s, system %s; %s/s", figure(w.User), figure(w.System), figure(w.PerSecond))
			if w.Length > 0 {
				b.WriteString("; " + count(int(w.Length), "byte"))
			}
			b.WriteByte(')')
		}
		if w.Ratio > 0 && w.Server != r.Reference {
			fmt.Fprintf(&b, "  %s × %s, rounds %s to %s", factor(w.Ratio), r.Reference, factor(w.Lowest), factor(w.Highest))
		}
		b.WriteByte('\n')
		for _, n := range w.Notes {
			fmt.Fprintf(&b, "    %s\n", n)
		}
	}
	if r.Others >= disturbing {
		fmt.Fprintf(&b, "  other programs took %.0f%% of the two processors meanwhile\n", 100*r.Others)
	}
	return b.String()
}

// disturbing is the share of the processors from which on others are mentioned; in a
// short load the clocks' ticks of 10 ms make less than that uncertain.
const disturbing = 0.05

// table is what the scenarios of one table have in common: whom ratios are against, and
// whether they are over TLS, where fewer take part.
type table struct {
	reference string
	encrypted bool
}

func (r *result) table() table { return table{r.Reference, r.Protocol != ""} }

// tables are those of a report, in its order.
func (r *report) tables() []table {
	var all []table
	for _, s := range r.Results {
		if t := s.table(); !slices.Contains(all, t) {
			all = append(all, t)
		}
	}
	return all
}

// markdown is the report as tables for docs/performance.md.
func (r *report) markdown() string {
	var b strings.Builder
	for _, kind := range r.tables() {
		var rows []result
		var servers []string
		for _, s := range r.Results {
			if s.table() != kind {
				continue
			}
			rows = append(rows, s)
			for _, w := range s.Rows {
				if !slices.Contains(servers, w.Server) {
					servers = append(servers, w.Server)
				}
			}
		}
		// Visited is the order of the table: a server that joins late has its place.
		slices.SortFunc(servers, func(a, b string) int { return order(a) - order(b) })
		fmt.Fprintf(&b, "| %s |", perRequest.unit())
		for _, s := range servers {
			fmt.Fprintf(&b, " %s |", s)
		}
		b.WriteString("\n|---|" + strings.Repeat("---|", len(servers)) + "\n")
		for _, row := range rows {
			b.WriteString("| " + row.Title)
			if row.Unit != perRequest.unit() {
				b.WriteString(" (" + row.Unit + ")")
			}
			b.WriteString(" |")
			for _, s := range servers {
				b.WriteString(" " + row.cell(s) + " |")
			}
			b.WriteByte('\n')
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// caveats are what has to be known of the tables.
func (r *report) caveats() string {
	var b strings.Builder
	for _, l := range r.LeftOut {
		fmt.Fprintf(&b, "left out: %v\n", l)
	}
	for _, s := range r.Results {
		if s.Others >= disturbing {
			fmt.Fprintf(&b, "%s: other programs took %.0f%% of the two processors\n", s.Name, 100*s.Others)
		}
		for _, w := range s.Rows {
			for _, n := range w.Notes {
				fmt.Fprintf(&b, "%s, %s: %s\n", s.Name, w.Server, n)
			}
		}
	}
	return b.String()
}

func order(server string) int {
	return slices.IndexFunc(peers(), func(p peer) bool { return p.name == server })
}

func (r *result) cell(server string) string {
	w := r.row(server)
	switch {
	case w == nil:
		return "–"
	case w.Ratio == 0 || server == r.Reference:
		return figure(w.Value)
	}
	return figure(w.Value) + " (" + factor(w.Ratio) + ")"
}

// figure writes three digits of v, or all before the point.
func figure(v float64) string {
	switch {
	case v >= 99.95:
		return thousands(int(v + 0.5))
	case v >= 9.995:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// factor writes a ratio.
func factor(v float64) string { return figure(v) }
