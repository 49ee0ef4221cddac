package accesslog

import (
	"strconv"
	"time"
)

// second is a time down to the second, as one format writes it.
type second struct {
	unix int64
	text []byte
}

// appendSecond appends what f writes of t that is the same for a whole second: all of
// it but the fraction and the zone of JSON.
func appendSecond(b []byte, f Format, t time.Time) []byte {
	switch f {
	case Combined:
		return t.Local().AppendFormat(b, "02/Jan/2006:15:04:05 -0700")
	case JSON:
		return t.UTC().AppendFormat(b, "2006-01-02T15:04:05")
	}
	return t.Local().AppendFormat(b, "02/Jan/2006 15:04:05")
}

// appendFraction appends ns nanoseconds as [time.RFC3339Nano] writes them behind the
// second: without trailing zeros.
func appendFraction(b []byte, ns int) []byte {
	if ns == 0 {
		return b
	}
	b = append(b, ".000000000"...)
	for i := len(b) - 1; ns > 0; i-- {
		b[i] = '0' + byte(ns%10)
		ns /= 10
	}
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	return b
}

// appendMillis appends ns nanoseconds as milliseconds with 1 to 6 decimals, as
// strconv.AppendFloat writes the quotient, which is slow. What lies in the middle
// between two results is left to it, since that depends on the nearest float, and so is
// what is so long that a float is not exact to the nanosecond.
func appendMillis(b []byte, ns int64, decimals int) []byte {
	scale := int64(1)
	for range decimals {
		scale *= 10
	}
	unit := int64(time.Millisecond) / scale
	n, rest := ns/unit, ns%unit
	if ns < 0 || ns >= 1<<50 || 2*rest == unit {
		return strconv.AppendFloat(b, float64(ns)/1e6, 'f', decimals, 64)
	}
	if 2*rest > unit {
		n++
	}
	b = strconv.AppendInt(b, n/scale, 10)
	b = append(b, '.')
	for n %= scale; scale > 1; n %= scale {
		scale /= 10
		b = append(b, '0'+byte(n/scale))
	}
	return b
}
