package rules

import (
	"fmt"
	"net/textproto"
	"strings"
)

// reader goes through the lines of a rule file, and takes down what is wrong with them.
type reader struct {
	file     string
	text     string // what is left
	line     string // without its end
	number   int    // from 1
	problems []*Problem
	most     int // so many that break the file are told of
	broke    int
}

// maxProblems is how many are told of a file that is broken, before how many more there are.
const maxProblems = 1000

// next goes on to the next line that can be read.
func (r *reader) next() bool {
	for r.text != "" {
		r.line, r.text, _ = strings.Cut(r.text, "\n")
		if r.number++; r.number == 1 {
			r.line = strings.TrimPrefix(r.line, "\ufeff")
		}
		r.line = strings.TrimSuffix(r.line, "\r")
		if len(r.line) > maxLine {
			r.broken(maxLine+1, fmt.Sprintf("a line has at most %d bytes", maxLine))
			continue
		}
		if i := strings.IndexFunc(r.line, func(c rune) bool { return c < 0x20 && c != '\t' || c == 0x7f }); i >= 0 {
			r.broken(i+1, "a control character")
			continue
		}
		return true
	}
	if more := r.broke - r.most; more > 0 {
		last := r.problems[len(r.problems)-1]
		r.problems = append(r.problems, &Problem{File: r.file, Line: last.Line, Column: last.Column, Text: fmt.Sprintf("and %d mistakes more behind it", more)})
	}
	return false
}

func (r *reader) broken(column int, text string) {
	if r.broke++; r.broke > r.most {
		return
	}
	r.problems = append(r.problems, &Problem{File: r.file, Line: r.number, Column: column, Text: text})
}

func (r *reader) unsupported(column int, text string) {
	r.problems = append(r.problems, &Problem{File: r.file, Line: r.number, Column: column, Text: text, Unsupported: true})
}

func canonical(name string) string { return textproto.CanonicalMIMEHeaderKey(name) }
