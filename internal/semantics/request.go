// Package semantics holds the rules of RFC 9110 that a static resource needs,
// as pure functions: preconditions, ranges, negotiation, entity tags, dates.
// It does no I/O and knows no HTTP version.
package semantics

import (
	"net/netip"
	"strings"
)

// Request is what salver reads of a request, and nothing else: a field that is
// not here cannot influence a response.
type Request struct {
	Method string
	// Path is the path of the target (RFC 9112 §3.2) as it was sent, still
	// percent-encoded, less the prefix that a mux in front took away.
	Path string
	// Mount is that prefix, still percent-encoded, "" when there is none.
	Mount string
	// Rewritten says that Path is not a suffix of the target as it was sent, so
	// that no path in front of it is known.
	Rewritten bool
	// Malformed says that the target is none of the forms that name a file (RFC
	// 9112 §3.2), so that there is no Path.
	Malformed bool
	// Query is what follows the "?" of the target, without it.
	Query string
	Host  string
	// Peer is the address that the connection is from; not valid where it has none.
	Peer netip.Addr
	// Client is who sends it, as far as that is known: Peer, or who a trusted proxy tells of.
	Client netip.Addr
	// Secure says that it came over TLS.
	Secure bool

	Accept            Value
	AcceptEncoding    Value
	IfMatch           Value
	IfNoneMatch       Value
	IfModifiedSince   Value
	IfUnmodifiedSince Value
	IfRange           Value
	Range             Value
	Authorization     Value
	Cookie            Value
	Origin            Value // Fetch §3.1
	FetchMode         Value // Sec-Fetch-Mode (Fetch Metadata §2.3)
	RequestMethod     Value // Access-Control-Request-Method (Fetch §3.3)

	// What proxies say of who is behind them (RFC 7239), to be believed of those alone that
	// are trusted.
	Forwarded, ForwardedFor, ForwardedProto Value
}

// Value is one field of a request. A field with an empty value is not an absent
// one (RFC 9110 §5.5). Several lines of the same name are joined by ", "
// (RFC 9110 §5.3), which turns a repeated singleton field into an invalid one.
type Value struct {
	Text    string
	Present bool
}

// Values makes a Value of the lines of a field, nil or empty when it is absent.
func Values(lines []string) Value {
	return joined(lines, ", ")
}

// Cookies makes a Value of the lines of Cookie, which are no list (RFC 6265 §4.2.1, RFC 9113
// §8.2.3).
func Cookies(lines []string) Value { return joined(lines, "; ") }

func joined(lines []string, separator string) Value {
	switch len(lines) {
	case 0:
		return Value{}
	case 1:
		return Value{lines[0], true}
	}
	return Value{strings.Join(lines, separator), true}
}
