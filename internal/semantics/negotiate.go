package semantics

import "strings"

// Negotiate is the offered media type that an Accept field prefers (RFC 9110
// §12.5.1), the first of those it prefers equally; "" when it accepts none.
// Offers go without parameters, so a media range with parameters matches
// none of them. For each offer the most specific media range decides.
//
// Malformed members are skipped. Where no member remains, or the field is
// absent, the answer is the first offer. It does not allocate.
func Negotiate(accept Value, offers ...string) string {
	best, bestWeight := "", 0
	for _, offer := range offers {
		weight, stated := weigh(accept.Text, offer)
		if !stated {
			return offer
		}
		if weight > bestWeight {
			best, bestWeight = offer, weight
		}
	}
	return best
}

// weigh is the weight in thousandths that an Accept field gives to an offer; of
// equally specific members the highest. stated is false when the field has
// no well-formed member at all.
func weigh(accept, offer string) (weight int, stated bool) {
	weight, _, stated = weighed(accept, offer)
	return weight, stated
}

// weighed is weigh, and says how specific the member is that decided.
func weighed(accept, offer string) (weight, specific int, stated bool) {
	typ, subtype, _ := strings.Cut(offer, "/")
	for rest := skipEmpty(accept); rest != ""; rest = skipEmpty(rest) {
		var member string
		member, rest = cutMember(rest)
		m, ok := parseMediaRange(trimOWS(member))
		if !ok {
			continue
		}
		stated = true
		switch s := m.specificity(typ, subtype); {
		case s > specific:
			specific, weight = s, m.weight
		case s == specific && s > 0:
			weight = max(weight, m.weight)
		}
	}
	return weight, specific, stated
}

// mediaRange is one member of an Accept field.
type mediaRange struct {
	typ, subtype string
	parameters   bool // whether there are any but the weight
	weight       int  // in thousandths
}

// specificity says how closely m describes a media type without parameters; 0
// when it does not.
func (m mediaRange) specificity(typ, subtype string) int {
	switch {
	case m.parameters:
		return 0
	case m.typ == "*" && m.subtype == "*":
		return 1
	case !strings.EqualFold(m.typ, typ):
		return 0
	case m.subtype == "*":
		return 2
	case strings.EqualFold(m.subtype, subtype):
		return 3
	}
	return 0
}

// parseMediaRange reads a media-range and its weight. A parameter named q is the
// weight wherever it stands (RFC 9110 §12.5.1).
func parseMediaRange(s string) (m mediaRange, ok bool) {
	m.weight = 1000
	if m.typ, s = cutToken(s); m.typ == "" || s == "" || s[0] != '/' {
		return m, false
	}
	if m.subtype, s = cutToken(s[1:]); m.subtype == "" {
		return m, false
	}
	weighed := false
	for s = skipOWS(s); s != ""; s = skipOWS(s) {
		if s[0] != ';' {
			return m, false
		}
		var name, value string
		if name, s = cutToken(skipOWS(s[1:])); name == "" {
			continue // §5.6.6 allows an empty parameter
		}
		if s == "" || s[0] != '=' {
			return m, false
		}
		if value, s = cutToken(s[1:]); value == "" {
			if value, s = cutQuoted(s); value == "" {
				return m, false
			}
		}
		if name != "q" && name != "Q" {
			m.parameters = true
			continue
		}
		if m.weight, ok = parseWeight(value); !ok || weighed {
			return m, false
		}
		weighed = true
	}
	return m, true
}

// parseWeight reads a qvalue (RFC 9110 §12.4.2) in thousandths.
func parseWeight(s string) (thousandths int, ok bool) {
	if s == "" || s[0] > '1' || len(s) > len("0.000") || !digits(s[:1]) {
		return 0, false
	}
	thousandths = int(s[0]-'0') * 1000
	if len(s) == 1 {
		return thousandths, true
	}
	if s[1] != '.' || !digits(s[2:]) {
		return 0, false
	}
	unit := 100
	for i := 2; i < len(s); i++ {
		thousandths += int(s[i]-'0') * unit
		unit /= 10
	}
	return thousandths, thousandths <= 1000
}

// NegotiateNamed is the one of offers that an Accept field names and prefers to plain, or holds as dear
// while it does not name that; else plain. So a client that takes anything gets plain, also
// one that adds "*/*" to what it wants.
func NegotiateNamed(accept Value, plain string, offers ...string) string {
	best, most := plain, 0
	least, plainNamed := 0, false
	if w, specific, _ := weighed(accept.Text, plain); specific > 0 {
		least, plainNamed = w, specific > 1
	}
	for _, offer := range offers {
		w, specific, _ := weighed(accept.Text, offer)
		if specific == 3 && w > most && (w > least || w == least && !plainNamed) {
			best, most = offer, w
		}
	}
	return best
}
