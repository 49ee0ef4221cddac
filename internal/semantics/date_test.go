package semantics

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, time.March, 1, 12, 0, 0, 500, time.UTC)

const (
	monthNames = `(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)`
	clockTime  = `\d{2}:\d{2}:\d{2}`
)

var dateForms = []struct {
	grammar *regexp.Regexp
	layout  string
}{
	{regexp.MustCompile(`\A(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} ` + monthNames + ` \d{4} ` + clockTime + ` GMT\z`), http.TimeFormat},
	{regexp.MustCompile(`\A(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \d{2}-` + monthNames + `-\d{2} ` + clockTime + ` GMT\z`), "Monday, 02-Jan-06 15:04:05 GMT"},
	{regexp.MustCompile(`\A(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ` + monthNames + ` (?: \d|\d{2}) ` + clockTime + ` \d{4}\z`), time.ANSIC},
}

// naiveDate is the twin of ParseDate: the grammar as an expression, the rest left
// to time.Parse.
func naiveDate(s string, now time.Time) (time.Time, bool) {
	for i, form := range dateForms {
		if !form.grammar.MatchString(s) {
			continue
		}
		layout := form.layout
		if i == 1 {
			// Spell the year out: the latest that is not too far ahead.
			dash := strings.LastIndexByte(s, '-')
			yy, _ := strconv.Atoi(s[dash+1 : dash+3])
			layout = strings.Replace(layout, "-06", "-2006", 1)
			for year := now.UTC().Year() + 51; ; year-- {
				if year%100 != yy {
					continue
				}
				full := fmt.Sprintf("%s-%04d%s", s[:dash], year, s[dash+3:])
				// In a year without it, the 29th of February stands for the day after.
				near := strings.Replace(full, "29-Feb", "01-Mar", 1)
				if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
					near = full
				}
				t, ok := naiveLayout(layout, near)
				if ok && t.After(now.AddDate(50, 0, 0)) {
					continue
				}
				return naiveLayout(layout, full)
			}
		}
		return naiveLayout(layout, s)
	}
	return time.Time{}, false
}

func naiveLayout(layout, s string) (time.Time, bool) {
	leap := time.Duration(0)
	if i := strings.LastIndexByte(s, ':'); s[i:i+3] == ":60" {
		s, leap = s[:i]+":59"+s[i+3:], time.Second
	}
	t, err := time.Parse(layout, s)
	if err != nil {
		return time.Time{}, false
	}
	return t.Add(leap), true
}

func checkDate(t *testing.T, s string, now time.Time) {
	t.Helper()
	got, gotOK := ParseDate(s, now)
	want, wantOK := naiveDate(s, now)
	if gotOK != wantOK || !got.Equal(want) {
		t.Fatalf("ParseDate(%q, %v) = %v, %v, want %v, %v", s, now, got, gotOK, want, wantOK)
	}
	if gotOK && got.Location() != time.UTC {
		t.Fatalf("ParseDate(%q) is not in UTC", s)
	}
}

func TestParseDate(t *testing.T) {
	at := func(year int, month time.Month, day, hour, minute, second int) time.Time {
		return time.Date(year, month, day, hour, minute, second, 0, time.UTC)
	}
	none := time.Time{}
	for _, c := range []struct {
		s    string
		want time.Time
	}{
		{"Sun, 06 Nov 1994 08:49:37 GMT", at(1994, 11, 6, 8, 49, 37)},
		{"Sunday, 06-Nov-94 08:49:37 GMT", at(1994, 11, 6, 8, 49, 37)},
		{"Sun Nov  6 08:49:37 1994", at(1994, 11, 6, 8, 49, 37)},
		{"Sun Nov 06 08:49:37 1994", at(1994, 11, 6, 8, 49, 37)},
		{"Wednesday, 16-Nov-94 08:49:37 GMT", at(1994, 11, 16, 8, 49, 37)},
		{"Mon, 06 Nov 1994 08:49:37 GMT", at(1994, 11, 6, 8, 49, 37)}, // was a Sunday
		{"Sat, 31 Dec 2016 23:59:60 GMT", at(2017, 1, 1, 0, 0, 0)},
		{"Thu, 29 Feb 2024 00:00:00 GMT", at(2024, 2, 29, 0, 0, 0)},
		{"Tue, 29 Feb 2000 00:00:00 GMT", at(2000, 2, 29, 0, 0, 0)},
		{"Fri, 31 Dec 9999 23:59:59 GMT", at(9999, 12, 31, 23, 59, 59)},
		{"Sunday, 01-Mar-76 12:00:00 GMT", at(2076, 3, 1, 12, 0, 0)},
		{"Sunday, 01-Mar-76 12:00:01 GMT", at(1976, 3, 1, 12, 0, 1)},
		{"Sunday, 01-Jan-00 00:00:00 GMT", at(2000, 1, 1, 0, 0, 0)},
		{"Sunday, 31-Dec-99 00:00:00 GMT", at(1999, 12, 31, 0, 0, 0)},

		{"", none},
		{"0", none},
		{"Thu, 29 Feb 2023 00:00:00 GMT", none},
		{"Thu, 29 Feb 1900 00:00:00 GMT", none},
		{"Thu, 31 Apr 2023 00:00:00 GMT", none},
		{"Thu, 00 Apr 2023 00:00:00 GMT", none},
		{"Thu, 32 Jan 2023 00:00:00 GMT", none},
		{"Sun, 06 Nov 1994 24:00:00 GMT", none},
		{"Sun, 06 Nov 1994 08:60:00 GMT", none},
		{"Sun, 06 Nov 1994 08:49:61 GMT", none},
		{"Sun, 06 Nov 1994 08:49:37 UTC", none},
		{"Sun, 06 Nov 1994 08:49:37 gmt", none},
		{"sun, 06 Nov 1994 08:49:37 GMT", none},
		{"Sun, 06 nov 1994 08:49:37 GMT", none},
		{"Sun, 06 anF 1994 08:49:37 GMT", none},
		{"Sun, 6 Nov 1994 08:49:37 GMT", none},
		{"Sun, 06 Nov 1994 08:49:37.0 GMT", none},
		{"Sun, 06 Nov 1994 08:49:37 GMT ", none},
		{" Sun, 06 Nov 1994 08:49:37 GMT", none},
		{"Sun, 06-Nov-94 08:49:37 GMT", none},
		{"Sunday, 06 Nov 1994 08:49:37 GMT", none},
		{"Sun Nov 6 08:49:37 1994", none},
		{"Sun Nov  6 08:49:37 1994 GMT", none},
		{"Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT", none},
		{"Sun, 06 Nov 1994 08:49:37 +0000", none},
	} {
		got, ok := ParseDate(c.s, noon)
		if ok == c.want.IsZero() || !got.Equal(c.want) {
			t.Errorf("ParseDate(%q) = %v, %v, want %v", c.s, got, ok, c.want)
		}
		checkDate(t, c.s, noon)
	}
}

// Every value of every single byte of a date in each form.
func TestParseDateMutated(t *testing.T) {
	for _, s := range []string{
		"Sun, 06 Nov 1994 08:49:37 GMT", "Thu, 29 Feb 2024 23:59:59 GMT",
		"Sunday, 06-Nov-94 08:49:37 GMT", "Sunday, 29-Feb-76 00:00:00 GMT",
		"Sun Nov  6 08:49:37 1994", "Sun Feb 29 19:49:37 2000",
	} {
		for i := range len(s) {
			for c := range 256 {
				checkDate(t, s[:i]+string([]byte{byte(c)})+s[i+1:], noon)
			}
			checkDate(t, s[:i], noon)
			checkDate(t, s[:i]+s[i+1:], noon)
			checkDate(t, s[:i]+" "+s[i:], noon)
		}
	}
}

// Every two-digit year, seen from years around the turns of centuries.
func TestParseDateTwoDigitYear(t *testing.T) {
	for _, year := range []int{1999, 2000, 2026, 2049, 2050, 2060, 2099, 2100, 2101} {
		now := time.Date(year, time.June, 15, 10, 0, 0, 0, time.UTC)
		for yy := range 100 {
			for _, day := range []string{"15-Jun", "16-Jun", "29-Feb", "01-Jan", "31-Dec"} {
				checkDate(t, fmt.Sprintf("Monday, %s-%02d 10:00:00 GMT", day, yy), now)
			}
		}
	}
}

func TestFormatDate(t *testing.T) {
	for sec := int64(-62135596800); sec < 253402300800; sec += 86400*97 + 12345 {
		at := time.Unix(sec, 999).In(time.FixedZone("", 3600))
		want := at.UTC().Format(http.TimeFormat)
		if got := FormatDate(at); got != want {
			t.Fatalf("FormatDate(%v) = %q, want %q", at, got, want)
		}
		if got := string(AppendDate([]byte("Date: "), at)); got != "Date: "+want {
			t.Fatalf("AppendDate(%v) = %q", at, got)
		}
		if got, ok := ParseDate(want, noon); !ok || got.Unix() != sec {
			t.Fatalf("ParseDate(%q) = %v, %v", want, got, ok)
		}
	}
}

func TestLastModified(t *testing.T) {
	type said struct {
		Date time.Time
		OK   bool
	}
	for _, c := range []struct {
		name       string
		mtime, now time.Time
		want       said
	}{
		{"past", time.Unix(1000, 999_999_999), noon, said{time.Unix(1000, 0).UTC(), true}},
		{"other zone", noon.In(time.FixedZone("", -7200)), noon, said{noon.Truncate(time.Second), true}},
		{"same second", noon.Add(time.Millisecond), noon, said{noon.Truncate(time.Second), true}},
		{"future", noon.Add(time.Hour), noon, said{noon.Truncate(time.Second), true}},
		{"end of time", time.Date(9999, 12, 31, 23, 59, 59, 999, time.UTC), noon, said{noon.Truncate(time.Second), true}},
		{"past the end", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), noon, said{}},
		{"unknown", time.Time{}, noon, said{}},
		{"before 1970", time.Unix(-1, 0), noon, said{}},
		{"stamped 0", time.Unix(0, 0), noon, said{}},
		{"stamped 1", time.Unix(1, 999), noon, said{}},
		{"second 2", time.Unix(2, 0), noon, said{time.Unix(2, 0).UTC(), true}},
		{"clock not set", noon, time.Unix(1, 0), said{}},
	} {
		date, ok := LastModified(c.mtime, c.now)
		if diff := cmp.Diff(c.want, said{date, ok}); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", c.name, diff)
		}
		if date.Location() != time.UTC {
			t.Errorf("%s: not in UTC", c.name)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	f.Add("Sun, 06 Nov 1994 08:49:37 GMT", int64(1772366400))
	f.Add("Sunday, 06-Nov-94 08:49:60 GMT", int64(4102444800))
	f.Add("Sun Nov  6 08:49:37 1994", int64(0))
	f.Fuzz(func(t *testing.T, s string, unix int64) {
		now := time.Unix(unix%100_000_000_000, 0).UTC()
		if now.Year() < 200 {
			t.Skip("years below 0 have no two digits")
		}
		checkDate(t, s, now)
	})
}

func BenchmarkParseDate(b *testing.B) {
	for _, s := range []string{"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"} {
		b.Run(s[:4], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ParseDate(s, noon)
			}
		})
	}
}
