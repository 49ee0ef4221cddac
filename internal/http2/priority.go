package http2

import "strings"

// Order is when an answer is to be sent among those of its connection (RFC 9218 §4).
type Order struct {
	Urgency     uint8 // 0 is first, 7 last
	Incremental bool  // useful in parts, so that it can share with others
}

// DefaultOrder is that of a request which says nothing.
var DefaultOrder = Order{Urgency: 3}

// ParseOrder reads a Priority field, or the value of PRIORITY_UPDATE, which is a Dictionary
// (RFC 9218 §5, RFC 9651 §3.2). What is not understood is as if it were not there; of a member
// that stands there twice the last one counts.
func ParseOrder(value string) Order { return DefaultOrder.with(value) }

// with is o after one more line of the field, which goes on with the Dictionary.
func (o Order) with(value string) Order {
	for member := range strings.SplitSeq(value, ",") {
		key, _, _ := strings.Cut(strings.Trim(member, " \t"), ";") // less parameters
		key, v, has := strings.Cut(key, "=")
		switch {
		case key == "u" && len(v) == 1 && '0' <= v[0] && v[0] <= '7':
			o.Urgency = v[0] - '0'
		case key == "i" && (!has || v == "?1"):
			o.Incremental = true
		case key == "i" && v == "?0":
			o.Incremental = false
		}
	}
	return o
}
