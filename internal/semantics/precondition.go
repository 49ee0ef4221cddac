package semantics

import "time"

// Validators are what tells one state of a representation from another (RFC
// 9110 §8.8).
type Validators struct {
	// Tag is the entity tag, "" when there is none.
	Tag Tag
	// LastModified is what the Last-Modified field says, in whole seconds (see
	// the function [LastModified]); zero when there is none.
	LastModified time.Time
	// DateStrong says that LastModified is a strong validator (§8.8.2.2): that
	// the representation cannot have changed twice in that second.
	DateStrong bool
}

// Verdict is what the preconditions of a request amount to.
type Verdict int

const (
	Proceed            Verdict = iota // perform the method
	NotModified                       // answer 304 (RFC 9110 §15.4.5)
	PreconditionFailed                // answer 412 (RFC 9110 §15.5.13)
)

// Evaluate judges the preconditions of a request, other than If-Range, for a
// representation that exists, in the order of RFC 9110 §13.2.2. It is for
// requests that would succeed without them (§13.2.1). now only serves to
// understand two-digit years. It does not allocate.
func Evaluate(r *Request, v Validators, now time.Time) Verdict {
	if !selects(r.Method) {
		return Proceed
	}
	if r.IfMatch.Present {
		// §13.1.1: strong comparison.
		if !listed(r.IfMatch.Text, v.Tag, StrongMatch) {
			return PreconditionFailed
		}
	} else if modified, known := modifiedSince(r.IfUnmodifiedSince, v, now); known && modified {
		return PreconditionFailed
	}

	reads := r.Method == "GET" || r.Method == "HEAD"
	if r.IfNoneMatch.Present {
		// §13.1.2: weak comparison.
		switch {
		case !listed(r.IfNoneMatch.Text, v.Tag, WeakMatch):
			return Proceed
		case reads:
			return NotModified
		}
		return PreconditionFailed
	}
	if !reads {
		return Proceed
	}
	if modified, known := modifiedSince(r.IfModifiedSince, v, now); known && !modified {
		return NotModified
	}
	return Proceed
}

// modifiedSince compares a date of the request with the last modification. It is
// not known where the field or the modification date is missing, or the field
// is no date: then the field is ignored (RFC 9110 §13.1.3, §13.1.4).
func modifiedSince(field Value, v Validators, now time.Time) (modified, known bool) {
	if !field.Present || v.LastModified.IsZero() {
		return false, false
	}
	date, ok := ParseDate(field.Text, now)
	return v.LastModified.After(date), ok
}

// unchanged is the condition of If-Range (RFC 9110 §13.1.5), which only an exact
// match with a strong validator meets. What is not valid does not match.
func unchanged(field string, v Validators, now time.Time) bool {
	if tag, rest := cutTag(field); tag != "" {
		return rest == "" && StrongMatch(tag, v.Tag)
	}
	if !v.DateStrong || v.LastModified.IsZero() {
		return false
	}
	date, ok := ParseDate(field, now)
	return ok && date.Equal(v.LastModified)
}
