package salver

import (
	"fmt"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/rules"
)

// errorPage takes down whether a file is the page of an error.
func (s *survey) errorPage(name string) {
	dir, last, _ := cutLast(name)
	digits, ok := strings.CutSuffix(last, ".html")
	if !ok || len(digits) != 3 || s.config.NoRules || s.all.IsSingle() {
		return
	}
	status, err := strconv.Atoi(digits)
	if err != nil || status < 400 || status > 599 {
		return
	}
	switch anywhere, top := plan.HasOwnPage(status); {
	case anywhere, top && dir == "":
		s.report.ErrorPages = append(s.report.ErrorPages, name)
	case top:
		s.find("page", Finding{Level: LevelWarning, File: name, Text: fmt.Sprintf("the page for %d is looked for at the top alone: this one is not sent with that status", status)})
	case dir == "": // deeper it is a number like any other
		s.find("page", Finding{Level: LevelWarning, File: name, Text: fmt.Sprintf("a site has no page of its own for %d: this one is not sent with that status", status)})
	}
}

// checkChoices finds what of the Config has no effect on what is there.
func (s *survey) checkChoices() {
	level, more := LevelWarning, ""
	if s.report.Truncated || s.links {
		level, more = LevelNote, ", as far as names were looked at"
	}
	for i, g := range s.globs {
		field, glob := "Cache", ""
		if i < len(s.config.Cache) {
			glob = s.config.Cache[i].Glob
		} else {
			field, glob = "Immutable", s.config.Immutable[i-len(s.config.Cache)]
		}
		switch {
		case !g.matches:
			s.find("", Finding{Level: level, Field: field, Text: fmt.Sprintf("the glob %q matches no file%s", glob, more)})
		case !g.chosen:
			s.find("", Finding{Level: level, Field: field, Text: fmt.Sprintf("for each file that %q matches a stronger one does%s", glob, more), Hint: "the last that matches counts, and what is immutable goes first"})
		}
	}
	for i, a := range s.config.Auth {
		prefix := strings.Trim(a.Prefix, "/")
		if s.prefixes[i] || s.config.SPA != "" || s.ruled("/"+prefix) || s.site.Fixes(encoded(prefix)) {
			continue
		}
		s.find("", Finding{Level: level, Field: "Auth", Text: fmt.Sprintf("there is nothing at %q%s", a.Prefix, more)})
	}
}

// ruled reports whether a rule is for a path, or leads away from it when no more is known of the request.
func (s *survey) ruled(path string) bool {
	if s.froms[strings.TrimSuffix(path, "/")] || s.froms[path] {
		return true
	}
	_, found, _ := s.redirects.Find(&rules.Target{Path: path}, false)
	return found
}

// readRules reads the files of rules, which are in order.
func (s *survey) readRules() {
	if s.config.NoRules || s.all.IsSingle() {
		return
	}
	var problems, more []*rules.Problem
	s.dialect, _ = rules.ParseDialect(s.config.Dialect)
	s.texts = s.site.Tree.Watch(ruleNames...).Current().Content
	s.headers, problems = rules.ParseHeaders(s.texts[0], s.dialect)
	s.redirects, more = rules.ParseRedirects(s.texts[1], s.dialect)
	for _, p := range append(problems, more...) {
		s.find("left out", Finding{Level: LevelWarning, File: p.File, Line: p.Line, Column: p.Column, Text: p.Text})
	}
	s.froms = make(map[string]bool)
	s.redirects.Each(func(r rules.Rule) {
		if r.From != "" {
			s.froms[r.From] = true
		}
	})
}

// ruleNames are the files of rules, _headers first.
var ruleNames = []string{"_headers", "_redirects"}

// checkRules finds what is worth a look in the rules.
func (s *survey) checkRules() {
	for i, n := range []int{s.headers.Len(), s.redirects.Len()} {
		if s.texts == nil || s.texts[i] == nil {
			continue
		}
		s.report.RuleFiles = append(s.report.RuleFiles, RuleFile{ruleNames[i], s.dialect.String(), n})
		for _, n := range rules.Differences(ruleNames[i], s.texts[i], s.dialect) {
			s.noted("differs", LevelNote, n)
		}
	}
	for _, n := range append(s.headers.Notes(), s.redirects.Notes()...) {
		if strings.HasPrefix(n.Text, "Cache-Control is joined") {
			switch {
			case s.config.Header.Get("Cache-Control") != "":
				n.Text += "; neither has an effect, as it is said of all content otherwise"
			case len(s.config.Cache)+len(s.config.Immutable) > 0:
				n.Text += "; a glob for caching goes before both, where it matches"
			}
		}
		s.noted("rule", LevelWarning, n)
	}
	s.redirects.Each(s.checkRedirect)
	s.headers.Each(func(line int, static string, _ []string) {
		if short, ok := strings.CutSuffix(static, ".html"); ok && s.config.CleanURLs && s.site.Answers(encoded(strings.TrimPrefix(static, "/"))) {
			if dir, isIndex := strings.CutSuffix(short, "/index"); isIndex {
				short = dir + "/"
			}
			s.find("headers", Finding{Level: LevelWarning, File: "_headers", Line: line, Text: static + " is asked for as " + short + ", which these fields are not for"})
		}
		if static != "" && !s.isThere(static) && !s.ruled(static) {
			s.find("headers", Finding{Level: LevelWarning, File: "_headers", Line: line, Text: "nothing is there at " + static})
		}
	})
}

func (s *survey) noted(kind string, level Level, n rules.Note) {
	s.find(kind, Finding{Level: level, File: n.File, Line: n.Line, Text: n.Text})
}

// checkRedirect finds a rule that files leave nothing to, and one that leads to nothing.
func (s *survey) checkRedirect(r rules.Rule) {
	finding := Finding{Level: LevelWarning, File: "_redirects", Line: r.Line}
	shadowed := false
	if r.From != "" && s.site.Answers(encoded(strings.TrimPrefix(r.From, "/"))) {
		if shadowing := finding; r.Forced {
			shadowing.Level, shadowing.Text = LevelNote, "it goes before the file that is there at "+r.From
			s.find("shadowing", shadowing)
		} else {
			shadowing.Text = "it has no effect: there is a file at " + r.From + ", which goes before it"
			shadowing.Hint = fmt.Sprintf("%d! goes before files", r.Status)
			s.find("shadowed", shadowing)
			shadowed = true
		}
	}
	if sends, err := url.PathUnescape(r.Sends); r.Sends != "" && err == nil && !shadowed && !s.ruled(sends) && !s.isThere(sends) {
		target := finding
		target.Text = "nothing is there at " + r.Sends + ", which it sends to"
		s.find("target", target)
	}
	if r.To == "" || s.site.Answers(r.To) {
		return
	}
	finding.Text = "nothing is there at " + r.To + ", which it leads to: it is answered with 404"
	if r.Status != 200 {
		finding.Text = fmt.Sprintf("nothing is there at %s, which it leads to: the usual page for %d is sent", r.To, r.Status)
	}
	s.find("target", finding)
}

// isThere reports whether something answers at a path that is decoded, otherwise than by a rule.
func (s *survey) isThere(p string) bool {
	if s.config.SPA != "" && path.Ext(p) == "" {
		return true
	}
	target := (&url.URL{Path: p}).EscapedPath()
	if s.site.Answers(target) || s.site.Fixes(target) {
		return true
	}
	res, err := s.site.Tree.Resolve(target, nil)
	if err != nil {
		return false
	}
	defer res.Close()
	listed := res.Directory != nil || res.Unslashed
	if s.dialect == rules.Cloudflare && res.Unslashed {
		return true // it is answered with where to go
	}
	return listed && !s.config.NoListing
}
