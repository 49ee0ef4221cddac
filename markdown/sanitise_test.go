package markdown

import (
	"net/url"
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
	"<scr<script>ipt>alert(1)</script>", "<a href=\"x\x00\">", "a\r\n<b\rc>",
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		if out, err := Render([]byte(v)); err != nil {
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
	})
}

var harmless = strings.Fields(`a abbr acronym aside b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt
	em figcaption figure h1 h2 h3 h4 h5 h6 hgroup hr i img input ins li mark meter ol p pre progress q rp rt ruby s samp section small span
	strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr`)

var harmlessAttributes = strings.Fields(`abbr align alt checked cite colspan datetime dir disabled headers height high href id lang low max min
	nowrap open optimum rel rowspan scope span src summary title type valign value width`)

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
		if !slices.Contains(harmlessAttributes, a.Key) || a.Namespace != "" {
			t.Errorf("%q gives an attribute %q", in, a.Key)
		}
	}
	if id, ok := attrs["id"]; ok && !strings.HasPrefix(id, "readme-") {
		t.Errorf("%q gives the id %q", in, id)
	}
	for _, key := range []string{"href", "src", "cite"} {
		value, ok := attrs[key]
		if !ok {
			continue
		}
		u, err := url.Parse(value)
		if err != nil {
			t.Errorf("%q gives %s=%q", in, key, value)
			continue
		}
		ok = slices.Contains([]string{"", "http", "https", "mailto"}, u.Scheme)
		if key == "src" {
			ok = u.Scheme == "" && u.Host == "" || strings.HasPrefix(value, "data:image/")
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
