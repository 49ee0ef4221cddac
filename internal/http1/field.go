package http1

import "github.com/salver-http/salver/internal/message"

// field is a field by its name, as far as the lane cares.
type field int

const (
	unread field = iota // has no influence on the answer
	beyond              // asks for more than the lane can do
	accept
	acceptEncoding
	authorization
	connection
	contentLength
	cookie
	fetchMode
	forwarded
	forwardedFor
	forwardedProto
	host
	ifMatch
	ifModifiedSince
	ifNoneMatch
	ifRange
	ifUnmodifiedSince
	origin
	rangeField
	referer
	transferEncoding
	userAgent
)

// names are the fields that are not unread, by length: a name that has the length of
// none is told at once.
var names = [20][]struct {
	name string
	field
}{
	4:  {{"host", host}},
	5:  {{"range", rangeField}},
	6:  {{"accept", accept}, {"expect", beyond}, {"cookie", cookie}, {"origin", origin}},
	7:  {{"referer", referer}, {"upgrade", beyond}, {"trailer", beyond}},
	8:  {{"if-match", ifMatch}, {"if-range", ifRange}},
	9:  {{"forwarded", forwarded}},
	10: {{"connection", connection}, {"user-agent", userAgent}},
	13: {{"if-none-match", ifNoneMatch}, {"authorization", authorization}},
	14: {{"content-length", contentLength}, {"sec-fetch-mode", fetchMode}},
	15: {{"accept-encoding", acceptEncoding}, {"x-forwarded-for", forwardedFor}},
	17: {{"if-modified-since", ifModifiedSince}, {"transfer-encoding", transferEncoding}, {"x-forwarded-proto", forwardedProto}},
	19: {{"if-unmodified-since", ifUnmodifiedSince}},
}

func fieldOf(name []byte) field {
	if len(name) >= len(names) {
		return unread
	}
	for _, n := range names[len(name)] {
		if foldEqual(name, n.name) {
			return n.field
		}
	}
	return unread
}

// foldEqual reports whether b is s, which is in lower case, in any case.
func foldEqual(b []byte, s string) bool {
	if len(b) != len(s) {
		return false
	}
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != s[i] {
			return false
		}
	}
	return true
}

// slot is where the value of a field is kept.
func slot(h *message.Head, f field) *[]byte {
	switch f {
	case accept:
		return &h.Accept
	case acceptEncoding:
		return &h.AcceptEncoding
	case authorization:
		return &h.Authorization
	case cookie:
		return &h.Cookie
	case fetchMode:
		return &h.FetchMode
	case forwarded:
		return &h.Forwarded
	case forwardedFor:
		return &h.ForwardedFor
	case forwardedProto:
		return &h.ForwardedProto
	case ifMatch:
		return &h.IfMatch
	case ifModifiedSince:
		return &h.IfModifiedSince
	case ifNoneMatch:
		return &h.IfNoneMatch
	case ifRange:
		return &h.IfRange
	case ifUnmodifiedSince:
		return &h.IfUnmodifiedSince
	case origin:
		return &h.Origin
	case rangeField:
		return &h.Range
	case referer:
		return &h.Referer
	default:
		return &h.UserAgent
	}
}
