// Package media says which media type (RFC 9110 §8.3) a file has by its name,
// from a table that is the same on every operating system.
//
// docs/media-types.md tells how the table is made and which types it chooses.
package media

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

//go:generate go run ./gen

const octetStream = "application/octet-stream"

// Type is what the name of a file says of its content.
type Type struct {
	// MediaType is the media type, with the parameters that were configured
	// for it, if any. It is never empty in an answer of [Types.Of].
	MediaType string
	// UTF8 is the media type to say of content that is valid UTF-8: MediaType
	// with charset=utf-8 when it is a text type without a charset, else
	// MediaType itself. Where the two are equal, nobody need look at the content.
	UTF8 string
	// Coding is the content coding (RFC 9110 §8.4) that files of this name are
	// stored in: "gzip" for .svgz, else "".
	Coding string
}

// Types finds the type of a file by its name. It is immutable, and safe for
// concurrent use when the guess function that it was made with is.
type Types struct {
	guess     func(name string) string
	overrides map[string]Type
	fallback  Type
}

// New makes Types that ask guess first, then overrides, then the built-in table,
// and say fallback of the rest.
//
// The keys of overrides are extensions with the dot, as in ".txt"; the case of
// the name is tried first, then the lower case. A fallback of "" means
// application/octet-stream. guess may be nil; it is given the whole name.
//
// The error joins everything that is wrong: keys that could never match, because
// they are not a dot followed by something without dots and slashes, and values
// that are not media types (RFC 9110 §8.3.1).
func New(overrides map[string]string, fallback string, guess func(name string) string) (*Types, error) {
	t := &Types{guess: guess, overrides: make(map[string]Type, len(overrides))}
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(overrides)) {
		value := overrides[key]
		if rest, ok := strings.CutPrefix(key, "."); !ok {
			errs = append(errs, fmt.Errorf("extension %q (for %q) does not begin with a dot", key, value))
		} else if rest == "" || strings.ContainsAny(rest, "./") {
			errs = append(errs, fmt.Errorf("extension %q (for %q) is not what follows the last dot of a name", key, value))
		}
		if !Valid(value) {
			errs = append(errs, fmt.Errorf("extension %q: %q is not a media type", key, value))
		}
		t.overrides[key] = typeOf(value)
	}
	if fallback == "" {
		fallback = octetStream
	}
	if !Valid(fallback) {
		errs = append(errs, fmt.Errorf("default media type: %q is not a media type", fallback))
	}
	t.fallback = typeOf(fallback)
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return t, nil
}

// Of returns the type of the file with the slash-separated name. Only what
// follows the last dot of the last element counts; dots that the element begins
// with do not. An answer of the guess function that is not a media type, as "",
// leaves the name to the tables.
//
// It does not allocate, unless the extension has capital letters or the guess
// function answered a text type without a charset.
func (t *Types) Of(name string) Type {
	if t.guess != nil {
		if m := t.guess(name); Valid(m) {
			return typeOf(m)
		}
	}
	ext := extension(name)
	if ext == "" {
		return t.fallback
	}
	if typ, ok := t.overrides[ext]; ok {
		return typ
	}
	lower := strings.ToLower(ext)
	if typ, ok := t.overrides[lower]; ok {
		return typ
	}
	if row, ok := find(rows, lower[1:]); ok {
		return row
	}
	return t.fallback
}

// typeOf is the Type of a media type that did not come from the table.
func typeOf(mediaType string) Type {
	if Text(mediaType) {
		return Type{MediaType: mediaType, UTF8: WithCharset(mediaType)}
	}
	return Type{MediaType: mediaType, UTF8: mediaType}
}

// extension returns what os.path.splitext of Python does: the last dot of the last
// element and what follows, unless only dots are before it.
func extension(name string) string {
	name = name[strings.LastIndexByte(name, '/')+1:]
	name = strings.TrimLeft(name, ".")
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return ""
	}
	return name[dot:]
}
