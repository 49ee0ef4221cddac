package markdown

import (
	"bytes"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Known ways to run a script from what a person may write.
var vectors = []string{
	"[a](javascript:alert(1))", "[a](JaVaScRiPt:alert(1))", "[a](java\nscript:alert(1))", "[a](&#106;avascript:alert(1))",
	"[a](javascript&colon;alert(1))", "[a](vbscript:x)", "[a](data:text/html;base64,PHNjcmlwdD4=)", "<javascript:alert(1)>",
	"<data:text/html,x>", "![a](javascript:alert(1))", "![a](x\"onerror=\"alert(1))", "[a](x 'y\" onclick=\"alert(1)')",
	"![a\" onerror=\"alert(1)](x)", "[x]: javascript:alert(1)\n\n[x]", "<a href=\"\x01javascript:alert(1)\">a</a>",
	"<a href=\"jav&#x09;ascript:alert(1)\">a</a>", "<a href=' &#14; javascript:alert(1)'>a</a>",
	"<img src=x onerror=alert(1)>", "<img/src/onerror=alert(1)>", "<IMG \"\"\"><SCRIPT>alert(1)</SCRIPT>\">", "<svg/onload=alert(1)>",
	"<svg><script>alert(1)</script></svg>", "<svg><a xlink:href=javascript:alert(1)>a</a></svg>",
	"<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">", "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
	"<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>", "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
	"<listing>&lt;img src=1 onerror=alert(1)&gt;</listing>", "<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\">", "<textarea><img title=\"</textarea><img src=x onerror=alert(1)>\">",
	"<title><img title=\"</title><img src=x onerror=alert(1)>\">", "<template><img src=x onerror=alert(1)></template>", "<select><style><img src=x onerror=alert(1)></style></select>",
	"<!--><img src=x onerror=alert(1)>-->", "<!-- --!><img src=x onerror=alert(1)> -->", "<![CDATA[<img src=x onerror=alert(1)>]]>", "<?x <img src=x onerror=alert(1)>?>",
	"<style>@import 'x'</style>", "<link rel=stylesheet href=x>", "<meta http-equiv=refresh content=0>", "<base href=//h/>", "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
	"<object data=x></object><embed src=x><applet>", "<form action=x><input type=submit><button formaction=javascript:alert(1)>a</button></form>",
	"<input type=image src=x onerror=alert(1)>", "<video><source onerror=alert(1)></video>", "<details open ontoggle=alert(1)>", "<p style='position:fixed;inset:0'>", "<div id=filter class=x>",
	"<table><tr><td><article><td></article></main>", "<table><article></table></article>", "<p><b><table><tr><td></b></table></p></article>", "<table><b><tr><td>a</table>b",
	"<a href=x><a href=y><table><a href=z></table></a>", "<b><p></b></article>", "<li></article><li>", "```</article>\n<b>", "<a href='x", "<a href=\"x\" <b>", "</", "<\x00script>alert(1)</script>",
	"<scr<script>ipt>alert(1)</script>", "<a href=\"x\x00\">", "a\r\n<b\rc>", "a\x00b\x01c",
	// Text of another kind in one parser than in the next.
	"<svg><style><img src=x onerror=alert(1)></style></svg>", "<svg><title><style><img title=\"</style><img src=x onerror=alert(1)>\">", "<svg><![CDATA[</svg><img src=x onerror=alert(1)>]]></svg>",
	"<svg/><style><img src=x onerror=alert(1)></style>", "<svg><desc><p><svg><a href=javascript:alert(1)>a", "<svg><foreignObject><iframe src=javascript:alert(1)>", "<svg><use href=\"data:image/svg+xml,<svg id=x>\"></svg>",
	"<math><mi xlink:href=javascript:alert(1)>a</mi></math>", "<math><annotation-xml encoding=text/html><style><img src=x onerror=alert(1)></style></annotation-xml></math>", "<math></p><style><!--</style><img src=x onerror=alert(1)>-->",
	"<table><svg><td><style><img src=x onerror=alert(1)>", "<table><math><tr><td><a href=javascript:alert(1)>a", "<select><svg><a xlink:href=javascript:alert(1)></select>", "<b xmlns:x=y><x:script>alert(1)</x:script>", "<svg:script>alert(1)</svg:script>",
	"<noembed><p title=\"</noembed><img src=x onerror=alert(1)>\">", "<noframes><style></noframes><img src=x onerror=alert(1)>", "<iframe><!--</iframe><img src=x onerror=alert(1)>-->", "<xmp><svg></xmp><script>alert(1)</script>",
	"<style><script></style>alert(1)</script>", "<script><!--<script></script>--><img src=x onerror=alert(1)></script>", "<title><script>alert(1)</title><img src=x onerror=alert(1)>", "<textarea></title><script>alert(1)</script>",
	// Never closed, closed elsewhere, or not what can be closed.
	"<script>alert(1)", "<style><img src=x onerror=alert(1)>", "<title><img src=x onerror=alert(1)>", "<textarea><script>alert(1)", "<xmp><img src=x onerror=alert(1)>", "<plaintext><img src=x onerror=alert(1)></plaintext><script>alert(1)</script>",
	"<template><script>alert(1)</script>", "<svg><svg></svg><img src=x onerror=alert(1)>", "<object><applet></object></applet><img src=x onerror=alert(1)>", "<script/><img src=x onerror=alert(1)>", "<a title=\"</script>\"><script>alert(1)</a>",
	"</script><script>alert(1)", "<!-- </script> --><script>alert(1)", "<script></script\x00>alert(1)</script>", "<frameset><frame src=javascript:alert(1)></frameset>",
	// Attributes that end elsewhere.
	"<img src=a alt=`onerror=alert(1)`>", "<img src=`a`onerror=`alert(1)`>", "<img src=a alt='\"><script>alert(1)</script>'>", "<b title=a/onclick=alert(1)>", "<b\x0conclick=alert(1)>", "<b/title/onclick=alert(1)//>", "<b title=\"a\"onclick=alert(1)>",
	"<img src=a alt=&quot&gt&ltscript&gtalert(1)>", "<img src=a alt=a&#13onerror=alert(1)>", "<img src=a alt='a&NewLine;b&Tab;c&#0;d&#27;e'>", "<b =onclick=alert(1)>", "<b onclick>", "<a href=a onclick=alert(1)>b</a>", "<b ON\x00CLICK=alert(1)>", "<b \"onclick=alert(1)>",
	// Targets that a browser reads otherwise.
	"<img src='///h/a'>", "<img src='/\\h/a'>", "<img src='\\\\h/a'>", "<img src='/&#9;/h/a'>", "<img src='&#10;//h/a'>", "<img src='http:a'>", "<img src='https:/h'>", "<img src='//h'>", "<img src='&#x2f;&#x2f;h'>", "<img src='/%09/h'>",
	"<img src='data:image/png;base64,A\"onerror=\"a'>", "<img src='data:image/svg+xml,<svg onload=alert(1)>'>", "<img src='DATA:text/html,a'>", "<img srcset='//h/a 1x' src=a>", "<image src=x onerror=alert(1)>",
	"<a href=&#106avascript:alert(1)>a</a>", "<a href=&#x6Aavascript&#58alert(1)>a</a>", "<a href=java&NewLine;script:alert(1)>a</a>", "<a href=javascript&colon;alert(1)>a</a>", "<a href='\u00a0javascript:alert(1)'>a</a>", "<a href='./javascript:alert(1)'>a</a>",
	"<a href='x:javascript:alert(1)'>a</a>", "<a href='view-source:javascript:alert(1)'>a</a>", "<a href='\u2028javascript:alert(1)'>a</a>", "<a href='%6aavascript:alert(1)'>a</a>", "<a href='javascript\x00:alert(1)'>a</a>", "<q cite=javascript:alert(1)>a</q>", "<del cite=data:,a>a</del>",
	// Values of the wrong kind.
	"<table width='1px'><tr valign=x align=y><td colspan=-1 rowspan=1e9 nowrap=x scope=y headers='a b' abbr='<'>a</table>", "<ol type=x><li type=disc value=1.5>a</ol>", "<time datetime=now>a</time><del datetime=now>b</del><meter value=inf min=0x1 max=1>a</meter>",
	"<p dir=auto lang='\"' title='a:b'>a</p>", "<details open=x><summary>a</summary></details>", "<input type=checkbox checked=x disabled=y onfocus=alert(1)>", "<img src=a width=1e3 height=100% align=middle>",
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		if out, err := Render([]byte(v)); err != nil {
			t.Errorf("%q: %v", v, err)
		} else {
			check(t, v, out)
		}
		if out, err := sanitise([]byte(v)); err != nil {
			t.Errorf("%q: %v", v, err)
		} else {
			check(t, v, out)
		}
	}
}

func FuzzRender(f *testing.F) {
	for _, v := range vectors {
		f.Add([]byte(v))
	}
	f.Add([]byte("# a\n\n- [x] b\n\n|a|b|\n|-|-|\n|1|2|\n\n~~c~~ http://h/ ![d](e)"))
	f.Fuzz(func(t *testing.T, in []byte) {
		if out, err := Render(in); err == nil {
			check(t, string(in), out)
		}
		// What comes by way of Markdown is tidier than HTML can be.
		if out, err := sanitise(bytes.ToValidUTF8(in, nil)); err == nil {
			check(t, string(in), out)
		}
	})
}

var harmless = strings.Fields(`a abbr acronym aside b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt
	em figcaption figure h1 h2 h3 h4 h5 h6 hgroup hr i img input ins kbd li mark meter ol p pre progress q rp rt ruby s samp section small span
	strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr`)

// harmlessAttributes are all that an attribute may be. Only alt and id, which are
// a person's words, may be anything but controls.
var harmlessAttributes = func() map[string]*regexp.Regexp {
	const (
		words   = `[\pL\pN _',\[\]!./\\()-]*`
		integer = `[0-9]+`
		size    = `[0-9]+%?`
		number  = `[+-]?[0-9]*\.?[0-9]+([eE][+-]?[0-9]+)?`
		target  = `[^\p{Cc}\\ ]+`
	)
	kinds := make(map[string]*regexp.Regexp)
	for keys, kind := range map[string]string{
		"abbr summary title":           words,
		"align":                        `(?i:left|right|center|justify|char|top|texttop|middle|absmiddle|baseline|bottom|absbottom)`,
		"alt":                          `[^\p{Cc}]*`,
		"checked disabled nowrap open": ``,
		"cite href src":                target,
		"colspan rowspan span start":   integer,
		"datetime":                     `\d{4}(-\d\d(-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?`,
		"dir":                          `(?i:ltr|rtl)`,
		"headers":                      `readme-[^\pZ\p{Cc}]+( readme-[^\pZ\p{Cc}]+)*`,
		"height width":                 size,
		"high low max min optimum":     number,
		"id":                           `readme-[^\p{Cc}]*`,
		"lang":                         `[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*`,
		"rel":                          `nofollow noopener`,
		"scope":                        `(?i:(row|col)(group)?)`,
		"type":                         `(?i:checkbox|circle|disc|square|a|i|1)`,
		"valign":                       `(?i:baseline|bottom|middle|top)`,
		"value":                        number,
	} {
		for _, key := range strings.Fields(keys) {
			kinds[key] = regexp.MustCompile(`^(?:` + kind + `)$`)
		}
	}
	return kinds
}()

// check reads out in the place where a page has it, as a browser would.
func check(t *testing.T, in string, out []byte) {
	t.Helper()
	page, err := html.Parse(strings.NewReader("<!DOCTYPE html><main><article>" + string(out) + "</article><footer></footer></main>"))
	if err != nil {
		t.Fatalf("%q gives %q: %v", in, out, err)
	}
	body := page.LastChild.LastChild
	mains := body.FirstChild
	if body.Data != "body" || mains.Data != "main" || mains.NextSibling != nil {
		t.Fatalf("%q gives %q, which ends the main element", in, out)
	}
	article := mains.FirstChild
	// Formatting that misnests may be told again around the footer, empty.
	if article.Data != "article" || article.NextSibling == nil || article.NextSibling.Data != "footer" {
		t.Fatalf("%q gives %q, which reaches out of the article", in, out)
	}
	for n := range article.Descendants() {
		switch n.Type {
		case html.TextNode:
			if strings.Contains(n.Data, "\x00") {
				t.Errorf("%q gives the text %q", in, n.Data)
			}
		case html.ElementNode:
			checkElement(t, in, n)
		default:
			t.Errorf("%q gives %q", in, n.Data)
		}
	}
}

func checkElement(t *testing.T, in string, n *html.Node) {
	t.Helper()
	if !slices.Contains(harmless, n.Data) || n.Namespace != "" {
		t.Errorf("%q gives an element %q", in, n.Data)
	}
	attrs := map[string]string{}
	for _, a := range n.Attr {
		attrs[a.Key] = a.Val
		if kind := harmlessAttributes[a.Key]; kind == nil || !kind.MatchString(a.Val) || a.Namespace != "" {
			t.Errorf("%q gives an attribute %s=%q", in, a.Key, a.Val)
		}
	}
	for _, key := range []string{"cite", "href", "src"} {
		value, ok := attrs[key]
		if !ok {
			continue
		}
		if _, err := url.Parse(value); err != nil {
			t.Errorf("%q gives %s=%q: %v", in, key, value, err)
		}
		scheme, rest := schemeOf(value)
		ok = slices.Contains([]string{"", "http", "https", "mailto"}, scheme)
		if key == "src" {
			ok = scheme == "" && !strings.HasPrefix(rest, "//") || bitmap.MatchString(value)
		}
		if !ok {
			t.Errorf("%q gives %s=%q", in, key, value)
		}
	}
	switch n.Data {
	case "a":
		if attrs["rel"] != "nofollow noopener" {
			t.Errorf("%q gives a link with rel=%q", in, attrs["rel"])
		}
	case "input":
		if _, off := attrs["disabled"]; !off || attrs["type"] != "checkbox" {
			t.Errorf("%q gives an input %v", in, attrs)
		}
	}
}

var bitmap = regexp.MustCompile(`^data:image/(gif|jpeg|png|webp);base64,[A-Za-z0-9+/]*=*$`)

var schemePrefix = regexp.MustCompile(`^(?i:[a-z][a-z0-9+.-]*):`)

// schemeOf cuts off the scheme of target as a browser finds it, which no other parser
// has a say in (WHATWG URL §4.4): some characters are dropped first.
func schemeOf(target string) (scheme, rest string) {
	target = strings.TrimFunc(target, func(r rune) bool { return r <= ' ' })
	target = strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(target)
	m := schemePrefix.FindString(target)
	return strings.ToLower(strings.TrimSuffix(m, ":")), target[len(m):]
}
