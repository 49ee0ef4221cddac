// Package clientaddr tells who the client is behind proxies that are trusted, by what they say in
// Forwarded (RFC 7239) or in X-Forwarded-For and X-Forwarded-Proto. It does no I/O.
package clientaddr

import (
	"net/netip"
	"strings"
)

// Security says whether the client came by TLS.
type Security uint8

const (
	Unknown  Security = iota // nobody who is trusted says
	Secure                   // by https
	Insecure                 // by http
)

// Of returns who the client is and how it came. The fields are those of the request, the lines of one joined
// by commas (RFC 9110 §5.3), "" for one that is absent.
//
// Who is not trusted is the client, whatever it says. Else the field that is there is walked from the right, the
// end that the nearest proxy wrote, past the addresses that are trusted: the first that is not is the client. Where an
// element names no address, the client is the last hop known before it, and never what stands further left, where
// the client may have written. When all are trusted it is the leftmost.
//
// A proxy writes one of the two and lets the other pass as the client sent it, and which it writes cannot be told
// from here. Where both are there and name different clients the result is the zero Addr, which is in no
// prefix; how it came is Unknown where they differ about that.
func Of(peer netip.Addr, trusted Prefixes, forwarded, forwardedFor, forwardedProto string) (netip.Addr, Security) {
	peer = peer.Unmap()
	if !trusted.Contains(peer) {
		return peer, Unknown
	}
	if forwarded == "" {
		return walkFor(peer, trusted, forwardedFor), securityOf(lastOf(forwardedProto))
	}
	client, security := walkForwarded(peer, trusted, forwarded)
	if forwardedFor == "" {
		return client, security
	}
	if walkFor(peer, trusted, forwardedFor) != client {
		return netip.Addr{}, Unknown
	}
	switch other := securityOf(lastOf(forwardedProto)); {
	case other == Unknown || other == security:
		return client, security
	case security == Unknown:
		return client, other
	}
	return client, Unknown
}

// walkFor walks X-Forwarded-For.
func walkFor(peer netip.Addr, trusted Prefixes, list string) netip.Addr {
	client := peer
	for list != "" {
		var element string
		list, element = cutLast(list, strings.LastIndexByte(list, ','))
		if element == "" {
			continue // RFC 9110 §5.6.1.2
		}
		addr, ok := parseNode(element)
		if !ok {
			return client
		}
		if client = addr; !trusted.Contains(addr) {
			return client
		}
	}
	return client
}

// lastOf returns the last element of a list that is not empty.
func lastOf(list string) (element string) {
	for list != "" && element == "" {
		list, element = cutLast(list, strings.LastIndexByte(list, ','))
	}
	return element
}

// cutLast cuts the last element off a list, at its comma; -1 for none.
func cutLast(list string, comma int) (rest, element string) {
	if comma < 0 {
		return "", trim(list)
	}
	return list[:comma], trim(list[comma+1:])
}

// trim removes optional whitespace (RFC 9110 §5.6.3).
func trim(s string) string { return strings.Trim(s, " \t") }

func securityOf(scheme string) Security {
	switch {
	case strings.EqualFold(scheme, "https"):
		return Secure
	case strings.EqualFold(scheme, "http"):
		return Insecure
	}
	return Unknown
}
