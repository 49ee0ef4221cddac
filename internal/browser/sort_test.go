package browser

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
	"github.com/salver-http/salver"
)

// columns is what the listing is sorted by, as a screen reader is told it, and the
// names in the order in which they stand.
type columns struct {
	Sorted []string // "Size descending"
	Names  []string
}

const readColumns = `({
	Sorted: [...document.querySelectorAll("th[aria-sort]")].map(h => h.textContent.trim().split(/\W/)[0] + " " + h.getAttribute("aria-sort")),
	Names: ` + rowLinks + `.map(a => a.textContent),
})`

// TestSort clicks on each heading, with and without JavaScript.
func TestSort(t *testing.T) {
	s := serve(t, salver.Config{})
	for i, f := range []struct {
		name string
		size int
	}{
		{"alpha/x", 1},
		{"Beta/x", 1},
		{"file2.txt", 300},
		{"a.txt", 1000},
		{"file10.txt", 20},
		{"twin.txt", 300},
		{"empty", 0},
	} {
		s.write(f.name, string(make([]byte, f.size)))
		s.stamp(f.name, time.Date(2024, 1, 1+i*5%7, 0, 0, 0, 0, time.UTC))
	}
	s.stamp("alpha", time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC))
	s.stamp("Beta", time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC))
	steps := []struct{ click, sorted, names string }{
		{"", "Name ascending", "alpha/ Beta/ a.txt empty file2.txt file10.txt twin.txt"},
		{"Name", "Name descending", "Beta/ alpha/ twin.txt file10.txt file2.txt empty a.txt"},
		{"Name", "Name ascending", "alpha/ Beta/ a.txt empty file2.txt file10.txt twin.txt"},
		{"Size", "Size descending", "alpha/ Beta/ a.txt file2.txt twin.txt file10.txt empty"},
		{"Size", "Size ascending", "alpha/ Beta/ empty file10.txt file2.txt twin.txt a.txt"},
		{"Modified", "Modified descending", "alpha/ Beta/ file10.txt twin.txt file2.txt empty a.txt"},
		{"Modified", "Modified ascending", "Beta/ alpha/ a.txt empty file2.txt twin.txt file10.txt"},
		{"Name", "Name ascending", "alpha/ Beta/ a.txt empty file2.txt file10.txt twin.txt"},
	}
	for name, disabled := range map[string]bool{"with JavaScript": false, "without JavaScript": true} {
		t.Run(name, func(t *testing.T) {
			p := open(t, s.origin)
			p.do(call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: disabled}))
			p.visit("/")
			for _, step := range steps {
				if step.click != "" {
					p.do(chromedp.Click(chromedp.Search(`//th//*[self::a or self::button][starts-with(normalize-space(.), "` + step.click + `")]`)))
				}
				want := columns{[]string{step.sorted}, strings.Fields(step.names)}
				until(p, readColumns, func(got columns) string { return cmp.Diff(want, got) })
			}
		})
	}
}
