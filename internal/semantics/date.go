package semantics

import (
	"strings"
	"time"
)

// imfFixdate is the one format of date that is sent.
const imfFixdate = "Mon, 02 Jan 2006 15:04:05 GMT"

// AppendDate appends t as an IMF-fixdate (RFC 9110 §5.6.7) to b. The fraction of
// a second is dropped. The year of t in UTC must be from 0 to 9999.
//
// It is written out since time.Time.AppendFormat takes so much of the stack that a connection would keep twice as much.
func AppendDate(b []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	b = append(b, t.Weekday().String()[:3]...)
	b = append(b, ',', ' ')
	b = appendDigits(b, day)
	b = append(b, ' ')
	b = append(b, month.String()[:3]...)
	b = append(b, ' ')
	b = appendDigits(appendDigits(b, year/100), year%100)
	b = append(b, ' ')
	b = appendDigits(b, hour)
	b = append(b, ':')
	b = appendDigits(b, minute)
	b = append(b, ':')
	b = appendDigits(b, second)
	return append(b, " GMT"...)
}

// appendDigits appends the two digits of n.
func appendDigits(b []byte, n int) []byte { return append(b, byte('0'+n/10), byte('0'+n%10)) }

// FormatDate is t as an IMF-fixdate, as [AppendDate] makes it.
func FormatDate(t time.Time) string {
	var b [len(imfFixdate)]byte
	return string(AppendDate(b[:0], t))
}

// LastModified is what may be said of a modification time in a response made
// at now: whole seconds, in UTC, and never later than now (RFC 9110 §8.8.2.1). ok
// is false when nothing should be said: when mtime is unknown (zero), is the first
// second of 1970 or before (package stores and reproducible builds stamp 0 or
// 1 on all files), or is past the year 9999, which no date can hold.
func LastModified(mtime, now time.Time) (t time.Time, ok bool) {
	const stamped, last = 1, 253402300799 // 1970-01-01T00:00:01Z, 9999-12-31T23:59:59Z
	sec := mtime.Unix()
	if sec > last {
		return time.Time{}, false
	}
	if sec = min(sec, now.Unix()); sec <= stamped {
		return time.Time{}, false
	}
	return time.Unix(sec, 0).UTC(), true
}

// ParseDate reads an HTTP-date in any of the three formats of RFC 9110 §5.6.7,
// strictly: case counts, the zone is GMT, the day exists. The name of the weekday
// need not be the right one. A two-digit year is the latest that is not more than
// 50 years after now. The second 60 is the first of the next minute. It does
// not allocate.
func ParseDate(s string, now time.Time) (time.Time, bool) {
	switch n := len(s); {
	case n == len(imfFixdate):
		return parseIMF(s)
	case n == len(time.ANSIC):
		return parseAsctime(s)
	case n > len(imfFixdate):
		return parseRFC850(s, now)
	}
	return time.Time{}, false
}

// parseIMF reads "Sun, 06 Nov 1994 08:49:37 GMT", given its length.
func parseIMF(s string) (time.Time, bool) {
	d := civil{valid: true}
	d.literal(s[3:5], ", ")
	d.day = d.number(s[5:7])
	d.literal(s[7:8], " ")
	d.named(s[8:11])
	d.literal(s[11:12], " ")
	d.year = d.number(s[12:16])
	d.literal(s[16:17], " ")
	d.clock(s[17:25])
	d.literal(s[25:], " GMT")
	return d.time(shortWeekday(s[:3]))
}

// parseAsctime reads "Sun Nov  6 08:49:37 1994", given its length.
func parseAsctime(s string) (time.Time, bool) {
	d := civil{valid: true}
	d.literal(s[3:4], " ")
	d.named(s[4:7])
	d.literal(s[7:8], " ")
	if s[8] == ' ' {
		d.day = d.number(s[9:10])
	} else {
		d.day = d.number(s[8:10])
	}
	d.literal(s[10:11], " ")
	d.clock(s[11:19])
	d.literal(s[19:20], " ")
	d.year = d.number(s[20:24])
	return d.time(shortWeekday(s[:3]))
}

// parseRFC850 reads "Sunday, 06-Nov-94 08:49:37 GMT".
func parseRFC850(s string, now time.Time) (time.Time, bool) {
	weekday, s, _ := strings.Cut(s, ",")
	if len(s) != len(" 06-Nov-94 08:49:37 GMT") {
		return time.Time{}, false
	}
	d := civil{valid: true}
	d.literal(s[:1], " ")
	d.day = d.number(s[1:3])
	d.literal(s[3:4], "-")
	d.named(s[4:7])
	d.literal(s[7:8], "-")
	yy := d.number(s[8:10])
	d.literal(s[10:11], " ")
	d.clock(s[11:19])
	d.literal(s[19:], " GMT")

	limit := now.UTC().AddDate(50, 0, 0)
	d.year = limit.Year() - limit.Year()%100 + yy
	if d.utc().After(limit) {
		d.year -= 100
	}
	return d.time(longWeekday(weekday))
}

// civil is a date while it is read; valid is lost at the first mistake.
type civil struct {
	year, day, hour, minute, second int
	month                           time.Month
	valid                           bool
}

func (d *civil) literal(s, want string) { d.valid = d.valid && s == want }

// number reads s, which must be digits only.
func (d *civil) number(s string) int {
	n := 0
	for i := range len(s) {
		c := s[i] - '0'
		d.valid = d.valid && c <= 9
		n = n*10 + int(c)
	}
	return n
}

// named reads the abbreviated name of a month.
func (d *civil) named(s string) {
	const months = "JanFebMarAprMayJunJulAugSepOctNovDec"
	i := strings.Index(months, s)
	d.valid = d.valid && i >= 0 && i%3 == 0
	d.month = time.Month(i/3 + 1)
}

// clock reads "08:49:37".
func (d *civil) clock(s string) {
	d.hour = d.number(s[:2])
	d.literal(s[2:3], ":")
	d.minute = d.number(s[3:5])
	d.literal(s[5:6], ":")
	d.second = d.number(s[6:])
}

func (d *civil) utc() time.Time {
	return time.Date(d.year, d.month, d.day, d.hour, d.minute, d.second, 0, time.UTC)
}

// time is the date when all of it was valid, the weekday too, and it exists.
func (d *civil) time(weekday bool) (time.Time, bool) {
	if !d.valid || !weekday || d.day < 1 || d.day > daysIn(d.month, d.year) ||
		d.hour > 23 || d.minute > 59 || d.second > 60 {
		return time.Time{}, false
	}
	return d.utc(), true
}

func daysIn(m time.Month, year int) int {
	switch m {
	case time.April, time.June, time.September, time.November:
		return 30
	case time.February:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

func shortWeekday(s string) bool {
	switch s {
	case "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun":
		return true
	}
	return false
}

func longWeekday(s string) bool {
	switch s {
	case "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday":
		return true
	}
	return false
}
