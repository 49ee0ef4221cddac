package markdown

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// Markdown can be written so that reading it costs the square of its length.
// What follows bounds the ways: containers in containers, link definitions in a
// row, delimiters that each look through the rest of their block, and headings
// of the same name.

// maxNesting is how many containers a line may open, and half of how many
// elements may lie in each other. Every one costs every line below.
const maxNesting = 100

// maxDefinitions is how many link definitions may follow each other without a
// blank line. Each moves those behind it.
const maxDefinitions = 5000

var (
	errNesting     = errors.New("text nests too deep")
	errDefinitions = errors.New("too many link definitions without a blank line")
)

// checkBlocks counts the markers of block quotes and lists that begin a line
// (CommonMark §5), and the link definitions that follow each other (§4.7).
func checkBlocks(markdown []byte) error {
	definitions := 0
	for line := range bytes.Lines(markdown) {
		for n := 0; ; n++ {
			rest, ok := cutMarker(line)
			if !ok {
				break
			}
			if n == maxNesting {
				return errNesting
			}
			line = rest
		}
		switch line = bytes.TrimSpace(line); {
		case len(line) == 0:
			definitions = 0
		case line[0] == '[':
			if definitions++; definitions > maxDefinitions {
				return errDefinitions
			}
		}
	}
	return nil
}

// cutMarker cuts the container marker off that line begins with.
func cutMarker(line []byte) (rest []byte, ok bool) {
	line = bytes.TrimLeft(line, " \t")
	rest = bytes.TrimLeft(line, "0123456789")
	if len(rest) == 0 {
		return line, false
	}
	number := len(rest) < len(line)
	space := len(rest) > 1 && (rest[1] == ' ' || rest[1] == '\t')
	switch rest[0] {
	case '>':
		ok = !number
	case '-', '+', '*':
		ok = !number && space
	case '.', ')':
		ok = number && space
	}
	return rest[1:], ok
}

// maxScan is how many bytes all delimiters of a text may look through together.
const maxScan = 50_000_000

var scanKey = parser.NewContextKey()

// delimiterBudget is an inline parser that goes before all others, and takes
// delimiters for plain text once they have cost too much.
type delimiterBudget struct{}

func (delimiterBudget) Trigger() []byte { return []byte("*_~[]!<`") }

func (delimiterBudget) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	_, at := block.Position()
	lines := parent.Lines()
	if lines.Len() == 0 {
		return nil
	}
	scanned, _ := pc.Get(scanKey).(int)
	scanned += lines.At(lines.Len()-1).Stop - at.Start
	if scanned <= maxScan {
		pc.Set(scanKey, scanned)
		return nil
	}
	block.Advance(1)
	return ast.NewTextSegment(text.NewSegment(at.Start, at.Start+1))
}

// headingIDs makes the ids of headings as GitHub does: in lower case, with
// hyphens for spaces, without punctuation, and numbered where a name comes again.
type headingIDs map[string]int

// Generate implements [parser.IDs].
func (ids headingIDs) Generate(heading []byte, _ ast.NodeKind) []byte {
	var b strings.Builder
	for _, r := range string(heading) {
		switch {
		case r == utf8.RuneError:
		case r == ' ':
			b.WriteByte('-')
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r):
			b.WriteRune(unicode.ToLower(r))
		}
	}
	id := b.String()
	if id == "" {
		id = "heading"
	}
	for base := id; ids[id] > 0; {
		n := ids[base]
		ids[base] = n + 1
		id = base + "-" + strconv.Itoa(n)
	}
	ids[id] = 1
	return []byte(id)
}

// Put implements [parser.IDs].
func (ids headingIDs) Put(id []byte) { ids[string(id)] = 1 }
