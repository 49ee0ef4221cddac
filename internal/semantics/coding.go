package semantics

import "strings"

// Coding is a content coding (RFC 9110 §8.4.1) that salver speaks. The constants go from
// the one that is preferred least, among equals, to the one preferred most.
type Coding uint8

const (
	Identity Coding = iota // none
	Gzip                   // RFC 1952
	Brotli                 // RFC 7932
	Zstd                   // RFC 8878, with a window of up to 8 MiB (RFC 9659)

	codings
)

var codingNames = [codings]string{"identity", "gzip", "br", "zstd"}

// String is the token of c, as Content-Encoding has it.
func (c Coding) String() string { return codingNames[c] }

// CodingWeights are the weights that a request gives to codings: 0 where a coding is not
// acceptable, and otherwise to be compared with one another only.
type CodingWeights [codings]int16

// unlisted is the weight of an identity that a request does not speak of: acceptable, and
// less welcome than whatever it names.
const unlisted = 1

// CodingsAccepted reads an Accept-Encoding field (RFC 9110 §12.5.3). Without the field, or
// with an empty one, only identity is accepted: who does not ask for a coding may not know
// any. The weight of "*" is that of all that is not named, identity too. Malformed members
// are skipped, and of a coding that is named twice the higher weight counts. It does not
// allocate.
func CodingsAccepted(accept Value) (w CodingWeights) {
	const unset = -1
	for c := range w {
		w[c] = unset
	}
	rest := int16(unset) // of what is not named
	for s := skipEmpty(accept.Text); s != ""; s = skipEmpty(s) {
		var member string
		member, s, _ = strings.Cut(s, ",") // there is no quoted-string to hide one
		name, weight, ok := parseCoding(trimOWS(member))
		if !ok {
			continue
		}
		if name == "*" {
			rest = max(rest, weight)
		} else if c, known := codingOf(name); known {
			w[c] = max(w[c], weight)
		}
	}
	for c := range w {
		switch {
		case w[c] != unset:
		case rest != unset:
			w[c] = rest
		case Coding(c) == Identity:
			w[c] = unlisted
		default:
			w[c] = 0
		}
	}
	return w
}

// Accepts reports whether c is acceptable at all.
func (w *CodingWeights) Accepts(c Coding) bool { return w[c] > 0 }

// codingOf finds a coding by its name, which is case-insensitive (§8.4.1); x-gzip is
// another one for gzip (§8.4.1.3).
func codingOf(name string) (c Coding, known bool) {
	for c, n := range codingNames {
		if len(name) == len(n) && strings.EqualFold(name, n) {
			return Coding(c), true
		}
	}
	return Gzip, len(name) == len("x-gzip") && strings.EqualFold(name, "x-gzip")
}

// parseCoding reads codings [ weight ], the weight in thousandths and one more, so that
// it is above unlisted unless it is 0.
func parseCoding(s string) (name string, weight int16, ok bool) {
	name, s = cutToken(s)
	if s = skipOWS(s); name == "" || s == "" {
		return name, 1000 + unlisted, name != ""
	}
	if s[0] != ';' {
		return name, 0, false
	}
	q, value, found := strings.Cut(skipOWS(s[1:]), "=")
	if !found || q != "q" && q != "Q" {
		return name, 0, false
	}
	thousandths, ok := parseWeight(value)
	if ok && thousandths > 0 {
		thousandths += unlisted
	}
	return name, int16(thousandths), ok
}
