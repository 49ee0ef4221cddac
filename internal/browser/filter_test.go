package browser

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"
	"github.com/salver-http/salver"
)

// shown is what the page shows of a listing.
type shown struct {
	Names   []string
	Filter  string
	Focused bool   // whether the filter is
	Status  string // what a screen reader announces
}

const readShown = `({
	Names: ` + rowLinks + `.filter(a => a.checkVisibility()).map(a => a.textContent),
	Filter: document.querySelector("input[type=search]").value,
	Focused: document.activeElement == document.querySelector("input[type=search]"),
	Status: document.querySelector("[role=status]").innerText.trim(),
})`

var number = regexp.MustCompile(`[0-9]+`)

// TestFilter types into the filter, with the keyboard alone.
func TestFilter(t *testing.T) {
	s := serve(t, salver.Config{})
	all := strings.Fields("lib/ apple.txt Banana.TXT cherry.md pineapple.md straße.txt")
	for _, name := range all {
		if strings.HasSuffix(name, "/") {
			name += "x"
		}
		s.write(name, "")
	}
	p := open(t, s.origin)
	p.visit("/")
	steps := []struct {
		keys   string
		filter string
		names  string
	}{
		{"/", "", strings.Join(all, " ")},
		{"apple", "apple", "apple.txt pineapple.md"},
		{".t", "apple.t", "apple.txt"},
		{"zz", "apple.tzz", ""},
		{kb.Escape, "", strings.Join(all, " ")},
	}
	for _, step := range steps {
		p.do(chromedp.KeyEvent(step.keys))
		until(p, readShown, func(got shown) string {
			count := number.FindString(got.Status)
			want := shown{strings.Fields(step.names), step.filter, got.Focused, got.Status}
			switch {
			case step.filter != "" && len(want.Names) > 0 && count != fmt.Sprint(len(want.Names)):
				return fmt.Sprintf("%d names are shown, but announced is %q", len(want.Names), got.Status)
			case step.filter != "" && len(want.Names) == 0 && got.Status == "":
				return "nothing is found, and nothing announced"
			case step.filter == "" && got.Status != "":
				return fmt.Sprintf("nothing is filtered, but announced is %q", got.Status)
			}
			slices.Sort(got.Names)
			slices.Sort(want.Names)
			return cmp.Diff(want, got)
		})
	}
	// Whatever the case.
	p.visit("/")
	p.do(chromedp.SendKeys(chromedp.CSS("input[type=search]"), "BaNaNa"))
	until(p, readShown, func(got shown) string { return cmp.Diff([]string{"Banana.TXT"}, got.Names) })
}

// TestKeyboard reaches a file with Tab and Enter alone.
func TestKeyboard(t *testing.T) {
	s := serve(t, salver.Config{})
	s.write("only.txt", "reached")
	p := open(t, s.origin)
	p.visit("/")
	for range 30 {
		p.do(chromedp.KeyEvent(kb.Tab))
		if eval[string](p, "document.activeElement.textContent") == "only.txt" {
			break
		}
		if outline := eval[string](p, `(() => {
			const s = getComputedStyle(document.activeElement)
			return document.activeElement == document.body || s.outlineStyle != "none" || s.boxShadow != "none" ? "" : document.activeElement.outerHTML
		})()`); outline != "" {
			t.Errorf("it is not seen that this has the focus: %s", outline)
		}
	}
	p.follow(chromedp.KeyEvent(kb.Enter))
	if got := eval[string](p, "document.body.innerText"); got != "reached" {
		t.Errorf("the file holds %q", got)
	}
}
