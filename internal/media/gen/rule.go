package main

import (
	"cmp"
	"slices"
	"strings"
)

// entry is what the database says of a media type.
type entry struct {
	Source     string   `json:"source"`
	Extensions []string `json:"extensions"`
}

// byRule gives each extension of the database the best of its media types.
func byRule(db map[string]entry) map[string]string {
	best := make(map[string]string)
	for mediaType, e := range db {
		for _, ext := range e.Extensions {
			old, ok := best[ext]
			if !ok || compare(db, mediaType, old) < 0 {
				best[ext] = mediaType
			}
		}
	}
	return best
}

// compare orders two media types for the same extension, the better one first:
// by where the database has the extension from, the facet of the name, the kind,
// the length, the alphabet.
func compare(db map[string]entry, a, b string) int {
	return cmp.Or(
		cmp.Compare(unspecific(a), unspecific(b)),
		cmp.Compare(rank(sources, db[a].Source), rank(sources, db[b].Source)),
		cmp.Compare(facet(a), facet(b)),
		cmp.Compare(kind(a), kind(b)),
		cmp.Compare(len(a), len(b)),
		cmp.Compare(a, b),
	)
}

// unspecific puts a type last that says no more than not knowing one.
func unspecific(mediaType string) int {
	if mediaType == "application/octet-stream" {
		return 1
	}
	return 0
}

// sources are the origins that the database tells; "" is its own additions.
var sources = []string{"iana", "", "apache", "nginx"}

// facets are the registration trees (RFC 6838 §3) after the standards tree, and
// the names that are never registered (§3.4).
var facets = []string{"vnd.", "prs.", "x.", "x-"}

// facet ranks the tree of a type, the standards tree first.
func facet(mediaType string) int {
	_, subtype, _ := strings.Cut(mediaType, "/")
	for i, f := range facets {
		if strings.HasPrefix(subtype, f) {
			return i + 1
		}
	}
	return 0
}

// kinds puts what a person sees and hears before its container: video/mp4 before
// application/mp4, a film before its sound; and application before text, as a
// client shows text that it does not know as it is (RFC 2046 §4.1.4).
var kinds = []string{"video", "audio", "image", "font", "model", "application", "text"}

func kind(mediaType string) int {
	top, _, _ := strings.Cut(mediaType, "/")
	return rank(kinds, top)
}

// rank returns the place of s in order, behind all when it is not there.
func rank(order []string, s string) int {
	if i := slices.Index(order, s); i >= 0 {
		return i
	}
	return len(order)
}
