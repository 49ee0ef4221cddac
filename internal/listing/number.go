package listing

import "strconv"

// appendSize appends a size for people, in powers of 1000 as disks are sold:
// "0 B", "999 B", "1.0 kB", "1.2 MB". It rounds to the nearest, halves up.
func appendSize(b []byte, n int64) []byte {
	if n < 1000 {
		b = strconv.AppendInt(b, n, 10)
		return append(b, " B"...)
	}
	const prefixes = "kMGTPE"
	unit, p := int64(1000), 0
	for p+1 < len(prefixes) && n >= unit*1000-unit/20 { // 999.95 is 1.0 of the next
		unit *= 1000
		p++
	}
	tenths := n / (unit / 10)
	if n%(unit/10) >= unit/20 {
		tenths++
	}
	b = strconv.AppendInt(b, tenths/10, 10)
	b = append(b, '.', byte('0'+tenths%10), ' ', prefixes[p], 'B')
	return b
}

// appendGrouped appends n with a comma between groups of three digits.
func appendGrouped(b []byte, n int64) []byte {
	if n < 1000 {
		return strconv.AppendInt(b, n, 10)
	}
	b = appendGrouped(b, n/1000)
	n %= 1000
	return append(b, ',', byte('0'+n/100), byte('0'+n/10%10), byte('0'+n%10))
}

// appendCount appends "1 file", "2 files".
func appendCount(b []byte, n int64, one, more string) []byte {
	b = appendGrouped(b, n)
	b = append(b, ' ')
	if n == 1 {
		return append(b, one...)
	}
	return append(b, more...)
}
