package rules

import (
	"fmt"
	"math"
	"strings"
)

// other is the dialect that d is not.
func (d Dialect) other() Dialect {
	if d == Cloudflare {
		return Netlify
	}
	return Cloudflare
}

// Differences are what the other dialect would make of the lines of a file, which is "_headers" or "_redirects",
// where that is not the same.
func Differences(file string, text []byte, d Dialect) []Note {
	lines := map[bool]func(string, Dialect) map[int][]string{true: headerDifferences, false: redirectDifferences}[file == "_headers"](string(text), d)
	var notes []Note
	for line := 1; len(lines) > 0; line++ {
		if says := lines[line]; says != nil {
			notes = append(notes, Note{file, line, d.other().String() + ": " + strings.Join(says, "; ")})
			delete(lines, line)
		}
	}
	return notes
}

// Limits of Cloudflare's, by its documentation.
const (
	cloudflareBlocks  = 100
	cloudflareStatic  = 2000
	cloudflareDynamic = 100
	cloudflareLine    = 1000 // of _redirects
)

func redirectDifferences(text string, d Dialect) map[int][]string {
	here, problems := parseRedirects(&reader{text: text, most: math.MaxInt}, d)
	there, others := parseRedirects(&reader{text: text, most: math.MaxInt}, d.other())
	lines := problemsApart(problems, others)
	read := make(map[int]*redirect)
	for i := range there.rules {
		read[there.rules[i].line] = &there.rules[i]
	}
	var static, dynamic int
	for i := range here.rules {
		rule := &here.rules[i]
		line := rule.line
		if d == Netlify { // the others are problems of Cloudflare's that it does not tell of otherwise
			if rule.pattern.paths == nil {
				static++
			} else {
				dynamic++
			}
			switch {
			case rule.pattern.paths == nil && static == cloudflareStatic+1:
				lines[line] = append(lines[line], fmt.Sprintf("has at most %d rules without captures", cloudflareStatic))
			case rule.pattern.paths != nil && dynamic == cloudflareDynamic+1:
				lines[line] = append(lines[line], fmt.Sprintf("has at most %d rules with captures", cloudflareDynamic))
			}
		}
		same := read[line]
		if same == nil {
			continue
		}
		if rule.bare {
			lines[line] = append(lines[line], fmt.Sprintf("%d is the default, not %d", same.status, rule.status))
		}
		switch {
		case same.forced && !rule.forced:
			lines[line] = append(lines[line], "a file of that name does not go before it")
		case rule.forced && !same.forced:
			lines[line] = append(lines[line], "a file of that name goes before it")
		}
		if says := patternDifference(rule.pattern, d); says != "" {
			lines[line] = append(lines[line], says)
		}
	}
	if d == Netlify {
		number := 0
		for line := range strings.SplitSeq(text, "\n") {
			if number++; len(line) > cloudflareLine && len(line) <= maxLine {
				lines[number] = append(lines[number], fmt.Sprintf("a line has at most %d bytes", cloudflareLine))
			}
		}
	}
	return lines
}

func headerDifferences(text string, d Dialect) map[int][]string {
	here, problems := parseHeaders(&reader{text: text, most: math.MaxInt}, d)
	there, others := parseHeaders(&reader{text: text, most: math.MaxInt}, d.other())
	lines := problemsApart(problems, others)
	read := make(map[int]bool)
	for i := range there.blocks {
		read[there.blocks[i].line] = true
	}
	for i := range here.blocks {
		b := &here.blocks[i]
		if says := patternDifference(b.pattern, d); says != "" && read[b.line] {
			lines[b.line] = append(lines[b.line], says)
		}
		if d == Netlify && i == cloudflareBlocks {
			lines[b.line] = append(lines[b.line], fmt.Sprintf("has at most %d rules", cloudflareBlocks))
		}
	}
	return lines
}

// problemsApart are the lines that are in order for one dialect and not for the other one.
func problemsApart(here, there []*Problem) map[int][]string {
	wrong := make(map[int]*Problem)
	for _, p := range there {
		wrong[p.Line] = p
	}
	lines := make(map[int][]string)
	for _, p := range here {
		if q := wrong[p.Line]; q == nil {
			lines[p.Line] = []string{"it is no mistake there"}
		} else if p.Unsupported && !q.Unsupported {
			lines[p.Line] = []string{q.Text}
		}
		delete(wrong, p.Line)
	}
	for _, p := range wrong {
		lines[p.Line] = []string{p.Text}
	}
	return lines
}

// patternDifference is what else the other dialect matches by a pattern that is in order for both, "" for nothing.
func patternDifference(p *pattern, d Dialect) string {
	path := p.path
	switch {
	case path == "/" || path == "/*":
		return ""
	case strings.HasSuffix(path, "/*"):
		beneath := strings.TrimSuffix(path, "/*")
		if d == Netlify {
			return fmt.Sprintf("it does not match %s itself", beneath)
		}
		return fmt.Sprintf("it matches %s itself, too", beneath)
	case d == Netlify && strings.HasSuffix(path, "/"):
		return "it does not match without the slash at its end"
	case d == Netlify:
		return "it does not match with a slash at the end"
	}
	return "it matches with a slash at the end and without"
}
