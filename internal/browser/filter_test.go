package browser

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
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
		keys   []string
		filter string
		names  string
	}{
		{[]string{"/"}, "", strings.Join(all, " ")},
		{[]string{"a", "p", "p", "l", "e"}, "apple", "apple.txt pineapple.md"},
		{[]string{".", "t"}, "apple.t", "apple.txt"},
		{[]string{"z"}, "apple.tz", ""},
		{[]string{"Escape"}, "", strings.Join(all, " ")},
	}
	for _, step := range steps {
		p.do(press(step.keys...)...)
		until(p, readShown, func(got shown) string {
			count := number.FindString(got.Status)
			want := shown{strings.Fields(step.names), step.filter, got.Focused, got.Status}
			switch {
			case step.keys[0] == "/" && !got.Focused:
				return "the filter is not focused"
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

// press presses keys one after the other. A key is named as in KeyboardEvent.key.
func press(keys ...string) []chromedp.Action[chromedp.Void] {
	codes := map[string]int64{"Tab": 9, "Enter": 13, "Escape": 27, "ArrowUp": 38, "ArrowDown": 40}
	texts := map[string]string{"Enter": "\r"}
	var steps []chromedp.Action[chromedp.Void]
	for _, key := range keys {
		text := texts[key]
		if len(key) == 1 {
			text = key
		}
		down := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: key, Code: key, Text: text, WindowsVirtualKeyCode: codes[key]}
		if text == "" {
			down.Type = input.DispatchKeyEventTypeRawKeyDown
		}
		up := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyUp, Key: key, Code: key, WindowsVirtualKeyCode: codes[key]}
		steps = append(steps, call(input.DispatchKeyEvent, down), call(input.DispatchKeyEvent, up))
	}
	return steps
}

// TestKeyboard reaches files without a mouse: from link to link, which shows where
// it is, and through the filter.
func TestKeyboard(t *testing.T) {
	s := serve(t, salver.Config{})
	for _, name := range []string{"a.txt", "b.txt", "c.txt"} {
		s.write(name, "content of "+name)
	}
	p := open(t, s.origin)
	for name, c := range map[string]struct {
		keys []string // pressed until want has the focus
		want string
	}{
		"Tab":                     {[]string{"Tab"}, "b.txt"},
		"arrows":                  {[]string{"ArrowDown"}, "c.txt"},
		"the filter and an arrow": {[]string{"/", "c", "ArrowDown"}, "c.txt"},
	} {
		p.visit("/")
		for i := 0; ; i++ {
			if eval[string](p, "document.activeElement.textContent") == c.want {
				break
			}
			if i == 20 {
				t.Fatalf("%s: %s is not reached", name, c.want)
			}
			p.do(press(c.keys[min(i, len(c.keys)-1)])...)
			if hidden := eval[string](p, `(() => {
				const e = document.activeElement, s = getComputedStyle(e)
				return e == document.body || s.outlineStyle != "none" || s.boxShadow != "none" ? "" : e.outerHTML
			})()`); hidden != "" {
				t.Errorf("%s: it is not seen that this has the focus: %s", name, hidden)
			}
		}
		p.follow(press("Enter")...)
		if got := eval[string](p, "document.body.innerText"); got != "content of "+c.want {
			t.Errorf("%s: the file holds %q", name, got)
		}
	}
	p.visit("/")
	p.do(press("/", "b")...)
	p.follow(press("Enter")...)
	if got := eval[string](p, "document.body.innerText"); got != "content of b.txt" {
		t.Errorf("the first that is found holds %q", got)
	}
}
