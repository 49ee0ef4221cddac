package rules

// A shape is a path of a pattern, symbol by symbol: bytes, and what captures.
type shape []symbol

// symbol is a byte, or one of these.
type symbol int16

const (
	placeholder symbol = -1 - iota // some of what is no slash
	splat                          // anything
	tail                           // nothing, or a slash and anything: the end of Netlify's /a/*
)

// shapeOf is the shape of a pattern that is in order.
func shapeOf(p *pattern, d Dialect) (s shape) {
	tokens, err := tokenise(p.path, 0)
	if err != nil {
		return nil
	}
	for i, t := range tokens {
		switch {
		case t.splat && d == Netlify && i == len(tokens)-1 && endsOpen(p.path):
			return append(s[:len(s)-1], tail)
		case t.splat:
			s = append(s, splat)
		case t.name != "":
			s = append(s, placeholder)
		default:
			literal, _ := decodeLiteral(t)
			for _, c := range []byte(literal) {
				s = append(s, symbol(c))
			}
		}
	}
	if d == Netlify && len(s) > 1 && s[len(s)-1] == '/' {
		s = s[:len(s)-1]
	}
	return s
}

// sample is a path that has the shape.
func (s shape) sample() string {
	var b []byte
	for _, y := range s {
		switch y {
		case placeholder, splat:
			b = append(b, "sample"...)
		case tail:
			b = append(b, "/sample"...)
		default:
			b = append(b, byte(y))
		}
	}
	return string(b)
}

// covers reports whether s matches each path that other matches. Where that takes more than going
// through both, it says no.
func (s shape) covers(other shape) bool {
	for len(s) > 0 && s[0] >= 0 { // most differ early
		if len(other) == 0 || other[0] != s[0] {
			return false
		}
		s, other = s[1:], other[1:]
	}
	// after[j] says whether s from its next symbol on covers other from j on.
	after, now := make([]bool, len(other)+1), make([]bool, len(other)+1)
	after[len(other)] = true
	for i := len(s) - 1; i >= 0; i-- {
		for j := len(other); j >= 0; j-- {
			more := j < len(other)
			switch s[i] {
			case tail:
				now[j] = !more || other[j] == '/' || other[j] == tail
			case splat:
				now[j] = after[j] || more && now[j+1]
			case placeholder:
				now[j] = more && (other[j] == placeholder || other[j] >= 0 && other[j] != '/') && (after[j+1] || now[j+1])
			default:
				now[j] = more && other[j] == s[i] && after[j+1]
			}
		}
		after, now = now, after
	}
	return after[0]
}

// coversHost reports whether p is for each scheme and host that other is for.
func (p *pattern) coversHost(other *pattern) bool {
	if p.scheme != "" && p.scheme != other.scheme {
		return false
	}
	switch {
	case p.name == "" || p.name == other.name:
		return true
	case p.hosts != nil && other.host != "":
		return p.hosts.match(other.host, new([maxCaptures]string))
	}
	return false
}
