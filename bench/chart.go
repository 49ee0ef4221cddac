package main

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// The chart is a grid of panels, one for each scenario, of bars that all have the same
// scale within a section. nginx is a line: the ratio of 1.
const (
	chartWidth   = 860.0
	margin       = 16.0
	columns      = 3
	gutter       = 22.0
	panelWidth   = (chartWidth - 2*margin - (columns-1)*gutter) / columns
	labelWidth   = 92.0
	valueWidth   = 40.0
	trackWidth   = panelWidth - labelWidth - valueWidth // of the longest bar
	barPitch     = 15.0
	barThickness = 10.0
	panelTitle   = 22.0 // room above the bars
	panelGap     = 16.0
	textSize     = 11.0
	titleSize    = 12.0
	headSize     = 18.0
	noteSize     = 12.0
	leading      = 17.0
	// A bar longer than the scale is cut: one slow server must not make all others
	// look alike.
	leastScale, mostScale = 3, 8
)

// chartServers are the bars of a panel, in their order.
var chartServers = []string{"salver", "h2o", "lighttpd", "caddy", "net/http"}

// panel is a scenario, with those that vary it.
type panel struct {
	title string
	bars  []bar
}

type bar struct {
	label string
	class string // salver, variant or peer
	ratio float64
}

// section is panels of one scale.
type section struct {
	title  string
	panels []panel
}

// charted tells whether the chart shows a result: it says of itself that it is of HTTP/1.1
// without TLS, and nginx is its line.
func (r *result) charted() bool { return r.table() == table{reference: "nginx"} }

// chartSections picks what the chart shows of a report.
func chartSections(r *report) []section {
	sections := []section{{title: "CPU time"}, {title: "Memory and time to start"}}
	panelOf := map[string]*panel{}
	var at [2][]*panel
	for i := range r.Results {
		s := &r.Results[i]
		if !s.charted() {
			continue
		}
		if base := panelOf[s.Base]; base != nil {
			if w := s.row("salver"); w != nil && w.Ratio > 0 {
				base.vary(bar{s.Label, "variant", w.Ratio})
			}
			continue
		}
		p := &panel{title: s.Title}
		for _, name := range chartServers {
			w := s.row(name)
			if w == nil || w.Ratio <= 0 {
				continue
			}
			class := "peer"
			if name == "salver" {
				class = "salver"
			}
			p.bars = append(p.bars, bar{name, class, w.Ratio})
		}
		if len(p.bars) == 0 {
			continue
		}
		which := 0
		if s.Unit == perConnection.unit() || s.Unit == toAccept.unit() {
			which = 1
		}
		panelOf[s.Name] = p
		at[which] = append(at[which], p)
	}
	var shown []section
	for i, s := range sections {
		for _, p := range at[i] {
			s.panels = append(s.panels, *p)
		}
		if len(s.panels) > 0 {
			shown = append(shown, s)
		}
	}
	return shown
}

// vary puts a bar after salver's own and those that vary it already.
func (p *panel) vary(b bar) {
	i := 0
	for i < len(p.bars) && p.bars[i].class != "peer" {
		i++
	}
	p.bars = append(p.bars[:i], append([]bar{b}, p.bars[i:]...)...)
}

// scale is the ratio at the end of the longest bar: whatever salver reaches is shown in
// full, within bounds.
func (s *section) scale() float64 {
	top := 0.0
	for _, p := range s.panels {
		for _, b := range p.bars {
			if b.class != "peer" {
				top = max(top, b.ratio)
			}
		}
	}
	return min(max(math.Ceil(top), leastScale), mostScale)
}

// drawChart returns the chart of a report as SVG.
func drawChart(r *report) ([]byte, error) {
	sections := chartSections(r)
	if len(sections) == 0 {
		return nil, errors.New("there is no ratio to nginx without TLS, of which the chart would be made")
	}
	d := new(drawing)
	height := d.chart(sections, r.Settings)
	return d.svg(height), nil
}

// chart draws all sections and returns how high that is.
func (d *drawing) chart(sections []section, s settings) float64 {
	y := margin + headSize
	d.text(margin, y, chartWidth-2*margin, "head", "salver beside other servers of files: what an answer costs, nginx = 1")
	y += 8
	note := "CPU time of the server for one request, user and system, as a ratio to nginx in the same run, which is the line. Shorter is cheaper; " +
		"a bar with a gap is longer than it is drawn. HTTP/1.1 without TLS, one processor for each server, " +
		fmt.Sprintf("%d connections; median of %s of %d s.", s.Connections, count(s.Rounds, "round"), s.Seconds)
	for _, line := range wrap(note, noteSize, chartWidth-2*margin) {
		y += leading
		d.text(margin, y, chartWidth-2*margin, "note", line)
	}
	y += 14
	for i := range sections {
		y = d.section(&sections[i], y, len(sections) > 1)
	}
	return y + margin - panelGap
}

// section draws a section below y and returns where it ends.
func (d *drawing) section(s *section, y float64, titled bool) float64 {
	if titled {
		y += leading + 2
		d.text(margin, y, chartWidth-2*margin, "section", s.title)
		y += 8
		d.line(margin, y, chartWidth-margin, y, "rule")
		y += 10
	}
	scale := s.scale()
	for i := 0; i < len(s.panels); i += columns {
		row := s.panels[i:min(i+columns, len(s.panels))]
		tallest := 0
		for j, p := range row {
			d.panel(p, margin+float64(j)*(panelWidth+gutter), y, scale)
			tallest = max(tallest, len(p.bars))
		}
		y += panelTitle + float64(tallest)*barPitch + panelGap
	}
	return y
}

func (d *drawing) panel(p panel, x, y, scale float64) {
	d.text(x, y+titleSize, panelWidth, "title", p.title)
	y += panelTitle
	origin := x + labelWidth
	one := origin + trackWidth/scale
	for i, b := range p.bars {
		top := y + float64(i)*barPitch
		baseline := top + barThickness - 1
		d.textEnd(origin-6, baseline, labelWidth-6, b.class, b.label)
		width := trackWidth * min(b.ratio/scale, 1)
		d.bar(origin, top, width, b.class, b.ratio > scale)
		value := factor(b.ratio)
		at := origin + width + 4
		if at < one+3 && at+textWidth(value, textSize, true) > one-3 {
			at = one + 4 // the line is not to cross the number
		}
		d.text(at, baseline, valueWidth-4, b.class, value)
	}
	d.line(one, y-3, one, y+float64(len(p.bars))*barPitch-barPitch+barThickness+3, "one")
}

// chartTitle is what a screen reader says of the chart.
func chartTitle() string {
	return "CPU time of salver, h2o, lighttpd, caddy and net/http for an answer, as ratios to nginx"
}

var chartStyle = strings.TrimSpace(`
text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; font-size: 11px; fill: #59636e }
.head { font-size: 18px; font-weight: 600; fill: #1f2328 }
.note { font-size: 12px }
.section, .title { font-size: 12px; font-weight: 600; fill: #1f2328 }
text.salver { font-weight: 600; fill: #0550ae }
text.variant { fill: #0550ae }
.bar.salver { fill: #0969da }
.bar.variant { fill: #7ab6f5 }
.bar.peer { fill: #afb8c1 }
.one { stroke: #1f2328; stroke-width: 1.5 }
.rule { stroke: #d1d9e0 }
@media (prefers-color-scheme: dark) {
text { fill: #9198a1 }
.head, .section, .title { fill: #f0f6fc }
text.salver, text.variant { fill: #79c0ff }
.bar.salver { fill: #1f6feb }
.bar.variant { fill: #34578a }
.bar.peer { fill: #59636e }
.one { stroke: #f0f6fc }
.rule { stroke: #3d444d }
}`)
