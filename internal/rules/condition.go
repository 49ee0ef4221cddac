package rules

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// parameter is one of the query that has to be there, with a value, or with any that is captured.
type parameter struct{ name, value, capture string }

func parseParameter(r *reader, w word, d Dialect, names *[]string) (p parameter, ok bool) {
	name, value, found := strings.Cut(w.text, "=")
	switch {
	case !found:
		r.broken(w.column, "neither a path, nor https:// and more, nor name=value of a query")
		return p, false
	case d == Cloudflare:
		r.broken(w.column, "matching a query is Netlify's: --dialect netlify")
		return p, false
	case name == "":
		r.broken(w.column, "the name of a parameter is missing")
		return p, false
	}
	p.name, p.value = name, value
	if decoded, err := url.QueryUnescape(name); err == nil {
		p.name = decoded
	}
	if capture, ok := strings.CutPrefix(value, ":"); ok {
		if placeholderName(capture) != capture || capture == "" {
			r.broken(w.column+len(name)+1, "a placeholder is a colon, a letter, and letters, digits or _")
			return p, false
		}
		if capture == "splat" {
			r.broken(w.column+len(name)+1, ":splat is what a * stands for: give it another name")
			return p, false
		}
		if slices.Contains(*names, capture) {
			r.broken(w.column+len(name)+1, "there is a :"+capture+" already")
			return p, false
		}
		*names = append(*names, capture)
		p.capture = capture
	} else if decoded, err := url.QueryUnescape(value); err == nil {
		p.value = decoded
	}
	return p, true
}

// parseCondition reads "Name=value,value". It is understood where it can be told from a request.
func (rule *redirect) parseCondition(r *reader, w word, d Dialect) (understood, ok bool) {
	name, value, found := strings.Cut(w.text, "=")
	switch {
	case !found:
		r.broken(w.column, fmt.Sprintf("%q is neither a status nor a condition: Cookie=name", w.text))
		return false, false
	case d == Cloudflare:
		r.broken(w.column, "conditions are Netlify's: --dialect netlify")
		return false, false
	}
	switch strings.ToLower(name) {
	case "cookie":
		for c := range strings.SplitSeq(value, ",") {
			if c == "" || strings.ContainsAny(c, "=; \t\"") {
				r.broken(w.column+len(name)+1, "the names of cookies are expected, separated by commas")
				return false, false
			}
			rule.cookies = append(rule.cookies, c)
		}
		return true, true
	case "country", "language", "role", "sign", "signed":
		return false, true
	}
	r.broken(w.column, fmt.Sprintf("%q is not a condition: only Cookie is", name))
	return false, false
}

// hasCookie reports whether a Cookie field has one of names.
func hasCookie(field string, names []string) bool {
	for pair := range strings.SplitSeq(field, ";") {
		name, _, _ := strings.Cut(strings.TrimSpace(pair), "=")
		if slices.Contains(names, strings.TrimSpace(name)) {
			return true
		}
	}
	return false
}
