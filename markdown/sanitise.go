package markdown

import (
	"bytes"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// idPrefix keeps an id of the text from being one of the page around it.
const idPrefix = "readme-"

var policy = sync.OnceValue(newPolicy)

func newPolicy() *bluemonday.Policy {
	p := bluemonday.UGCPolicy()
	p.AllowDataURIImages()
	p.AllowAttrs("alt").OnElements("img")
	p.AllowAttrs("id").Globally() // any: it is prefixed
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^checkbox$`)).OnElements("input")
	p.AllowAttrs("checked", "disabled").OnElements("input")
	return p
}

// sanitise drops what the policy does not allow, and settles what it can't say:
// each end tag has its start tag and the other way round, so that no tag reaches
// into the page around the text.
func sanitise(r io.Reader) ([]byte, error) {
	z := html.NewTokenizer(policy().SanitizeReader(r))
	w := balancer{count: make(map[atom.Atom]int)}
	for {
		switch z.Next() {
		case html.ErrorToken:
			if err := z.Err(); err != io.EOF {
				return nil, err
			}
			w.closeTo(0)
			return w.b.Bytes(), nil
		case html.TextToken:
			w.b.Write(z.Raw())
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			if replacement, keep := settle(&t); !keep {
				w.b.WriteString(html.EscapeString(replacement))
				continue
			}
			if err := w.start(t); err != nil {
				return nil, err
			}
		case html.EndTagToken:
			w.end(z.Token().DataAtom)
		}
	}
}

// balancer writes tags so that they nest.
type balancer struct {
	b     bytes.Buffer
	open  []atom.Atom
	count map[atom.Atom]int // how often each is open
}

func (w *balancer) start(t html.Token) error {
	t.Type = html.StartTagToken
	w.b.WriteString(t.String())
	if isVoid(t.DataAtom) {
		return nil
	}
	if len(w.open) == 2*maxNesting {
		return errNesting
	}
	w.open = append(w.open, t.DataAtom)
	w.count[t.DataAtom]++
	return nil
}

func (w *balancer) end(a atom.Atom) {
	if w.count[a] == 0 {
		return
	}
	for i := range slices.Backward(w.open) {
		if w.open[i] == a {
			w.closeTo(i)
			return
		}
	}
}

// closeTo closes all but the first n open elements.
func (w *balancer) closeTo(n int) {
	for _, a := range slices.Backward(w.open[n:]) {
		w.count[a]--
		w.b.WriteString("</")
		w.b.WriteString(a.String())
		w.b.WriteByte('>')
	}
	w.open = w.open[:n]
}

// isVoid tells of the elements that the policy allows whether they have no end
// tag (HTML §13.1.2).
func isVoid(a atom.Atom) bool {
	switch a {
	case atom.Br, atom.Col, atom.Hr, atom.Img, atom.Input, atom.Wbr:
		return true
	}
	return false
}

// settle makes the attributes of a start tag what they may be. If the tag is
// not kept at all, the text stands in its place. An article would be taken for the
// one that the page puts the text into, and image maps refer by name.
func settle(t *html.Token) (replacement string, keep bool) {
	switch t.DataAtom {
	case 0, atom.Article, atom.Map, atom.Area:
		return "", false
	case atom.Img:
		if !isLocalImage(attr(t, "src")) {
			return attr(t, "alt"), false
		}
	case atom.Input:
		if attr(t, "type") != "checkbox" {
			return "", false
		}
	}
	kept := t.Attr[:0]
	for _, a := range t.Attr {
		switch a.Key {
		case "id":
			a.Val = idPrefix + a.Val
		case "href":
			if !isLink(a.Val) {
				continue
			}
			if id, ok := strings.CutPrefix(a.Val, "#"); ok && id != "" {
				a.Val = "#" + idPrefix + id
			}
		case "rel", "usemap", "disabled":
			continue
		}
		kept = append(kept, a)
	}
	switch t.DataAtom {
	case atom.A:
		kept = append(kept, html.Attribute{Key: "rel", Val: "nofollow noopener"})
	case atom.Input:
		kept = append(kept, html.Attribute{Key: "disabled"})
	}
	t.Attr = kept
	return "", true
}

func attr(t *html.Token, key string) string {
	for _, a := range t.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// isLink tells what a link may lead to. The policy holds the same of all
// links and images together.
func isLink(href string) bool {
	u, err := url.Parse(href)
	if err != nil {
		return false
	}
	switch u.Scheme {
	case "", "http", "https", "mailto":
		return true
	}
	return false
}

// isLocalImage tells whether an image needs no other origin: a relative target,
// or a bitmap in the link itself. The policy has written a "\" as %5C, which a
// browser would read as "/" (WHATWG URL §4.4).
func isLocalImage(src string) bool {
	u, err := url.Parse(src)
	if err != nil || src == "" {
		return false
	}
	if u.Scheme == "data" {
		for _, t := range [...]string{"gif", "jpeg", "png", "webp"} {
			if strings.HasPrefix(u.Opaque, "image/"+t+";base64,") {
				return true
			}
		}
		return false
	}
	return u.Scheme == "" && u.Host == ""
}
