package markdown

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// idPrefix keeps an id of the text from being one of the page around it.
const idPrefix = "readme-"

// sanitise writes what is allowed of a document anew: each tag from the tables of
// elements and attributes, each text escaped, and nothing as it was found. Each end tag
// has its start tag and the other way round, so that no tag reaches into the page
// around the text.
func sanitise(document []byte) ([]byte, error) {
	z := html.NewTokenizer(bytes.NewReader(document))
	w := balancer{count: make(map[atom.Atom]int)}
	hidden := hiding{document: document}
	for at := 0; ; {
		kind := z.Next()
		start := at
		at += len(z.Raw())
		if kind == html.ErrorToken {
			if err := z.Err(); err != io.EOF {
				return nil, err
			}
			w.closeTo(0)
			return w.b.Bytes(), nil
		}
		t := z.Token()
		if hidden.takes(t, start, z) {
			continue
		}
		switch t.Type {
		case html.TextToken:
			w.text(t.Data)
		case html.StartTagToken, html.SelfClosingTagToken:
			if replacement, keep := settle(&t); !keep {
				w.text(replacement)
			} else if err := w.start(t); err != nil {
				return nil, err
			}
		case html.EndTagToken:
			w.end(t.DataAtom)
		}
	}
}

// hiding follows a document, and tells what is in an element that is hidden.
type hiding struct {
	document []byte
	element  atom.Atom
	depth    int               // how often element is open
	ends     map[atom.Atom]int // where the last end tag of each such element is
}

// takes reports whether the token t, which is found at start, is hidden. An element that
// is never closed hides nothing: it is a word between angle brackets, as <title>,
// and the rest of the text is still to be read.
func (h *hiding) takes(t html.Token, start int, z *html.Tokenizer) bool {
	switch t.Type {
	case html.StartTagToken, html.SelfClosingTagToken:
		if !isHidden(t.DataAtom) {
			break
		}
		closed := start < h.lastEnd(t.DataAtom)
		// The tokenizer takes what follows some tags for raw text. It is none in a foreign
		// element, and none to us where it would not end.
		if !closed || isForeign(h.element) || t.DataAtom == atom.Plaintext {
			z.NextIsNotRawText()
		}
		if !closed || isForeign(t.DataAtom) && t.Type == html.SelfClosingTagToken {
			return true
		}
		if h.depth == 0 {
			h.element = t.DataAtom
		}
		if h.element == t.DataAtom {
			h.depth++
		}
		return true
	case html.EndTagToken:
		if h.depth == 0 || h.element != t.DataAtom {
			break
		}
		if h.depth--; h.depth == 0 || start >= h.lastEnd(t.DataAtom) {
			h.element, h.depth = 0, 0
		}
		return true
	}
	return h.depth > 0
}

// lastEnd returns where the last end tag of a is, -1 if there is none.
func (h *hiding) lastEnd(a atom.Atom) int {
	if h.ends == nil {
		h.ends = lastEnds(h.document)
	}
	if at, ok := h.ends[a]; ok {
		return at
	}
	return -1
}

// lastEnds returns where the last end tag of each element is that is hidden.
func lastEnds(document []byte) map[atom.Atom]int {
	const longest = len("plaintext")
	ends := make(map[atom.Atom]int)
	for at := 0; ; at += len("</") {
		i := bytes.Index(document[at:], []byte("</"))
		if i < 0 {
			return ends
		}
		at += i
		name := document[at+len("</"):]
		name = name[:min(len(name), longest+1)]
		if end := bytes.IndexAny(name, " \t\n\f\r/>"); end >= 0 {
			if a := atom.Lookup(bytes.ToLower(name[:end])); isHidden(a) {
				ends[a] = at
			}
		}
	}
}

// balancer writes tags so that they nest.
type balancer struct {
	b     bytes.Buffer
	open  []atom.Atom
	count map[atom.Atom]int // how often each is open
}

func (w *balancer) text(s string) {
	w.b.WriteString(html.EscapeString(strings.ReplaceAll(s, "\x00", "\uFFFD")))
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

// settle makes the attributes of a start tag what they may be. If the tag is not kept
// at all, the text stands in its place.
func settle(t *html.Token) (replacement string, keep bool) {
	allowed, ok := elements()[t.DataAtom]
	if !ok {
		return "", false
	}
	alt := ""
	kept := t.Attr[:0]
	for _, a := range t.Attr {
		may := allowed[a.Key]
		if may == nil {
			may = anywhere()[a.Key]
		}
		if may == nil {
			continue
		}
		if a.Val, ok = may(a.Val); !ok {
			continue
		}
		if kept = append(kept, a); a.Key == "alt" {
			alt = a.Val
		}
	}
	t.Attr = kept
	switch t.DataAtom {
	case atom.A:
		if len(t.Attr) == 0 {
			return "", false
		}
		t.Attr = append(t.Attr, html.Attribute{Key: "rel", Val: "nofollow noopener"})
	case atom.Bdo, atom.Meter, atom.Progress: // they mean nothing without
		return "", len(t.Attr) > 0
	case atom.Img:
		return alt, has(t, "src")
	case atom.Input:
		if !has(t, "type") {
			return "", false
		}
		t.Attr = append(t.Attr, html.Attribute{Key: "disabled"})
	}
	return "", true
}

func has(t *html.Token, key string) bool {
	return slices.ContainsFunc(t.Attr, func(a html.Attribute) bool { return a.Key == key })
}
