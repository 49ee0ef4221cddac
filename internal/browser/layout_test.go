package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/salver-http/salver"
)

// TestPhone holds a phone upright: nothing stands out at the side, whatever is in the
// directory, and links are large enough for a finger.
func TestPhone(t *testing.T) {
	s := serve(t, salver.Config{})
	deep := strings.Repeat("directory/", 12)
	for _, dir := range []string{"", deep} {
		s.write(dir+strings.Repeat("w", 251)+".txt", "")
		s.write(dir+strings.Repeat("a-b_", 60)+".txt", "")
		s.write(dir+"short.txt", strings.Repeat("x", 123456))
		s.write(dir+"README.md", "# "+strings.Repeat("Wide", 80)+"\n\n    "+strings.Repeat("code ", 80)+"\n\n|"+
			strings.Repeat(" cell |", 40)+"\n|"+strings.Repeat("---|", 40)+"\n|"+strings.Repeat(" cell |", 40)+"\n\nhttps://example.com/"+strings.Repeat("long", 60)+"\n\n![wide](wide.svg)\n")
		s.write(dir+"wide.svg", `<svg xmlns="http://www.w3.org/2000/svg" width="3000" height="50"/>`)
	}
	p := open(t, s.origin)
	for _, width := range []int64{360, 320} {
		p.do(chromedp.EmulateViewport(width, 740, chromedp.EmulateMobile, chromedp.EmulateTouch))
		for _, dir := range []string{"/", "/" + deep} {
			if status := p.visit(dir); status != 200 {
				t.Fatalf("%s is answered %d", dir, status)
			}
			if got := eval[int64](p, "document.documentElement.scrollWidth"); got > width {
				t.Errorf("on %d pixels %.20s is %d wide", width, dir, got)
			}
			if small := eval[[]string](p, rowLinks+`.map(a => [a, a.getBoundingClientRect()]).filter(([a, r]) => Math.max(r.height, a.closest("td").getBoundingClientRect().height) < 24).map(([a, r]) => a.textContent.slice(0, 20) + " " + r.height)`); len(small) > 0 {
				t.Errorf("too small for a finger: %q", small)
			}
		}
	}
}

// TestContrast asks that text stands out from what is behind it (WCAG 2.2, 1.4.3),
// by day and by night.
func TestContrast(t *testing.T) {
	s := serve(t, salver.Config{})
	s.write("dir/file.txt", "")
	s.write("dir/sub/x", "")
	s.write("dir/README.md", "# Title\n\nText, `code` and a [link](file.txt).\n\n> quoted\n\n    block\n")
	p := open(t, s.origin)
	for scheme, dark := range map[string]bool{"light": false, "dark": true} {
		p.do(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		}))
		p.visit("/dir/")
		if page := eval[float64](p, contrastScript+`; luminance(behind(document.body))`); page > 0.5 == dark {
			t.Errorf("%s: the luminance of the page is %.2f", scheme, page)
		}
		faint := eval[[]string](p, contrastScript+`; [...document.querySelectorAll("body *")]
			.filter(e => e.checkVisibility() && [...e.childNodes].some(n => n.nodeType == 3 && n.data.trim()))
			.map(e => [e, contrast(e)]).filter(([e, c]) => c < 4.5)
			.map(([e, c]) => e.outerHTML.slice(0, 80) + " " + c.toFixed(2))`)
		for _, f := range faint {
			t.Errorf("%s: contrast below 4.5: %s", scheme, f)
		}
	}
}

// contrastScript has the contrast of an element's text (WCAG 2.2, relative luminance).
// A canvas turns every notation of a colour into bytes.
const contrastScript = `
var context = document.createElement("canvas").getContext("2d", {willReadFrequently: true})
var bytes = color => {
	context.clearRect(0, 0, 1, 1)
	context.fillStyle = color
	context.fillRect(0, 0, 1, 1)
	return [...context.getImageData(0, 0, 1, 1).data]
}
var behind = e => {
	for (; e; e = e.parentElement) {
		const b = bytes(getComputedStyle(e).backgroundColor)
		if (b[3] == 255) return b
	}
	const probe = document.body.appendChild(document.createElement("i"))
	probe.style.backgroundColor = "Canvas" // of the colour scheme
	const canvas = getComputedStyle(probe).backgroundColor
	probe.remove()
	return bytes(canvas)
}
var luminance = b => {
	const [r, g, bl] = b.slice(0, 3).map(c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
	return 0.2126 * r + 0.7152 * g + 0.0722 * bl
}
var contrast = e => {
	const [hi, lo] = [bytes(getComputedStyle(e).color), behind(e)].map(luminance).sort((a, b) => b - a)
	return (hi + 0.05) / (lo + 0.05)
}`
