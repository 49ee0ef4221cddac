package markdown

import (
	"sync"

	"golang.org/x/net/html/atom"
)

// attributes are those that an element may have, and what each may be.
type attributes map[string]value

// anywhere are the attributes of every element.
var anywhere = sync.OnceValue(func() attributes {
	return attributes{
		"dir":   one("ltr", "rtl"),
		"id":    id,
		"lang":  when(isLanguage),
		"title": when(isPlainText),
	}
})

// elements are those that stay. An article would be taken for the one that the page
// puts the text into, and image maps refer by name: so there is neither.
var elements = sync.OnceValue(func() map[atom.Atom]attributes {
	var (
		size      = when(isNumberOrPercent)
		number    = when(isNumber)
		integer   = when(isInteger)
		date      = when(isDate)
		listType  = one("circle", "disc", "square", "a", "i", "1")
		align     = one("center", "justify", "left", "right", "char")
		valign    = one("baseline", "bottom", "middle", "top")
		imgAlign  = one("left", "right", "top", "texttop", "middle", "absmiddle", "baseline", "bottom", "absbottom")
		scope     = one("row", "col", "rowgroup", "colgroup")
		rows      = attributes{"align": align, "valign": valign}
		column    = attributes{"align": align, "height": size, "span": integer, "valign": valign, "width": size}
		citation  = attributes{"cite": link}
		amendment = attributes{"cite": link, "datetime": date}
		aligned   = attributes{"align": one("center", "left", "right")}
		cell      = attributes{
			"abbr": when(isPlainText), "align": align, "colspan": integer, "headers": ids, "height": size,
			"nowrap": present, "rowspan": integer, "scope": scope, "valign": valign, "width": size,
		}
	)
	all := map[atom.Atom]attributes{
		atom.A:          {"href": link},
		atom.Blockquote: citation,
		atom.Col:        column,
		atom.Colgroup:   column,
		atom.Del:        amendment,
		atom.Details:    {"open": present},
		atom.Img:        {"align": imgAlign, "alt": anyText, "height": size, "src": image, "width": size},
		atom.Input:      {"checked": present, "type": one("checkbox")},
		atom.Ins:        amendment,
		atom.Li:         {"type": listType, "value": integer},
		atom.Meter:      {"high": number, "low": number, "max": number, "min": number, "optimum": number, "value": number},
		atom.Ol:         {"start": integer, "type": listType},
		atom.Progress:   {"max": number, "value": number},
		atom.Q:          citation,
		atom.Table:      {"height": size, "summary": when(isPlainText), "width": size},
		atom.Tbody:      rows,
		atom.Td:         cell,
		atom.Tfoot:      rows,
		atom.Th:         cell,
		atom.Thead:      rows,
		atom.Time:       {"datetime": date},
		atom.Tr:         rows,
		atom.Ul:         {"type": listType},

		// What the READMEs of many projects begin with.
		atom.Div: aligned, atom.P: aligned,
		atom.H1: aligned, atom.H2: aligned, atom.H3: aligned, atom.H4: aligned, atom.H5: aligned, atom.H6: aligned,
	}
	for _, a := range [...]atom.Atom{
		atom.Abbr, atom.Acronym, atom.Aside, atom.B, atom.Bdi, atom.Bdo, atom.Br, atom.Caption, atom.Cite, atom.Code,
		atom.Dd, atom.Dfn, atom.Dl, atom.Dt, atom.Em, atom.Figcaption, atom.Figure,
		atom.Hgroup, atom.Hr, atom.I, atom.Kbd, atom.Mark, atom.Pre, atom.Rp, atom.Rt, atom.Ruby,
		atom.S, atom.Samp, atom.Section, atom.Small, atom.Span, atom.Strike, atom.Strong, atom.Sub, atom.Summary, atom.Sup,
		atom.Tt, atom.U, atom.Var, atom.Wbr,
	} {
		all[a] = nil
	}
	return all
})

// isVoid tells of the elements that stay whether they have no end tag (HTML §13.1.2).
func isVoid(a atom.Atom) bool {
	switch a {
	case atom.Br, atom.Col, atom.Hr, atom.Img, atom.Input, atom.Wbr:
		return true
	}
	return false
}

// isHidden tells of the others whether they go with what is in them: that is no text
// of the document, or is not shown as such. All whose content is not markup
// (HTML §13.1.2.1, raw text) are among them.
func isHidden(a atom.Atom) bool {
	switch a {
	case atom.Applet, atom.Datalist, atom.Frameset, atom.Iframe, atom.Noembed, atom.Noframes, atom.Noscript, atom.Object,
		atom.Plaintext, atom.Script, atom.Select, atom.Style, atom.Template, atom.Textarea, atom.Title, atom.Xmp:
		return true
	}
	return isForeign(a)
}

// isForeign tells of elements of other languages than HTML (HTML §13.1.2).
func isForeign(a atom.Atom) bool { return a == atom.Svg || a == atom.Math }
