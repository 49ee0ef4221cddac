package clientaddr

import (
	"net/netip"
	"strings"
)

// walkForwarded walks Forwarded (RFC 7239 §4). Of how the client came it returns what the element says that
// ends the walk: whoever wrote that is trusted, although it may hide the address.
func walkForwarded(peer netip.Addr, trusted Prefixes, list string) (netip.Addr, Security) {
	client, security := peer, Unknown
	for list != "" {
		var text string
		list, text = cutLast(list, lastComma(list))
		if text == "" {
			continue
		}
		e, ok := parseElement(text)
		if !ok {
			return client, Unknown
		}
		security = securityOf(e.proto)
		addr, ok := parseNode(e.node)
		if !ok {
			return client, security
		}
		if client = addr; !trusted.Contains(addr) {
			break
		}
	}
	return client, security
}

// lastComma returns the index of the last comma that stands in no quoted string, -1 for none. It
// looks from the right, so that a quotation mark that the client left open does not swallow what a proxy
// has added. Outside of quoted strings there are no backslashes, hence one before a mark escapes it.
func lastComma(list string) int {
	quoted := false
	for i := len(list) - 1; i >= 0; i-- {
		switch {
		case list[i] == ',' && !quoted:
			return i
		case list[i] == '"':
			quoted = !quoted || escaped(list[:i])
		}
	}
	return -1
}

// escaped reports whether what follows s in a quoted string is escaped.
func escaped(s string) bool {
	return (len(s)-len(strings.TrimRight(s, `\`)))%2 == 1
}

// element is what is read of a forwarded-element.
type element struct{ node, proto string }

// parseElement reads an element. One that has a parameter twice, which is forbidden, is not read, as what is none.
func parseElement(text string) (e element, ok bool) {
	var hasNode, hasProto bool
	for {
		if text = trim(text); text == "" {
			return e, true
		}
		if text[0] == ';' { // a pair may be empty
			text = text[1:]
			continue
		}
		name, rest, found := strings.Cut(text, "=")
		if !found || name == "" || strings.ContainsAny(name, "\"; \t") {
			return e, false
		}
		var value string
		if value, text, ok = cutValue(rest); !ok {
			return e, false
		}
		switch {
		case strings.EqualFold(name, "for"):
			if hasNode {
				return e, false
			}
			e.node, hasNode = value, true
		case strings.EqualFold(name, "proto"):
			if hasProto {
				return e, false
			}
			e.proto, hasProto = value, true
		}
	}
}

// cutValue reads a value and the semicolon after it, or the end. An address of IPv6 that is not quoted, or a port, is taken
// as well: some proxies write so.
func cutValue(s string) (value, rest string, ok bool) {
	if strings.HasPrefix(s, `"`) {
		if value, rest, ok = cutQuoted(s); !ok {
			return "", "", false
		}
	} else {
		end := strings.IndexAny(s, "; \t")
		if end < 0 {
			end = len(s)
		}
		if value, rest = s[:end], s[end:]; value == "" || strings.ContainsAny(value, `"\`) {
			return "", "", false
		}
	}
	rest = trim(rest)
	return value, rest, rest == "" || rest[0] == ';'
}

// cutQuoted reads a quoted string (RFC 9110 §5.6.4).
func cutQuoted(s string) (value, rest string, ok bool) {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return unescape(s[1:i]), s[i+1:], true
		case '\\':
			i++
		}
	}
	return "", "", false
}

// unescape resolves quoted pairs.
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b = append(b, s[i])
	}
	return string(b)
}
