package browser

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/salver-http/salver"
)

// add is a WebAssembly module that exports add, the sum of two i32.
const add = "\x00asm\x01\x00\x00\x00" +
	"\x01\x07\x01\x60\x02\x7f\x7f\x01\x7f" + // type: (i32, i32) -> i32
	"\x03\x02\x01\x00" + // function 0 is of type 0
	"\x07\x07\x01\x03add\x00\x00" + // export function 0
	"\x0a\x09\x01\x07\x00\x20\x00\x20\x01\x6a\x0b" // local.get 0, local.get 1, i32.add

// TestModules runs what a browser runs only under its own media type.
func TestModules(t *testing.T) {
	s := serve(t, salver.Config{})
	s.write("index.html", `<!DOCTYPE html><title>t</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="style.css"><img id="svg" src="image.svg"><script type="module" src="main.mjs"></script>`)
	s.write("style.css", "body { color: rgb(4, 5, 6) }")
	s.write("image.svg", `<svg xmlns="http://www.w3.org/2000/svg" width="7" height="5"><rect width="7" height="5"/></svg>`)
	s.write("main.mjs", `import {word} from "./lib/word.js"
import data from "./data.json" with {type: "json"}
const {instance} = await WebAssembly.instantiateStreaming(fetch("add.wasm"))
const worker = new Worker("worker.js")
worker.postMessage(20)
const answer = await new Promise(resolve => worker.onmessage = e => resolve(e.data))
const image = document.getElementById("svg")
await image.decode()
window.result = {word, json: data.key, sum: instance.exports.add(40, 2), worker: answer,
	image: [image.naturalWidth, image.naturalHeight], color: getComputedStyle(document.body).color}
`)
	s.write("lib/word.js", `export const word = "schön"`)
	s.write("data.json", `{"key": "value"}`)
	s.write("worker.js", `onmessage = e => postMessage(e.data + 1)`)
	s.write("add.wasm", add)
	p := open(t, s.origin)
	p.visit("/")
	type result struct {
		Word   string
		JSON   string
		Sum    int
		Worker int
		Image  []int
		Color  string
	}
	want := &result{"schön", "value", 42, 21, []int{7, 5}, "rgb(4, 5, 6)"}
	until(p, "window.result", func(got *result) string { return cmp.Diff(want, got) })
}
