package markdown

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRender(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"nothing":        {"", ""},
		"paragraph":      {"a *b* **c** `d`", "<p>a <em>b</em> <strong>c</strong> <code>d</code></p>\n"},
		"byte order":     {"\uFEFF# a", "<h1 id=\"readme-a\">a</h1>\n"},
		"not UTF-8":      {"a\xffb", "<p>a\uFFFDb</p>\n"},
		"code":           {"```go\n<b>\n```", "<pre><code>&lt;b&gt;\n</code></pre>\n"},
		"strikethrough":  {"~~a~~", "<p><del>a</del></p>\n"},
		"relative link":  {"[a](docs/b.md \"t\")", "<p><a href=\"docs/b.md\" title=\"t\" rel=\"nofollow noopener\">a</a></p>\n"},
		"bare link":      {"http://h.org", "<p><a href=\"http://h.org\" rel=\"nofollow noopener\">http://h.org</a></p>\n"},
		"fragment":       {"[a](#b)", "<p><a href=\"#readme-b\" rel=\"nofollow noopener\">a</a></p>\n"},
		"heading ids":    {"# A b!\n# A b\n# a-b\n# Größe\n# 中 文\n# !", "<h1 id=\"readme-a-b\">A b!</h1>\n<h1 id=\"readme-a-b-1\">A b</h1>\n<h1 id=\"readme-a-b-2\">a-b</h1>\n<h1 id=\"readme-größe\">Größe</h1>\n<h1 id=\"readme-中-文\">中 文</h1>\n<h1 id=\"readme-heading\">!</h1>\n"},
		"task list":      {"- [x] a\n- [ ] b", "<ul>\n<li><input checked=\"\" type=\"checkbox\" disabled=\"\"> a</li>\n<li><input type=\"checkbox\" disabled=\"\"> b</li>\n</ul>\n"},
		"table":          {"|a|b|\n|-|:-:|\n|1|2|", "<table>\n<thead>\n<tr>\n<th>a</th>\n<th align=\"center\">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td align=\"center\">2</td>\n</tr>\n</tbody>\n</table>\n"},
		"own image":      {"![a & b](i/a.png)", "<p><img src=\"i/a.png\" alt=\"a &amp; b\"></p>\n"},
		"foreign image":  {"![a & b](https://h/a.png)", "<p>a &amp; b</p>\n"},
		"no host image":  {"![a](//h/a.png)", "<p>a</p>\n"},
		"slashes":        {"![a](///h/a.png) ![b](/a.png)", "<p>a <img src=\"/a.png\" alt=\"b\"></p>\n"},
		"backslashes":    {"<img src='/\\h/a.png' alt=a>", `<img src="/%5Ch/a.png" alt="a">`},
		"bitmap in link": {"![a](data:image/png;base64,AAAA)", "<p><img src=\"data:image/png;base64,AAAA\" alt=\"a\"></p>\n"},
		"drawing":        {"![a](data:image/svg+xml;base64,AAAA)", "<p>a</p>\n"},
		"link to data":   {"[a](data:image/png;base64,AAAA)", "<p>a</p>\n"},
		"details":        {"<details open><summary>a</summary>b</details>", "<details open=\"\"><summary>a</summary>b</details>"},
		"stray end tags": {"a</article></main></div></p>", "<p>a</p>\n"},
		"left open":      {"<div><b>", "<div><b></b></div>"},
		"crossed":        {"<b><i>a</b>b</i>", "<p><b><i>a</i></b>b</p>\n"},
		"own article":    {"<article>a</article>", "a"},
		"own id":         {"<p id=\"filter\" class=\"x\" style=\"y\">a</p>", "<p id=\"readme-filter\">a</p>"},
		"text field":     {"<input type=text name=a><input type=checkbox name=b>", "<p><input type=\"checkbox\" disabled=\"\"></p>\n"},
		"image map":      {"<map name=a><area href=b></map><img usemap=#a src=c>", "<p><img src=\"c\"></p>\n"},
		"script":         {"<script>alert(1)</script>a", "a"},
		"hidden":         {"<select><option>a</select>b<template>c<i>d</template>e", "<p>be</p>\n"},
		"drawn":          {"<svg><title>a</title><style>b</style><svg/><text>c</svg>d", "<p>d</p>\n"},
		"drawn, closed":  {"<svg/>a<svg>b</svg>c", "<p>ac</p>\n"},
		"drawn raw text": {"<svg><style></svg>a<style></style>b", "<p>ab</p>\n"},
		"plain text":     {"<plaintext>a</plaintext>b", "<p>b</p>\n"},
		"bare":           {"<bdo>a</bdo><meter>b</meter><progress>c</progress>", "<p>abc</p>\n"},
		"columns":        {"<table><col span=2><tr><td>a</table>", "<table><col span=\"2\"><tr><td>a</td></tr></table>"},
		"no characters":  {"<div>a\x00b</div>", "<div>a\uFFFDb</div>"},
		"hidden twice":   {"a<object>b<object>c</object>d</object>e", "<p>ae</p>\n"},
		"a placeholder":  {"commit -m <title>\n\nand *then* <style> <template> <plaintext> <frame>", "<p>commit -m </p>\n<p>and <em>then</em>    </p>\n"},
		"odd one out":    {"<object>a<object>b</object>c", "<p>c</p>\n"},
		"end tag alone":  {"a</svg>b", "<p>ab</p>\n"},
		"title in lines": {"[a](b \"c\nd\")", "<p><a href=\"b\" title=\"c d\" rel=\"nofollow noopener\">a</a></p>\n"},
		"controls":       {"<img src=a alt='b&#1;c&#x85;d&#0;e'><i id='a&#7;b'><a href='a&#1;b'>c", "<p><img src=\"a\" alt=\"b c…d\uFFFDe\"><i id=\"readme-a b\">c</i></p>\n"},
		"no semicolon":   {"<div title=a&lt>a&ltb&gtc&#60i</div>", "<div>a&lt;b&gt;c&lt;i</div>"},
		"row and heads":  {"<table><tr><th id=a>b<td headers='a c' colspan=2 rowspan=x>d</table>", "<table><tr><th id=\"readme-a\">b<td headers=\"readme-a readme-c\" colspan=\"2\">d</td></th></tr></table>"},
		"counted on":     {"3. a\n4. b", "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>\n"},
		"centered":       {"<h1 align=center>a</h1><p align=\"center\">b</p><p align=x>c</p>", "<h1 align=\"center\">a</h1><p align=\"center\">b</p><p>c</p>"},
		"keys":           {"<kbd>Ctrl</kbd>", "<p><kbd>Ctrl</kbd></p>\n"},
		"anchor":         {"<a name=b></a><a id=b></a>", "<p><a id=\"readme-b\" rel=\"nofollow noopener\"></a></p>\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Render([]byte(c.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	definitions := strings.Repeat("[a]: b\n", maxDefinitions)
	for name, c := range map[string]struct {
		in string
		ok bool
	}{
		"longest":             {strings.Repeat("a\n\n", maxInput/3) + "a", true},
		"longer":              {strings.Repeat("a", maxInput+1), false},
		"quotes":              {strings.Repeat("> ", maxNesting) + "a", true},
		"too many quotes":     {"a\n\n" + strings.Repeat(">", maxNesting+1) + "a", false},
		"too many items":      {strings.Repeat("- ", maxNesting+1) + "a", false},
		"too many numbers":    {strings.Repeat("1.\t", maxNesting+1) + "a", false},
		"a rule":              {strings.Repeat("-", 2*maxNesting), true},
		"elements":            {strings.Repeat("<div>", 2*maxNesting), true},
		"too many elements":   {strings.Repeat("<div>", 2*maxNesting+1), false},
		"definitions":         {definitions + "\n" + definitions, true},
		"too many, in a row":  {definitions + "[a]: b", false},
		"the same in a quote": {"> " + strings.ReplaceAll(definitions, "\n", "\n> ") + "[a]: b", false},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Render([]byte(c.in)); (err == nil) != c.ok {
				t.Errorf("error %v, want none: %t", err, c.ok)
			}
		})
	}
}

// In a block where delimiters have looked too far, the rest of them is text.
func TestDelimiterBudget(t *testing.T) {
	const n = 20_000
	got, err := Render([]byte(strings.Repeat("*a* ", n)))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(got, []byte("<p><em>a</em> <em>a</em>")) || !bytes.HasSuffix(got, []byte(" *a* *a*</p>\n")) {
		t.Errorf("got %.40q … %q", got, got[max(0, len(got)-40):])
	}
	// In blocks of their own they look no further than those.
	got, err = Render([]byte(strings.Repeat("*a*\n\n", n)))
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Repeat("<p><em>a</em></p>\n", n); string(got) != want {
		t.Errorf("got %.40q … of %d bytes, want %d", got, len(got), len(want))
	}
}

func TestConcurrent(t *testing.T) {
	const text = "# a\n# a\n[b](c) *d*\n"
	want, err := Render([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if got, err := Render([]byte(text)); err != nil || !bytes.Equal(got, want) {
					t.Errorf("got %q, %v", got, err)
				}
			}
		})
	}
	wg.Wait()
}

// What is slow to read for its length; compare the times for each byte.
func BenchmarkHostile(b *testing.B) {
	for _, s := range []string{"[a](", "_a*", "![", "<a href='", "`a``b", "a\n|-\n", "#\n", "[a]: b\n\n", "<b>a</b>", "| a | b |\n|-|-|\n", "> a\n\n"} {
		b.Run(s, func(b *testing.B) {
			text := []byte(strings.Repeat(s, maxInput/len(s)))
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if _, err := Render(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
