package semantics

import "strings"

// FormTag is the entity tag of content in the coding c, whose own tag is plain and whose
// coded form has the fingerprint sum: each coding is a representation of its own, and
// each way to code it another one (RFC 9110 §8.8.3.3). It is weak where plain is.
func FormTag(plain Tag, c Coding, sum string) Tag {
	if plain == "" || c == Identity {
		return plain
	}
	return plain[:len(plain)-1] + Tag("-"+c.String()+"-"+sum+`"`)
}

// FormOf is the coding of the form that tag is of, when the content itself has the tag
// plain: Identity where the two are the same. Weakness aside.
func FormOf(tag, plain Tag) (c Coding, ok bool) {
	if plain == "" {
		return 0, false
	}
	tag, plain = tag.opaque(), plain.opaque()
	if tag == plain {
		return Identity, true
	}
	rest, ok := strings.CutPrefix(string(tag), string(plain[:len(plain)-1])+"-")
	if !ok {
		return 0, false
	}
	name, sum, ok := strings.Cut(rest, "-")
	for c := Gzip; ok && c < codings; c++ {
		if name == c.String() && len(sum) > 1 {
			return c, true
		}
	}
	return 0, false
}

// ListedForm finds the first of a list of entity tags, as If-None-Match and If-Match have
// it, that is of a form of the content with the tag plain in a coding that w accepts.
func ListedForm(field string, plain Tag, w *CodingWeights) (tag Tag, c Coding, ok bool) {
	listed(field, plain, func(member, plain Tag) bool {
		if c, ok = FormOf(member, plain); ok && w.Accepts(c) {
			tag = member
			return true
		}
		ok = false
		return false
	})
	return tag, c, ok
}
