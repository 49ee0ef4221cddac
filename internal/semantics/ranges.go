package semantics

import (
	"math"
	"strings"
	"time"
)

// Range is a part of a representation: the positions of its first and its last
// byte, both included (RFC 9110 §14.1.2).
type Range struct{ First, Last int64 }

// Length is the number of bytes in r.
func (r Range) Length() int64 { return r.Last - r.First + 1 }

// RangeVerdict is what the Range field of a request amounts to.
type RangeVerdict int

const (
	RangeIgnored       RangeVerdict = iota // answer with the whole representation
	RangeUnsatisfiable                     // answer 416 (RFC 9110 §15.5.17)
	RangePartial                           // answer 206 (RFC 9110 §15.3.7)
)

// maxRangeField is the longest Range field that is read.
const maxRangeField = 8 << 10

// SelectRanges finds the parts of a representation of the given complete
// length that a request asks for (RFC 9110 §14.2, and §13.1.5 for If-Range); the
// other preconditions come first, see [Evaluate]. ranges are at least one
// for RangePartial and none otherwise. Those that overlap, touch or lie no
// further than 80 bytes apart are one (§15.3.7.2), at the place of the one that
// was asked for first; a single one that is the whole is still a part.
//
// The field is ignored unless the method is GET, the complete length is above
// 0, the unit is bytes, the field is valid and at most 8 KiB long.
func SelectRanges(r *Request, v Validators, complete int64, now time.Time) (ranges []Range, verdict RangeVerdict) {
	if !r.Range.Present || r.Method != "GET" || complete <= 0 || len(r.Range.Text) > maxRangeField {
		return nil, RangeIgnored
	}
	if r.IfRange.Present && !unchanged(r.IfRange.Text, v, now) {
		return nil, RangeIgnored
	}
	set, ok := byteRanges(r.Range.Text)
	if !ok {
		return nil, RangeIgnored
	}
	ranges, ok = satisfiable(set, complete)
	switch {
	case !ok:
		return nil, RangeIgnored
	case len(ranges) == 0:
		return nil, RangeUnsatisfiable
	}
	return coalesce(ranges), RangePartial
}

// AsksForRange reports whether r asks for a part, by a Range that is not ignored whatever the
// representation is; the method apart.
func AsksForRange(r *Request) bool {
	if !r.Range.Present || len(r.Range.Text) > maxRangeField {
		return false
	}
	set, ok := byteRanges(r.Range.Text)
	if ok {
		_, ok = satisfiable(set, math.MaxInt64)
	}
	return ok
}

// byteRanges is the range-set of a field whose unit is bytes.
func byteRanges(field string) (set string, ok bool) {
	unit, set, _ := strings.Cut(field, "=")
	// The length keeps out letters that only Unicode folds to these.
	return set, len(unit) == len("bytes") && strings.EqualFold(unit, "bytes")
}

// satisfiable reads a range-set (RFC 9110 §14.1.1), less the members that no
// byte of the representation satisfies. It is not ok when any member is invalid
// or there is none.
func satisfiable(set string, complete int64) (ranges []Range, ok bool) {
	for rest := skipEmpty(set); rest != ""; rest = skipEmpty(rest) {
		var spec string
		spec, rest, _ = strings.Cut(rest, ",")
		r, valid := parseSpec(trimOWS(spec), complete)
		if !valid {
			return nil, false
		}
		if r.Length() > 0 {
			ranges = append(ranges, r)
		}
		ok = true
	}
	return ranges, ok
}

// parseSpec reads an int-range or a suffix-range, cut to the complete length.
// The range of an unsatisfiable one has no length.
func parseSpec(s string, complete int64) (r Range, valid bool) {
	a, b, dash := strings.Cut(s, "-")
	if !dash || !digits(a) || !digits(b) || a == "" && b == "" {
		return Range{}, false
	}
	if a == "" {
		return Range{complete - min(number(b), complete), complete - 1}, true
	}
	r = Range{min(number(a), complete), complete - 1}
	if b == "" {
		return r, true
	}
	if less(b, a) {
		return Range{}, false
	}
	r.Last = min(number(b), r.Last)
	return r, true
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// number is the value of digits; MaxInt64 stands for anything above.
func number(s string) int64 {
	var n int64
	for i := range len(s) {
		c := int64(s[i] - '0')
		if n > (math.MaxInt64-c)/10 {
			return math.MaxInt64
		}
		n = n*10 + c
	}
	return n
}

// less compares the values of digits, of any length.
func less(a, b string) bool {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}
