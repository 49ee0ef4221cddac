package main

import (
	"net/http"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"github.com/salver-http/salver"
)

// parseSite parses what a site can have of its own, less its directory.
func (f *flags) parseSite(c *salver.Config, m *mistakesOf) {
	c.NoListing, c.Hidden, c.ServeSecrets, c.FollowSymlinks = f.noListing, f.hidden, f.serveSecrets, f.followSymlinks
	c.NoSidecars, c.NoRules, c.CleanURLs = f.noSidecars, f.noRules, f.cleanURLs
	c.Isolate, c.SecureHeaders, c.DefaultMediaType = f.isolate, f.secureHeaders, f.contentType
	if f.given("index") {
		c.Index = splitNames(f.index)
	}
	c.Header = parseHeader(f.header, m)
	c.MediaTypes = mediaTypesOf(f.mediaTypes, m)
	if f.given("content-type") && f.contentType == "" {
		m.wrong("content-type", "is empty")
	}
	switch f.dialect {
	case "netlify", "cloudflare":
		if f.given("dialect") {
			c.Dialect = f.dialect
		}
	default:
		m.wrong("dialect", "%q is neither netlify nor cloudflare", f.dialect)
	}
	c.SPA = parseSPA(f.spa, m)
	c.Cache = parseCache(f.cache, m)
	c.Immutable = f.immutable
	c.CORS = parseCORS(f.cors)
	c.Allow = parsePrefixes(f.allow, "allow", m)
}

// parseHeader parses the values of --header, as Python does.
func parseHeader(values []string, m *mistakesOf) http.Header {
	const hint = "a header is typed as -H 'Name: value'"
	h := http.Header{}
	for i, v := range values {
		name, value, ok := strings.Cut(v, ":")
		name = strings.TrimSpace(name)
		switch {
		case !ok:
			m.hinted(hint, "header", i, "%q has no colon", v)
		case name == "":
			m.hinted(hint, "header", i, "%q has no name", v)
		default:
			h.Add(name, strings.TrimSpace(value))
		}
	}
	return h
}

// parseMediaTypes parses the values of --media-type as they were typed.
func parseMediaTypes(values []string) (map[string]string, []mistake) {
	m := new(mistakesOf)
	return mediaTypesOf(values, m), m.all
}

// mediaTypesOf parses the values of --media-type; salver.New checks the types.
func mediaTypesOf(values []string, m *mistakesOf) map[string]string {
	types := map[string]string{}
	for i, v := range values {
		ext, mediaType, ok := strings.Cut(v, "=")
		ext, mediaType = strings.TrimSpace(ext), strings.TrimSpace(mediaType)
		if !ok || len(ext) < 2 || ext[0] != '.' || mediaType == "" {
			m.hinted("", "media-type", i, "%q is not of the form .ext=type/subtype", v)
			continue
		}
		types[ext] = mediaType
	}
	return types
}

// parseSPA returns the page of --spa, "" for none; the last value counts.
func parseSPA(values []string, m *mistakesOf) string {
	if len(values) == 0 {
		return ""
	}
	switch page := values[len(values)-1]; page {
	case "false":
		return ""
	case "true":
		return "index.html"
	case "":
		m.hinted("--spa alone means --spa=index.html", "spa", len(values)-1, "is empty")
		return ""
	default:
		return strings.TrimPrefix(strings.TrimPrefix(filepath.ToSlash(page), "./"), "/")
	}
}

// parseCache parses the values of --cache; salver.New checks the globs.
func parseCache(values []string, m *mistakesOf) []salver.CacheRule {
	var all []salver.CacheRule
	for i, v := range values {
		glob, value, open := cutGlob(v)
		glob, value = strings.TrimSpace(glob), strings.TrimSpace(value)
		if open != 0 {
			m.hinted("a bracket that is part of a name has a backslash before it", "cache", i, "%q has a %c that is not closed", v, open)
			continue
		}
		if glob == "" || value == "" {
			m.hinted("caching is typed as --cache '*.css=max-age=3600'", "cache", i, "%q is not of the form GLOB=VALUE", v)
			continue
		}
		all = append(all, salver.CacheRule{Glob: glob, Value: value})
	}
	return all
}

// cutGlob cuts s at the first equals sign that is not part of a glob: in braces, in a
// class, or behind a backslash. Where there is none, open is what was not closed before its end, 0 for nothing.
func cutGlob(s string) (glob, value string, open rune) {
	braces, class := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case class:
			class = c != ']'
		case c == '[':
			class = true
		case c == '{':
			braces++
		case c == '}':
			braces = max(braces-1, 0)
		case c == '=' && braces == 0:
			return s[:i], s[i+1:], 0
		}
	}
	switch {
	case class:
		open = '['
	case braces > 0:
		open = '{'
	}
	return s, "", open
}

// parseCORS returns the origins of --cors, nil for none.
func parseCORS(values []string) []string {
	var all []string
	for _, name := range splitNames(values) {
		switch name {
		case "true":
			name = "*"
		case "false":
			all = nil
			continue
		}
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

// parsePrefixes parses addresses and prefixes of addresses. nil stays nil.
func parsePrefixes(values []string, name string, m *mistakesOf) []netip.Prefix {
	var all []netip.Prefix
	for i, v := range values {
		p, err := netip.ParsePrefix(v)
		if addr, e := netip.ParseAddr(v); e == nil && addr.Zone() == "" {
			addr = addr.Unmap()
			p, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		switch {
		case err != nil || p.Addr().Is4In6():
			m.hinted("addresses are typed as 192.0.2.7 or 192.0.2.0/24", name, i, "%q is neither an address nor a CIDR", v)
		case p != p.Masked():
			m.hinted("", name, i, "%s has an address beyond its length: it is either %s or %s", v, p.Masked(), p.Addr())
		default:
			all = append(all, p)
		}
	}
	return all
}
