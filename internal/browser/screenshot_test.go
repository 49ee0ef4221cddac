package browser

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/salver-http/salver"
)

var screenshots = flag.String("screenshots", "", "write the pictures of the listing to this `directory`")

const sampleReadme = `# Field recordings

Birdsong from the river path, **April to June 2026**. Each walk has its own folder;
the [map](map%20of%20the%20walks.svg) shows where the microphone stood.

| walk      | species | best minute            |
|-----------|--------:|------------------------|
| weir      |      23 | kingfisher, 04:12      |
| old orchard |    31 | nightingale, 11:40     |

Unpack a walk with ` + "`tar -xf weir.tar.zst`" + `.
`

// sample is what the pictures show.
var sample = []struct {
	name string
	size int64
	time string
}{
	{"photos/1.jpg", 1, "2026-06-21 18:04"},
	{"walks/1.flac", 1, "2026-06-20 05:47"},
	{"2026-05-09 old orchard.flac", 243_906_114, "2026-05-09 05:38"},
	{"2026-06-20 heath at dawn.flac", 312_077_901, "2026-06-20 04:55"},
	{"map of the walks.svg", 48_216, "2026-06-22 10:02"},
	{"species.csv", 18_344, "2026-06-22 10:16"},
	{"weir.tar.zst", 1_204_118_720, "2026-04-19 20:26"},
}

// TestScreenshots takes the pictures of the listing, when it is told where to.
func TestScreenshots(t *testing.T) {
	if *screenshots == "" {
		t.Skip("no -screenshots")
	}
	s := serve(t, salver.Config{})
	for _, f := range sample {
		at, err := time.Parse("2006-01-02 15:04", f.time)
		if err != nil {
			t.Fatal(err)
		}
		s.write("recordings/"+f.name, "")
		if err := os.Truncate(filepath.Join(s.dir, "recordings", f.name), f.size); err != nil {
			t.Fatal(err)
		}
		s.stamp("recordings/"+f.name, at)
		if dir := filepath.Dir(f.name); dir != "." {
			s.stamp("recordings/"+dir, at)
		}
	}
	s.write("recordings/README.md", sampleReadme)
	s.stamp("recordings/README.md", time.Date(2026, 6, 22, 10, 20, 0, 0, time.UTC))
	for _, picture := range []struct {
		file          string
		scheme        string
		width, height int64
		options       []chromedp.EmulateViewportOption
	}{
		{"listing.png", "light", 1100, 750, nil},
		{"listing-dark.png", "dark", 1100, 750, nil},
		{"listing-phone.png", "light", 390, 780, []chromedp.EmulateViewportOption{chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulateScale(2)}},
	} {
		p := open(t, s.origin)
		p.do(
			chromedp.EmulateViewport(picture.width, picture.height, picture.options...),
			call(emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "Etc/UTC"}),
			call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: picture.scheme}},
			}),
		)
		p.visit("/recordings/")
		png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(*screenshots, picture.file), png, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
