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
// where that is not the same; and what Cloudflare itself has limits for, in either dialect.
func Differences(file string, text []byte, d Dialect) []Note {
	lines := map[bool]func(string, Dialect) map[int][]string{true: headerDifferences, false: redirectDifferences}[file == "_headers"](string(text), d)
	limits := map[bool]func(string, Dialect) map[int][]string{true: headerLimits, false: redirectLimits}[file == "_headers"](string(text), d)
	var notes []Note
	note := func(line int, d Dialect, says []string) {
		if says != nil {
			notes = append(notes, Note{file, line, d.String() + ": " + strings.Join(says, "; ")})
		}
	}
	for line := 1; len(lines)+len(limits) > 0; line++ {
		if d == Netlify {
			note(line, Cloudflare, append(limits[line], lines[line]...))
		} else {
			note(line, Cloudflare, limits[line])
			note(line, Netlify, lines[line])
		}
		delete(lines, line)
		delete(limits, line)
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
	for i := range here.rules {
		rule := &here.rules[i]
		line := rule.line
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
	return lines
}

// redirectLimits are what Cloudflare does not take of the rules that are in order.
func redirectLimits(text string, d Dialect) map[int][]string {
	here, _ := parseRedirects(&reader{text: text, most: math.MaxInt}, d)
	lines := make(map[int][]string)
	var static, dynamic int
	for i := range here.rules {
		rule := &here.rules[i]
		says := func(format string, more ...any) {
			lines[rule.line] = append(lines[rule.line], fmt.Sprintf(format, more...))
		}
		if rule.pattern.name != "" {
			says("takes no host in what a rule matches")
		}
		if rule.pattern.paths == nil {
			if static++; static == cloudflareStatic+1 {
				says("has at most %d rules without captures", cloudflareStatic)
			}
		} else if dynamic++; dynamic == cloudflareDynamic+1 {
			says("has at most %d rules with captures", cloudflareDynamic)
		}
	}
	number := 0
	for line := range strings.SplitSeq(text, "\n") {
		if number++; len(line) > cloudflareLine && len(line) <= maxLine {
			lines[number] = append(lines[number], fmt.Sprintf("a line has at most %d bytes", cloudflareLine))
		}
	}
	return lines
}

func headerLimits(text string, d Dialect) map[int][]string {
	here, _ := parseHeaders(&reader{text: text, most: math.MaxInt}, d)
	if len(here.blocks) <= cloudflareBlocks {
		return nil
	}
	return map[int][]string{here.blocks[cloudflareBlocks].line: {fmt.Sprintf("has at most %d rules", cloudflareBlocks)}}
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
		if !read[b.line] {
			continue
		}
		if b.pattern.name != "" {
			lines[b.line] = append(lines[b.line], map[Dialect]string{
				Netlify:    "http and https are all the same there",
				Cloudflare: "it is for one of http and https there",
			}[d])
		}
		if says := patternDifference(b.pattern, d); says != "" {
			lines[b.line] = append(lines[b.line], says)
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
	case strings.HasSuffix(path, "*"):
		return ""
	case d == Netlify && strings.HasSuffix(path, "/"):
		return "it does not match without the slash at its end"
	case d == Netlify:
		return "it does not match with a slash at the end"
	}
	return "it matches with a slash at the end and without"
}
