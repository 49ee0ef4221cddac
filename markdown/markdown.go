// Package markdown turns the README of a directory into HTML that is safe to
// stand in a page of the same origin. [Render] fits salver's Config.Readme.
package markdown

import (
	"bytes"
	"fmt"
	"sync"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
)

// maxInput is how much text is rendered: a README that is longer is no README.
const maxInput = 1 << 20

// converter is made when there is the first README: few see one.
var converter = sync.OnceValue(func() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithExtensions(
			extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)),
			extension.Strikethrough,
			extension.TaskList,
			extension.Linkify,
		),
		goldmark.WithParserOptions(
			parser.WithAutoHeadingID(),
			parser.WithInlineParsers(util.Prioritized(delimiterBudget{}, -1)),
		),
		// HTML in the text is common in a README; what is unsafe of it goes when the
		// result is sanitised.
		goldmark.WithRendererOptions(html.WithUnsafe()),
	)
})

// Render turns GitHub Flavored Markdown into HTML: CommonMark with tables,
// strikethrough, task lists, bare links, and ids on headings. HTML in the text
// stays as far as it is harmless.
//
// The result is a balanced fragment of flow content. It holds no script, style,
// form, frame or event handler; links lead to http, https, mailto or relative
// targets, with rel="nofollow noopener"; images come from relative targets or
// lie in data, others are replaced by their text; ids begin with "readme-".
//
// Text of more than 1 MiB is an error, and so is text built to be slow to read, as
// a hundred quotes in each other are. Render may be called concurrently.
func Render(markdown []byte) ([]byte, error) {
	if len(markdown) > maxInput {
		return nil, fmt.Errorf("markdown: text of %d bytes is over the limit of %d", len(markdown), maxInput)
	}
	markdown = bytes.TrimPrefix(markdown, []byte("\uFEFF"))
	markdown = bytes.ToValidUTF8(markdown, []byte(string(utf8.RuneError)))
	if err := checkBlocks(markdown); err != nil {
		return nil, fmt.Errorf("markdown: %w", err)
	}
	var b bytes.Buffer
	ids := parser.NewContext(parser.WithIDs(headingIDs{}))
	if err := converter().Convert(markdown, &b, parser.WithContext(ids)); err != nil {
		return nil, fmt.Errorf("markdown: %w", err)
	}
	out, err := sanitise(b.Bytes())
	if err != nil {
		return nil, fmt.Errorf("markdown: %w", err)
	}
	return out, nil
}
