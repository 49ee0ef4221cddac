// Package coding speaks the content codings of RFC 9110 §8.4.1: it encodes and decodes
// them, knows their sidecars, and keeps what has been encoded.
package coding

import "github.com/salver-http/salver/internal/semantics"

// All are the codings, those first that are preferred among equals.
var All = [...]semantics.Coding{semantics.Zstd, semantics.Brotli, semantics.Gzip}

// Suffix is what the name of a sidecar ends in, "" for identity.
func Suffix(c semantics.Coding) string {
	switch c {
	case semantics.Zstd:
		return ".zst"
	case semantics.Brotli:
		return ".br"
	case semantics.Gzip:
		return ".gz"
	}
	return ""
}

// Looks reports whether what begins with begin may be in the coding c. Brotli has no magic
// number, so that anything but nothing may be.
func Looks(c semantics.Coding, begin []byte) bool {
	switch c {
	case semantics.Zstd:
		return len(begin) >= 4 && (string(begin[:4]) == "\x28\xb5\x2f\xfd" ||
			begin[0]&0xf0 == 0x50 && string(begin[1:4]) == "\x2a\x4d\x18") // or a skippable frame (RFC 8878 §3.1.2)
	case semantics.Gzip:
		return len(begin) >= 3 && string(begin[:3]) == "\x1f\x8b\x08"
	}
	return len(begin) > 0
}

// Set is a set of codings.
type Set uint8

// SetOf is the set of these.
func SetOf(codings ...semantics.Coding) (s Set) {
	for _, c := range codings {
		s |= 1 << c
	}
	return s
}

// Has reports whether c is in s.
func (s Set) Has(c semantics.Coding) bool { return s>>c&1 != 0 }

// first is the one of s that comes first in order, identity if none does.
func (s Set) first(order ...semantics.Coding) semantics.Coding {
	for _, c := range order {
		if s.Has(c) {
			return c
		}
	}
	return semantics.Identity
}
