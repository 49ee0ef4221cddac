package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
)

// drawing collects what an SVG shows.
type drawing struct {
	out   bytes.Buffer
	texts []placed
	lines []segment
}

// segment is a line, level or upright.
type segment struct{ x1, y1, x2, y2 float64 }

// placed is a text with the room that it has.
type placed struct {
	text       string
	x, y       float64 // of the left end of its baseline
	width      float64 // of its room
	size       float64
	bold, ends bool // ends: it is set from the right end of its room
}

// text sets a text from x on.
func (d *drawing) text(x, y, width float64, class, text string) {
	d.place(placed{text: text, x: x, y: y, width: width}, x, class, "")
}

// textEnd sets a text that ends at x.
func (d *drawing) textEnd(x, y, width float64, class, text string) {
	d.place(placed{text: text, x: x - width, y: y, width: width, ends: true}, x, class, ` text-anchor="end"`)
}

func (d *drawing) place(p placed, x float64, class, anchor string) {
	p.size, p.bold = textSize, false
	switch class {
	case "head":
		p.size, p.bold = headSize, true
	case "note":
		p.size = noteSize
	case "section", "title":
		p.size, p.bold = titleSize, true
	case "salver":
		p.bold = true
	}
	d.texts = append(d.texts, p)
	fmt.Fprintf(&d.out, `<text class="%s" x="%.1f" y="%.1f"%s>%s</text>`+"\n", class, x, p.y, anchor, escape(p.text))
}

// bar draws a bar; that of one which is longer has a slanted gap before its end.
func (d *drawing) bar(x, y, width float64, class string, longer bool) {
	const slant, gap, tail = 4, 3, 6
	outline := fmt.Sprintf("M%.1f %.1fh%.1fv%gh-%.1fz", x, y, width, barThickness, width)
	if longer {
		rest := width - slant - gap - tail
		outline = fmt.Sprintf("M%.1f %.1fh%.1fl%d %gh-%.1fz", x, y, rest, slant, barThickness, rest+slant) +
			fmt.Sprintf("M%.1f %.1fh%dv%gh-%dz", x+rest+gap, y, slant+tail, barThickness, tail)
	}
	fmt.Fprintf(&d.out, `<path class="bar %s" d="%s"/>`+"\n", class, outline)
}

func (d *drawing) line(x1, y1, x2, y2 float64, class string) {
	d.lines = append(d.lines, segment{x1, y1, x2, y2})
	fmt.Fprintf(&d.out, `<line class="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`+"\n", class, x1, y1, x2, y2)
}

// svg is the whole drawing, so high.
func (d *drawing) svg(height float64) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%.0f" viewBox="0 0 %[1]g %.0[2]f" role="img">`+"\n", chartWidth, height)
	fmt.Fprintf(&b, "<title>%s</title>\n<style>\n%s\n</style>\n", escape(chartTitle()), escape(chartStyle))
	b.Write(d.out.Bytes())
	b.WriteString("</svg>\n")
	return b.Bytes()
}

func escape(text string) string {
	var b bytes.Buffer
	if err := xml.EscapeText(&b, []byte(text)); err != nil {
		panic(err) // a buffer takes all
	}
	return b.String()
}
