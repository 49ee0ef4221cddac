package semantics

import (
	"fmt"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type selected struct {
	Ranges  []Range
	Verdict RangeVerdict
}

func partial(firstLast ...int64) selected {
	s := selected{Verdict: RangePartial}
	for i := 0; i < len(firstLast); i += 2 {
		s.Ranges = append(s.Ranges, Range{firstLast[i], firstLast[i+1]})
	}
	return s
}

var (
	ignored       = selected{}
	unsatisfiable = selected{Verdict: RangeUnsatisfiable}
)

var rangeCases = []struct {
	field    string
	complete int64
	want     selected
}{
	{"bytes=0-499", 10000, partial(0, 499)},
	{"bytes=500-999", 10000, partial(500, 999)},
	{"bytes=-500", 10000, partial(9500, 9999)},
	{"bytes=9500-", 10000, partial(9500, 9999)},
	{"bytes=0-0,-1", 10000, partial(0, 0, 9999, 9999)},
	{"bytes= 0-999, 4500-5499, -1000", 10000, partial(0, 999, 4500, 5499, 9000, 9999)},
	{"bytes=500-600,601-999", 10000, partial(500, 999)},
	{"bytes=500-700,601-999", 10000, partial(500, 999)},
	{"BYTES=0-0", 10, partial(0, 0)},
	{"bytes=0-", 10, partial(0, 9)},
	{"bytes=0-9", 10, partial(0, 9)},
	{"bytes=0-10", 10, partial(0, 9)},
	{"bytes=9-9", 10, partial(9, 9)},
	{"bytes=000-0009", 10, partial(0, 9)},
	{"bytes=-10", 10, partial(0, 9)},
	{"bytes=-11", 10, partial(0, 9)},
	{"bytes=,, 1-2 \t,\t,", 10, partial(1, 2)},

	// not satisfiable
	{"bytes=10-", 10, unsatisfiable},
	{"bytes=10-10", 10, unsatisfiable},
	{"bytes=-0", 10, unsatisfiable},
	{"bytes=-00, 11-12", 10, unsatisfiable},
	{"bytes=-0, 11-12, 4-5", 10, partial(4, 5)},

	// not valid
	{"", 10, ignored},
	{"bytes", 10, ignored},
	{"bytes=", 10, ignored},
	{"bytes=,", 10, ignored},
	{"bytes= ", 10, ignored},
	{"bytes=-", 10, ignored},
	{"bytes=1", 10, ignored},
	{"bytes=2-1", 10, ignored},
	{"bytes=20-11", 10, ignored},
	{"bytes=0-1,2-1", 10, ignored},
	{"bytes=0-1,", 10, partial(0, 1)},
	{"bytes=0-1,x", 10, ignored},
	{"bytes=0-1;2-3", 10, ignored},
	{"bytes=1-2-3", 10, ignored},
	{"bytes=--1", 10, ignored},
	{"bytes=+1-2", 10, ignored},
	{"bytes=1 - 2", 10, ignored},
	{"bytes=1- 2", 10, ignored},
	{"bytes=0x1-0x2", 10, ignored},
	{"bytes =0-1", 10, ignored},
	{" bytes=0-1", 10, ignored},
	{"bytes:0-1", 10, ignored},
	{"bytes 0-1", 10, ignored},
	{"bytes=0-1\x00", 10, ignored},
	{"bytes=0-1, bytes=2-3", 10, ignored}, // two fields
	{"items=0-1", 10, ignored},
	{"byte\u017f=0-1", 10, ignored}, // folds to s in Unicode, not in ASCII

	// an empty representation, and one of unknown length
	{"bytes=0-", 0, ignored},
	{"bytes=-1", 0, ignored},
	{"bytes=0-", -1, ignored},

	// numbers past int64
	{"bytes=5-9223372036854775807", 10, partial(5, 9)},
	{"bytes=5-9223372036854775808", 10, partial(5, 9)},
	{"bytes=5-99999999999999999999999999", 10, partial(5, 9)},
	{"bytes=-99999999999999999999999999", 10, partial(0, 9)},
	{"bytes=9223372036854775808-", 10, unsatisfiable},
	{"bytes=99999999999999999999-", 10, unsatisfiable},
	{"bytes=99999999999999999999-99999999999999999999", 10, unsatisfiable},
	{"bytes=99999999999999999999-99999999999999999998", 10, ignored},
	{"bytes=99999999999999999999-1", 10, ignored},
	{"bytes=18446744073709551616-18446744073709551617", 10, unsatisfiable}, // 0-1 modulo 2^64
	{"bytes=00000000000000000000000001-2", 10, partial(1, 2)},
	{"bytes=9223372036854775806-", math.MaxInt64, partial(math.MaxInt64-1, math.MaxInt64-1)},
	{"bytes=9223372036854775807-", math.MaxInt64, unsatisfiable},
	{"bytes=0-0,-1", math.MaxInt64, partial(0, 0, math.MaxInt64-1, math.MaxInt64-1)},
	{"bytes=0-,-1", math.MaxInt64, partial(0, math.MaxInt64-1)},

	// coalescing
	{"bytes=0-9,90-99", 1000, partial(0, 99)},          // 80 between
	{"bytes=0-9,91-99", 1000, partial(0, 9, 91, 99)},   // 81 between
	{"bytes=91-99,0-9", 1000, partial(91, 99, 0, 9)},   // the order asked for
	{"bytes=90-99,0-9", 1000, partial(0, 99)},          //
	{"bytes=0-99,10-19", 1000, partial(0, 99)},         // within
	{"bytes=10-19,0-99", 1000, partial(0, 99)},         //
	{"bytes=0-0,162-162,81-81", 1000, partial(0, 162)}, // joined by a third
	{"bytes=500-509,0-9,510-519", 1000, partial(500, 519, 0, 9)},
	{"bytes=510-519,0-9,500-509", 1000, partial(500, 519, 0, 9)},
	{"bytes=900-909,0-9,500-509,10-19", 1000, partial(900, 909, 0, 19, 500, 509)},
	{"bytes=0-499,500-", 1000, partial(0, 999)}, // the whole, and yet a part
	{"bytes=5-5,5-5,5-5", 1000, partial(5, 5)},
}

func TestSelectRanges(t *testing.T) {
	for _, c := range rangeCases {
		r := &Request{Method: "GET", Range: is(c.field)}
		ranges, verdict := SelectRanges(r, Validators{}, c.complete, noon)
		if diff := cmp.Diff(c.want, selected{ranges, verdict}); diff != "" {
			t.Errorf("%q of %d: (-want +got)\n%s", c.field, c.complete, diff)
		}
		if c.complete < 1<<20 {
			if diff := cmp.Diff(c.want, naiveSelect(c.field, c.complete)); diff != "" {
				t.Errorf("twin, %q of %d: (-want +got)\n%s", c.field, c.complete, diff)
			}
		}
		r.Method = "HEAD"
		if ranges, verdict := SelectRanges(r, Validators{}, c.complete, noon); ranges != nil || verdict != RangeIgnored {
			t.Errorf("HEAD, %q: %v, %v", c.field, ranges, verdict)
		}
	}
	if ranges, verdict := SelectRanges(&Request{Method: "GET"}, Validators{}, 10, noon); ranges != nil || verdict != RangeIgnored {
		t.Errorf("no field: %v, %v", ranges, verdict)
	}
}

func TestSelectRangesLongField(t *testing.T) {
	for length, want := range map[int]selected{maxRangeField: partial(1, 2), maxRangeField + 1: ignored} {
		field := "bytes=1-2" + strings.Repeat(",", length-len("bytes=1-2"))
		ranges, verdict := SelectRanges(&Request{Method: "GET", Range: is(field)}, Validators{}, 10, noon)
		if diff := cmp.Diff(want, selected{ranges, verdict}); diff != "" {
			t.Errorf("%d bytes: (-want +got)\n%s", length, diff)
		}
	}
}

func TestLength(t *testing.T) {
	for r, want := range map[Range]int64{{0, 0}: 1, {5, 9}: 5, {0, math.MaxInt64 - 1}: math.MaxInt64} {
		if got := r.Length(); got != want {
			t.Errorf("%v: %d, want %d", r, got, want)
		}
	}
}

func TestIfRange(t *testing.T) {
	strong := Validators{Tag: `"a"`, LastModified: written, DateStrong: true}
	weak := Validators{Tag: `W/"a"`, LastModified: written}
	for _, c := range []struct {
		field Value
		v     Validators
		want  bool // whether the range is answered
	}{
		{Value{}, strong, true},
		{is(`"a"`), strong, true},
		{is(`"b"`), strong, false},
		{is(`W/"a"`), strong, false},
		{is(`W/"a"`), weak, false},
		{is(`"a"`), weak, false},
		{is(`"a"`), Validators{LastModified: written, DateStrong: true}, false},
		{is(`"a", "b"`), strong, false},
		{is(`"a" `), strong, false},
		{is(`*`), strong, false},
		{is(`a`), strong, false},
		{is(``), strong, false},
		{is(atWrite), strong, true},
		{is(written.Format(time.ANSIC)), strong, true},
		{is(before), strong, false},
		{is(after), strong, false},
		{is(atWrite), weak, false},
		{is(atWrite), Validators{DateStrong: true}, false},
		{is("Mon, 01 Jan 0001 00:00:00 GMT"), Validators{DateStrong: true}, false},
	} {
		r := &Request{Method: "GET", Range: is("bytes=1-2"), IfRange: c.field}
		want := ignored
		if c.want {
			want = partial(1, 2)
		}
		ranges, verdict := SelectRanges(r, c.v, 10, noon)
		if diff := cmp.Diff(want, selected{ranges, verdict}); diff != "" {
			t.Errorf("%+v of %+v: (-want +got)\n%s", c.field, c.v, diff)
		}
		r.Range = is("bytes=10-")
		if _, verdict := SelectRanges(r, c.v, 10, noon); (verdict == RangeUnsatisfiable) != c.want {
			t.Errorf("%+v of %+v: unsatisfiable is %v", c.field, c.v, verdict)
		}
	}
}

// One range, under every If-Range that means the same to net/http, which takes any
// date for strong and knows only one "bytes" spelling.
func TestSelectRangesLikeServeContent(t *testing.T) {
	content := strings.Repeat("0123456789", 3)
	v := Validators{Tag: `"a"`, LastModified: written, DateStrong: true}
	for _, ifRange := range []Value{{}, is(`"a"`), is(`"b"`), is(`W/"a"`), is(before), is(atWrite), is(after), is(`a`)} {
		for _, field := range []string{
			"bytes=0-", "bytes=0-0", "bytes=5-29", "bytes=5-30", "bytes=29-", "bytes=30-", "bytes=31-40",
			"bytes=-1", "bytes=-30", "bytes=-31", "bytes=,5-6,", "bytes= 5-6 ",
		} {
			r := &Request{Method: "GET", Range: is(field), IfRange: ifRange}
			ranges, verdict := SelectRanges(r, v, int64(len(content)), noon)
			got := "200 "
			switch verdict {
			case RangeUnsatisfiable:
				got = fmt.Sprintf("416 bytes */%d", len(content))
			case RangePartial:
				got = fmt.Sprintf("206 bytes %d-%d/%d", ranges[0].First, ranges[0].Last, len(content))
			}
			w := serveContent(r, v, content)
			if want := fmt.Sprint(w.Code, " ", w.Header().Get("Content-Range")); got != want {
				t.Errorf("%q if %+v: %s, net/http %s", field, ifRange, got, want)
			}
		}
	}
}

var (
	naiveUnit = regexp.MustCompile(`\A[bB][yY][tT][eE][sS]=`)
	naiveSpec = regexp.MustCompile(`\A[ \t]*(?:([0-9]+)-([0-9]*)|-([0-9]+))?[ \t]*\z`)
)

// naiveSelect is the twin of SelectRanges: big numbers, and a map of the bytes
// that were asked for.
func naiveSelect(field string, complete int64) selected {
	unit := naiveUnit.FindString(field)
	if unit == "" || complete <= 0 || len(field) > 8192 {
		return ignored
	}
	size := big.NewInt(complete)
	var asked []Range
	valid := false
	for _, spec := range strings.Split(field[len(unit):], ",") {
		m := naiveSpec.FindStringSubmatch(spec)
		if m == nil {
			return ignored
		}
		first, last := new(big.Int), big.NewInt(complete-1)
		switch {
		case m[1] != "":
			first.SetString(m[1], 10)
			if m[2] != "" {
				last.SetString(m[2], 10)
			}
			if m[2] != "" && last.Cmp(first) < 0 {
				return ignored
			}
		case m[3] != "":
			suffix, _ := new(big.Int).SetString(m[3], 10)
			if first.Sub(size, suffix); first.Sign() < 0 {
				first.SetInt64(0)
			}
		default:
			continue
		}
		valid = true
		if last.Cmp(size) >= 0 {
			last.SetInt64(complete - 1)
		}
		if first.Cmp(last) <= 0 {
			asked = append(asked, Range{first.Int64(), last.Int64()})
		}
	}
	switch {
	case !valid:
		return ignored
	case len(asked) == 0:
		return unsatisfiable
	}

	covered := make([]bool, complete)
	for _, r := range asked {
		for i := r.First; i <= r.Last; i++ {
			covered[i] = true
		}
	}
	var joined []Range
	for i := range complete {
		switch n := len(joined); {
		case !covered[i]:
		case n > 0 && i-joined[n-1].Last <= 81:
			joined[n-1].Last = i
		default:
			joined = append(joined, Range{i, i})
		}
	}
	s := selected{Verdict: RangePartial}
	for _, r := range asked {
		i := slices.IndexFunc(joined, func(j Range) bool { return j.First <= r.First && r.Last <= j.Last })
		if !slices.Contains(s.Ranges, joined[i]) {
			s.Ranges = append(s.Ranges, joined[i])
		}
	}
	return s
}

func FuzzSelectRanges(f *testing.F) {
	for _, c := range rangeCases {
		f.Add(c.field, uint16(c.complete))
	}
	f.Fuzz(func(t *testing.T, field string, complete uint16) {
		size := int64(complete % 4096)
		r := &Request{Method: "GET", Range: is(field)}
		ranges, verdict := SelectRanges(r, Validators{}, size, noon)
		if diff := cmp.Diff(naiveSelect(field, size), selected{ranges, verdict}); diff != "" {
			t.Fatalf("%q of %d: (-want +got)\n%s", field, size, diff)
		}
		if size > 0 && AsksForRange(r) != (verdict != RangeIgnored) {
			t.Fatalf("%q of %d: verdict %d, and a part is asked for: %t", field, size, verdict, AsksForRange(r))
		}
	})
}

// FuzzCoalesce draws valid ranges, two bytes for each end, so that sets of many
// come up more often than by spelling them.
func FuzzCoalesce(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x01\x01\x00\x01\x01"))
	f.Add([]byte("\x03\x00\x03\x09\x00\x00\x00\x09\x03\x20\x03\x40\x01\x00\x01\x10"))
	f.Fuzz(func(t *testing.T, ends []byte) {
		const complete = 2048
		var specs []string
		for ; len(ends) >= 4 && len(specs) < 500; ends = ends[4:] {
			a := (int(ends[0])<<8 | int(ends[1])) % complete
			b := a + (int(ends[2])<<8|int(ends[3]))%128
			specs = append(specs, fmt.Sprintf("%d-%d", a, b))
		}
		field := "bytes=" + strings.Join(specs, ",")
		r := &Request{Method: "GET", Range: is(field)}
		ranges, verdict := SelectRanges(r, Validators{}, complete, noon)
		if diff := cmp.Diff(naiveSelect(field, complete), selected{ranges, verdict}); diff != "" {
			t.Fatalf("%s: (-want +got)\n%s", field, diff)
		}
	})
}

func BenchmarkSelectRanges(b *testing.B) {
	const complete = 1 << 40
	fill := func(next func(i int) string) string {
		field := "bytes=0-0"
		for i := 1; ; i++ {
			spec := "," + next(i)
			if len(field)+len(spec) > maxRangeField {
				return field
			}
			field += spec
		}
	}
	for _, c := range []struct{ name, field string }{
		{"one", "bytes=0-499"},
		{"same", fill(func(int) string { return "0-" })},
		{"rising", fill(func(i int) string { return fmt.Sprintf("%d-%d", i*100, i*100) })},
		{"falling", fill(func(i int) string { return fmt.Sprintf("-%d", i*100) })},
		{"zigzag", fill(func(i int) string { return fmt.Sprintf("%d-", i%2*1_000_000-i*(i%2*2-1)*100) })},
		{"long-numbers", fill(func(int) string { return strings.Repeat("9", 2000) + "-" + strings.Repeat("9", 2000) })},
		{"commas", fill(func(int) string { return "" })},
		{"invalid-at-the-end", strings.TrimSuffix(fill(func(int) string { return "1-" }), "-") + "x"},
	} {
		r := &Request{Method: "GET", Range: is(c.field)}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				SelectRanges(r, Validators{}, complete, noon)
			}
		})
	}
}
