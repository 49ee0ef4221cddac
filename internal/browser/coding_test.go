package browser

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/salver-http/salver"
)

// sidecar writes a file, and beside it its content in a coding.
func (s *site) sidecar(name, coding, content string) {
	s.t.Helper()
	s.write(name, content)
	var b bytes.Buffer
	var w io.WriteCloser
	suffix := map[string]string{"br": ".br", "zstd": ".zst", "gzip": ".gz"}[coding]
	switch coding {
	case "br":
		w = brotli.NewWriter(&b)
	case "gzip":
		w = gzip.NewWriter(&b)
	default:
		z, err := zstd.NewWriter(&b)
		if err != nil {
			s.t.Fatal(err)
		}
		w = z
	}
	if _, err := io.WriteString(w, content); err != nil {
		s.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		s.t.Fatal(err)
	}
	s.write(name+suffix, b.String())
}

// comment is so much text that a script, style sheet or document with it is worth compressing.
func comment() string { return strings.Repeat("What is said here is said often. ", 40) }

// compressible is a site whose parts only work when they come as they were written, with the
// coding that each of them is to come in.
func compressible(s *site) map[string]string {
	s.sidecar("index.html", "br", `<!DOCTYPE html><title>t</title><link rel="icon" href="data:,">
<!-- `+comment()+` -->
<link rel="stylesheet" href="style.css"><img id="svg" src="image.svg"><script type="module" src="main.mjs"></script>`)
	s.write("style.css", "/* "+comment()+" */ body { color: rgb(4, 5, 6) }")
	s.sidecar("image.svg", "gzip", `<svg xmlns="http://www.w3.org/2000/svg" width="7" height="5"><!-- `+comment()+` --><rect width="7" height="5"/></svg>`)
	s.write("main.mjs", `// `+comment()+`
import {word} from "./word.js"
import data from "./data.json" with {type: "json"}
const {instance} = await WebAssembly.instantiateStreaming(fetch("add.wasm"))
const image = document.getElementById("svg")
await image.decode()
const lone = await (await fetch("lone.txt")).text()
window.result = {word, json: data.key, sum: instance.exports.add(40, 2), lone,
	image: [image.naturalWidth, image.naturalHeight], color: getComputedStyle(document.body).color}
`)
	s.sidecar("word.js", "zstd", "// "+comment()+"\nexport const word = \"schön\"")
	s.write("data.json", `{"key": "value", "comment": "`+comment()+`"}`)
	// A section that says nothing (WebAssembly 2.5.2), so that there is something to shrink.
	name := "\x04note" + strings.Repeat("a", 800)
	s.write("add.wasm", add+"\x00"+string([]byte{byte(len(name)&0x7f | 0x80), byte(len(name) >> 7)})+name)
	s.sidecar("lone.txt", "br", "alone "+comment())
	if err := os.Remove(filepath.Join(s.dir, "lone.txt")); err != nil {
		s.t.Fatal(err)
	}
	return map[string]string{
		"/": "br", "/style.css": "any", "/image.svg": "gzip", "/main.mjs": "any", "/word.js": "zstd",
		"/data.json": "any", "/add.wasm": "any", "/lone.txt": "br",
	}
}

// TestCodings loads a page of which all is compressed, by sidecars and on the fly, and
// reloads it.
func TestCodings(t *testing.T) {
	s := serve(t, salver.Config{})
	want := compressible(s)
	s.compress("gzip, deflate, br, zstd")
	p := open(t, s.origin)
	check := func(statuses ...int) {
		t.Helper()
		type result struct {
			Word  string
			JSON  string
			Sum   int
			Lone  string
			Image []int
			Color string
		}
		works := &result{"schön", "value", 42, "alone " + comment(), []int{7, 5}, "rgb(4, 5, 6)"}
		until(p, "window.result", func(got *result) string { return cmp.Diff(works, got) })
		for target := range want {
			eventually(t, "the answers to "+target, func() string { return cmp.Diff(statuses, s.answers(target)) })
		}
	}
	p.visit("/")
	check(200)
	for target, coding := range want {
		answers := p.answersTo(target)
		if len(answers) != 1 {
			t.Fatalf("%s is answered %+v", target, answers)
		}
		a := answers[0]
		if a.coding != coding && (coding != "any" || a.coding == "") {
			t.Errorf("%s comes in %q, not in %s", target, a.coding, coding)
		}
		t.Logf("%s comes in %s", target, a.coding)
	}
	p.follow(chromedp.Reload())
	check(200, 304)
}

// compress asks for what is compressed on the fly until it is: where there is more to do than
// processors, as on a busy machine, content is sent as it is.
func (s *site) compress(accepted string) {
	s.t.Helper()
	for _, target := range []string{"/style.css", "/main.mjs", "/data.json", "/add.wasm"} {
		asked := 0
		eventually(s.t, target, func() string {
			asked++
			r, err := http.NewRequest("GET", s.origin+target, nil)
			if err != nil {
				s.t.Fatal(err)
			}
			r.Header.Set("Accept-Encoding", accepted)
			resp, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				s.t.Fatal(err)
			}
			resp.Body.Close()
			if resp.Header.Get("Content-Encoding") == "" {
				return "it is sent as it is"
			}
			return ""
		})
		eventually(s.t, "the log of "+target, func() string { return cmp.Diff(asked, len(s.answers(target))) })
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accesses = nil
}

// TestOneCoding lets the browser accept one coding only.
func TestOneCoding(t *testing.T) {
	for accepted, coding := range map[string]string{"gzip": "gzip", "br": "br", "deflate": ""} {
		t.Run(accepted, func(t *testing.T) {
			s := serve(t, salver.Config{})
			compressible(s)
			if coding != "" {
				s.compress(accepted)
			}
			p := open(t, s.origin)
			p.do(call(network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{
				Headers: network.Headers{"Accept-Encoding": accepted},
			}))
			p.visit("/")
			until(p, "window.result ? window.result.sum : 0", func(got int) string { return cmp.Diff(42, got) })
			for _, target := range []string{"/style.css", "/main.mjs", "/add.wasm"} {
				if answers := p.answersTo(target); len(answers) != 1 || answers[0].coding != coding {
					t.Errorf("%s comes as %+v", target, answers)
				}
			}
		})
	}
}

// TestSeekBesideSidecar seeks in a recording that has a sidecar: the parts that are asked
// for are those of the recording.
func TestSeekBesideSidecar(t *testing.T) {
	const length = 60 // seconds
	s := serve(t, salver.Config{})
	s.write("index.html", `<!DOCTYPE html><link rel="icon" href="data:,"><video id="v" preload="none" src="tone.wav"></video>`)
	s.sidecar("tone.wav", "br", wave(length))
	s.stamp("tone.wav", time.Now().Add(-time.Hour))
	p := open(t, s.origin)
	p.visit("/")
	got := eval[float64](p, fmt.Sprintf(`new Promise((done, fail) => {
		const v = document.getElementById("v")
		v.onerror = () => fail(new Error(v.error.message))
		v.onloadedmetadata = () => { v.currentTime = %d }
		v.onseeked = () => done(v.currentTime)
		v.preload = "auto"
		v.load()
	})`, length-5))
	if math.Abs(got-(length-5)) > 0.1 {
		t.Errorf("it stands at %v", got)
	}
	for _, a := range p.answersTo("/tone.wav") {
		if a.status != 206 || a.coding != "" {
			t.Errorf("a part is answered %+v", a)
		}
	}
}
