package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// everything is a report of all scenarios, all servers.
func everything(value func(scenario int, server string) float64) *report {
	r := &report{Settings: settings{Rounds: 5, Seconds: 2, Connections: connections}}
	for i, s := range scenarios() {
		res := result{Name: s.name, Groups: s.groups, Protocol: s.proto.alpn(), Title: s.title, Unit: s.kind.unit(), Reference: s.reference(), Base: s.base, Label: s.label}
		for _, p := range s.peers {
			res.Rows = append(res.Rows, row{Server: p, Rounds: []sample{{Round: 1, Value: value(i, p)}}})
		}
		res.summarize()
		r.Results = append(r.Results, res)
	}
	return r
}

// charts are reports whose bars end in different places: all alike, beside the line,
// far beyond the scale.
func charts() map[string]*report {
	return map[string]*report{
		"alike": everything(func(int, string) float64 { return 10 }),
		"beside": everything(func(i int, server string) float64 {
			if server == "nginx" {
				return 100
			}
			return float64(5 + 13*i)
		}),
		"beyond": everything(func(i int, server string) float64 {
			return map[string]float64{"nginx": 1, "salver": float64(i) * 7.77, "h2o": 0.02, "lighttpd": 2.999, "caddy": 9999, "net/http": 888.8, "floor": 0.1}[server]
		}),
	}
}

func TestChart(t *testing.T) {
	for name, r := range charts() {
		svg, err := drawChart(r)
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		d := xml.NewDecoder(bytes.NewReader(svg))
		inText := false
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			switch token := token.(type) {
			case xml.StartElement:
				if inText = token.Name.Local == "text"; inText {
					said = append(said, "")
				}
			case xml.CharData:
				if inText {
					said[len(said)-1] += string(token)
				}
			case xml.EndElement:
				inText = false
			}
		}
		for _, s := range scenarios() {
			want := s.title
			if s.base != "" {
				want = s.label
			}
			if shown := slices.Contains(said, want); shown != (s.reference() == "nginx" && !s.proto.encrypted()) {
				t.Errorf("%s: %s is shown: %v", name, want, shown)
			}
		}
		for _, res := range r.Results {
			if w := res.row("salver"); w != nil && w.Ratio > 0 && res.charted() && !slices.Contains(said, factor(w.Ratio)) {
				t.Errorf("%s: there is no %s of %s", name, factor(w.Ratio), res.Name)
			}
		}
		for _, mode := range []string{"prefers-color-scheme: dark", "system-ui"} {
			if !strings.Contains(string(svg), mode) {
				t.Errorf("%s: there is no %s", name, mode)
			}
		}
	}
}

// TestChartRoom holds that no text is wider than its room, covers another one or is
// crossed by a line, by an estimate of how wide text is.
func TestChartRoom(t *testing.T) {
	for name, r := range charts() {
		d := new(drawing)
		height := d.chart(chartSections(r), r.Settings)
		type box struct {
			placed
			left, right, top, bottom float64
		}
		var boxes []box
		for _, p := range d.texts {
			width := textWidth(p.text, p.size, p.bold)
			if width > p.width {
				t.Errorf("%s: %q is %.0f wide in a room of %.0f", name, p.text, width, p.width)
			}
			b := box{placed: p, left: p.x, right: p.x + width, top: p.y - 0.75*p.size, bottom: p.y + 0.2*p.size}
			if p.ends {
				b.left, b.right = p.x+p.width-width, p.x+p.width
			}
			if b.left < 0 || b.right > chartWidth || b.top < 0 || b.bottom > height {
				t.Errorf("%s: %q leaves the chart", name, p.text)
			}
			for _, o := range boxes {
				if b.left < o.right && o.left < b.right && b.top < o.bottom && o.top < b.bottom {
					t.Errorf("%s: %q covers %q", name, p.text, o.text)
				}
			}
			for _, l := range d.lines {
				if l.x1 < b.right && l.x2 > b.left && l.y1 < b.bottom && l.y2 > b.top {
					t.Errorf("%s: a line crosses %q", name, p.text)
				}
			}
			boxes = append(boxes, b)
		}
		if len(boxes) < 100 {
			t.Errorf("%s: only %d texts", name, len(boxes))
		}
	}
}

func TestChartSections(t *testing.T) {
	r := everything(func(_ int, server string) float64 { return float64(len(server)) })
	sections := chartSections(r)
	if len(sections) != 2 || len(sections[0].panels) != 13 || len(sections[1].panels) != 2 {
		t.Fatalf("%+v", sections)
	}
	var labels []string
	for _, b := range sections[0].panels[0].bars {
		labels = append(labels, b.label)
	}
	if want := []string{"salver", "--revalidate 1s", "access log", "h2o", "lighttpd", "caddy", "net/http"}; !slices.Equal(labels, want) {
		t.Errorf("got %q, want %q", labels, want)
	}
	// A variation alone has a panel of its own.
	chosen, err := choose(scenarios(), "1k-log")
	if err != nil {
		t.Fatal(err)
	}
	r.keep(chosen, nil)
	if s := chartSections(r); len(s) != 1 || s[0].panels[0].title != "1 KiB, salver with its access log" {
		t.Errorf("%+v", s)
	}
	if _, err := drawChart(&report{Results: []result{{Reference: "nginx", Rows: []row{{Server: "salver", Value: 3}}}}}); err == nil {
		t.Error("there is a chart without nginx")
	}
}

func TestScale(t *testing.T) {
	for _, tt := range []struct{ salver, caddy, want float64 }{{0.5, 99, 3}, {3.2, 1, 4}, {40, 1, 8}} {
		s := section{panels: []panel{{bars: []bar{{"salver", "salver", tt.salver}, {"caddy", "peer", tt.caddy}}}}}
		if got := s.scale(); got != tt.want {
			t.Errorf("%+v: got %v", tt, got)
		}
	}
}

func TestWrap(t *testing.T) {
	const text = "aa bb cc a-very-long-word d"
	got := wrap(text, 10, textWidth("aa bb", 10, false))
	if want := []string{"aa bb", "cc", "a-very-long-word", "d"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if textWidth("il", 10, false) >= textWidth("mW", 10, false) || textWidth("a", 10, true) <= textWidth("a", 10, false) {
		t.Error("all letters are alike")
	}
}
