package semantics

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

var (
	written = time.Date(2025, time.May, 4, 3, 2, 1, 0, time.UTC)
	atWrite = FormatDate(written)
	before  = FormatDate(written.Add(-time.Second))
	after   = FormatDate(written.Add(time.Second))
)

func is(s string) Value { return Value{s, true} }

func TestEvaluate(t *testing.T) {
	full := Validators{Tag: `"a"`, LastModified: written}
	weak := Validators{Tag: `W/"a"`, LastModified: written}
	for _, c := range []struct {
		name string
		req  Request // GET where no method is said
		v    Validators
		want Verdict
	}{
		{"none", Request{}, full, Proceed},

		// §13.1.1
		{"If-Match", Request{IfMatch: is(`"b", "a"`)}, full, Proceed},
		{"If-Match any", Request{IfMatch: is(`*`)}, full, Proceed},
		{"If-Match any, no tag", Request{IfMatch: is(`*`)}, Validators{}, Proceed},
		{"If-Match other", Request{IfMatch: is(`"b"`)}, full, PreconditionFailed},
		{"If-Match weak", Request{IfMatch: is(`W/"a"`)}, weak, PreconditionFailed},
		{"If-Match weak of strong", Request{IfMatch: is(`W/"a"`)}, full, PreconditionFailed},
		{"If-Match no tag", Request{IfMatch: is(`"a"`)}, Validators{LastModified: written}, PreconditionFailed},
		{"If-Match empty", Request{IfMatch: is(``)}, full, PreconditionFailed},
		{"If-Match invalid", Request{IfMatch: is(`a`)}, full, PreconditionFailed},
		{"If-Match HEAD", Request{Method: "HEAD", IfMatch: is(`"b"`)}, full, PreconditionFailed},
		{"If-Match DELETE", Request{Method: "DELETE", IfMatch: is(`"b"`)}, full, PreconditionFailed},
		{"If-Match before If-Unmodified-Since", Request{IfMatch: is(`"a"`), IfUnmodifiedSince: is(before)}, full, Proceed},
		{"If-Match then If-None-Match", Request{IfMatch: is(`"a"`), IfNoneMatch: is(`"a"`)}, full, NotModified},
		{"If-Match then If-Modified-Since", Request{IfMatch: is(`"a"`), IfModifiedSince: is(atWrite)}, full, NotModified},
		{"If-Match false before If-None-Match", Request{IfMatch: is(`"b"`), IfNoneMatch: is(`"a"`)}, full, PreconditionFailed},

		// §13.1.4
		{"If-Unmodified-Since same", Request{IfUnmodifiedSince: is(atWrite)}, full, Proceed},
		{"If-Unmodified-Since later", Request{IfUnmodifiedSince: is(after)}, full, Proceed},
		{"If-Unmodified-Since earlier", Request{IfUnmodifiedSince: is(before)}, full, PreconditionFailed},
		{"If-Unmodified-Since earlier, PUT", Request{Method: "PUT", IfUnmodifiedSince: is(before)}, full, PreconditionFailed},
		{"If-Unmodified-Since invalid", Request{IfUnmodifiedSince: is(`0`)}, full, Proceed},
		{"If-Unmodified-Since list", Request{IfUnmodifiedSince: is(before + ", " + before)}, full, Proceed},
		{"If-Unmodified-Since, no date", Request{IfUnmodifiedSince: is(before)}, Validators{Tag: `"a"`}, Proceed},
		{"If-Unmodified-Since then If-None-Match", Request{IfUnmodifiedSince: is(after), IfNoneMatch: is(`"a"`)}, full, NotModified},

		// §13.1.2
		{"If-None-Match", Request{IfNoneMatch: is(`"b", "a"`)}, full, NotModified},
		{"If-None-Match weak", Request{IfNoneMatch: is(`W/"a"`)}, full, NotModified},
		{"If-None-Match strong of weak", Request{IfNoneMatch: is(`"a"`)}, weak, NotModified},
		{"If-None-Match other", Request{IfNoneMatch: is(`"b"`)}, full, Proceed},
		{"If-None-Match any", Request{IfNoneMatch: is(`*`)}, full, NotModified},
		{"If-None-Match any, PUT", Request{Method: "PUT", IfNoneMatch: is(`*`)}, full, PreconditionFailed},
		{"If-None-Match HEAD", Request{Method: "HEAD", IfNoneMatch: is(`"a"`)}, full, NotModified},
		{"If-None-Match POST", Request{Method: "POST", IfNoneMatch: is(`"a"`)}, full, PreconditionFailed},
		{"If-None-Match no tag", Request{IfNoneMatch: is(`"a"`)}, Validators{}, Proceed},
		{"If-None-Match before If-Modified-Since", Request{IfNoneMatch: is(`"b"`), IfModifiedSince: is(after)}, full, Proceed},
		{"If-None-Match empty", Request{IfNoneMatch: is(``), IfModifiedSince: is(after)}, full, Proceed},
		{"If-None-Match invalid", Request{IfNoneMatch: is(`a`), IfModifiedSince: is(after)}, full, Proceed},

		// §13.1.3
		{"If-Modified-Since same", Request{IfModifiedSince: is(atWrite)}, full, NotModified},
		{"If-Modified-Since later", Request{IfModifiedSince: is(after)}, full, NotModified},
		{"If-Modified-Since earlier", Request{IfModifiedSince: is(before)}, full, Proceed},
		{"If-Modified-Since HEAD", Request{Method: "HEAD", IfModifiedSince: is(atWrite)}, full, NotModified},
		{"If-Modified-Since POST", Request{Method: "POST", IfModifiedSince: is(atWrite)}, full, Proceed},
		{"If-Modified-Since asctime", Request{IfModifiedSince: is(written.Format(time.ANSIC))}, full, NotModified},
		{"If-Modified-Since invalid", Request{IfModifiedSince: is(strings.ToLower(after))}, full, Proceed},
		{"If-Modified-Since empty", Request{IfModifiedSince: is(``)}, full, Proceed},
		{"If-Modified-Since list", Request{IfModifiedSince: is(after + ", " + after)}, full, Proceed},
		{"If-Modified-Since, no date", Request{IfModifiedSince: is(after)}, Validators{Tag: `"a"`}, Proceed},

		// §13.2.1
		{"OPTIONS", Request{Method: "OPTIONS", IfMatch: is(`"b"`), IfNoneMatch: is(`"a"`)}, full, Proceed},
		{"TRACE", Request{Method: "TRACE", IfNoneMatch: is(`*`)}, full, Proceed},
		{"CONNECT", Request{Method: "CONNECT", IfUnmodifiedSince: is(before)}, full, Proceed},
	} {
		if c.req.Method == "" {
			c.req.Method = "GET"
		}
		if got := Evaluate(&c.req, c.v, noon); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// serveContent is the judgement of the standard library.
func serveContent(r *Request, v Validators, content string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(r.Method, "/", nil)
	for name, field := range map[string]Value{
		"If-Match": r.IfMatch, "If-None-Match": r.IfNoneMatch, "If-Range": r.IfRange, "Range": r.Range,
		"If-Modified-Since": r.IfModifiedSince, "If-Unmodified-Since": r.IfUnmodifiedSince,
	} {
		if field.Present {
			req.Header.Set(name, field.Text)
		}
	}
	w := httptest.NewRecorder()
	if v.Tag != "" {
		w.Header().Set("ETag", string(v.Tag))
	}
	http.ServeContent(w, req, "f.txt", v.LastModified, strings.NewReader(content))
	return w
}

// All combinations of what net/http judges by the same rules. It differs, and is
// not asked, in this:
//   - it takes an empty field for an absent one (RFC 9110 §5.5: present);
//   - it takes "*" for any tag within a list too, counts a tag that is followed by
//     something else than a comma, and needs no comma (§8.8.3, §5.6.1);
//   - it takes dates that no form of §5.6.7 allows, and two-digit years from 69
//     for the past whatever year it is;
//   - it evaluates preconditions of OPTIONS, TRACE and CONNECT (§13.2.1).
func TestEvaluateLikeServeContent(t *testing.T) {
	tags := []Value{{}, is(`*`), is(`"a"`), is(`W/"a"`), is(`"b"`), is(`"b", "a"`), is(`"b",, W/"a" ,`), is(`a`), is(`"b", a, "a"`)}
	dates := []Value{{}, is(before), is(atWrite), is(after), is(`never`), is(after + ", " + after)}
	compared := 0
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"} {
		for _, tag := range []Tag{"", `"a"`, `W/"a"`} {
			for _, date := range []time.Time{{}, written} {
				v := Validators{Tag: tag, LastModified: date}
				for _, match := range tags {
					for _, noneMatch := range tags {
						for _, modified := range dates {
							for _, unmodified := range dates {
								r := &Request{
									Method: method, IfMatch: match, IfNoneMatch: noneMatch,
									IfModifiedSince: modified, IfUnmodifiedSince: unmodified,
								}
								compared++
								if got, want := Evaluate(r, v, noon), serveContent(r, v, "content").Code; status(got) != want {
									t.Fatalf("%+v of %+v: %d, net/http %d", r, v, status(got), want)
								}
							}
						}
					}
				}
			}
		}
	}
	t.Log(compared, "combinations")
}

func status(v Verdict) int {
	return map[Verdict]int{Proceed: 200, NotModified: 304, PreconditionFailed: 412}[v]
}

// naiveEvaluate is the twin of Evaluate: §13.2.2 written out step by step.
func naiveEvaluate(r *Request, v Validators, now time.Time) Verdict {
	if strings.Contains(" CONNECT OPTIONS TRACE ", " "+r.Method+" ") {
		return Proceed
	}
	reads := r.Method == "GET" || r.Method == "HEAD"
	includes := func(field string, strong bool) bool {
		if strings.Trim(field, " \t") == "*" {
			return true
		}
		for _, m := range naiveMembers(field) {
			a, b := string(m), string(v.Tag)
			if !strong {
				a, b = strings.TrimPrefix(a, "W/"), strings.TrimPrefix(b, "W/")
			}
			if a == b && a[0] == '"' {
				return true
			}
		}
		return false
	}
	date := func(field Value) (since time.Time, ok bool) {
		since, ok = naiveDate(field.Text, now)
		return since, ok && field.Present && v.LastModified != time.Time{}
	}
	step := 1
	for {
		switch step {
		case 1:
			step = 2
			if r.IfMatch.Present {
				step = 3
				if !includes(r.IfMatch.Text, true) {
					return PreconditionFailed
				}
			}
		case 2:
			step = 3
			if since, ok := date(r.IfUnmodifiedSince); ok && since.Unix() < v.LastModified.Unix() {
				return PreconditionFailed
			}
		case 3:
			step = 4
			if r.IfNoneMatch.Present {
				step = 5
				if includes(r.IfNoneMatch.Text, false) {
					if reads {
						return NotModified
					}
					return PreconditionFailed
				}
			}
		case 4:
			step = 5
			if since, ok := date(r.IfModifiedSince); reads && ok && since.Unix() >= v.LastModified.Unix() {
				return NotModified
			}
		case 5:
			return Proceed
		}
	}
}

func FuzzEvaluate(f *testing.F) {
	f.Add("GET", uint8(15), `"a"`, `W/"a"`, atWrite, after, `"a"`, written.Unix())
	f.Add("HEAD", uint8(2), ``, `*`, ``, ``, `W/"b"`, int64(0))
	f.Add("PUT", uint8(8), ``, ``, ``, before, ``, written.Unix())
	f.Add("GET", uint8(6), ``, ``, after, ``, `"a"`, written.Unix())
	f.Fuzz(func(t *testing.T, method string, present uint8, match, noneMatch, modified, unmodified, tag string, mtime int64) {
		v := Validators{}
		if m := naiveMembers(tag); len(m) == 1 {
			v.Tag = m[0]
		}
		v.LastModified, _ = LastModified(time.Unix(mtime, 0), noon)
		r := &Request{
			Method:  method,
			IfMatch: Value{match, present&1 != 0}, IfNoneMatch: Value{noneMatch, present&2 != 0},
			IfModifiedSince: Value{modified, present&4 != 0}, IfUnmodifiedSince: Value{unmodified, present&8 != 0},
		}
		if got, want := Evaluate(r, v, noon), naiveEvaluate(r, v, noon); got != want {
			t.Fatalf("%+v of %+v: %v, want %v", r, v, got, want)
		}
	})
}

func TestMethodDefined(t *testing.T) {
	for _, m := range strings.Fields("GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH") {
		if !MethodDefined(m) || MethodDefined(strings.ToLower(m)) || MethodDefined(m+" ") {
			t.Error(m)
		}
	}
	for _, m := range []string{"", "PROPFIND", "PRI", "GETS", "*"} {
		if MethodDefined(m) {
			t.Errorf("%q is not a defined method", m)
		}
	}
}

// hostile are fields of 8 KiB that are as slow to read as they come, by name.
func hostile() map[string]*Request {
	long := func(element, end string) Value {
		return is(strings.Repeat(element, (maxRangeField-len(end))/len(element)) + end)
	}
	reqs := map[string]*Request{
		"none":         {},
		"one tag":      {IfNoneMatch: is(`"a"`)},
		"date":         {IfModifiedSince: is(atWrite)},
		"commas":       {IfMatch: is(`"a"`), IfNoneMatch: long(",", "")},
		"empty tags":   {IfMatch: long(`"",`, `"a"`), IfNoneMatch: long(`"",`, `"b"`)},
		"weak tags":    {IfMatch: long(`W/"a",`, `"a"`), IfNoneMatch: long(`W/"",`, `"b"`)},
		"same length":  {IfNoneMatch: long(`"b",`, ``)},
		"one long tag": {IfNoneMatch: is(`"` + strings.Repeat("a", maxRangeField) + `"`)},
		"no end":       {IfNoneMatch: is(`"` + strings.Repeat("a", maxRangeField))},
	}
	for _, r := range reqs {
		r.Method = "GET"
	}
	return reqs
}

func TestEvaluateAllocates(t *testing.T) {
	v := Validators{Tag: `"a"`, LastModified: written}
	for name, r := range hostile() {
		if n := testing.AllocsPerRun(10, func() { Evaluate(r, v, noon) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	for _, s := range []string{atWrite, written.Format(dateForms[1].layout), written.Format(time.ANSIC), "never"} {
		if n := testing.AllocsPerRun(10, func() { ParseDate(s, noon) }); n != 0 {
			t.Errorf("ParseDate(%q): %v allocations", s, n)
		}
	}
}

func BenchmarkEvaluate(b *testing.B) {
	v := Validators{Tag: `"a"`, LastModified: written}
	for name, r := range hostile() {
		b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Evaluate(r, v, noon)
			}
		})
	}
}

func ExampleEvaluate() {
	r := &Request{Method: "GET", IfNoneMatch: is(`"v1", W/"v2"`)}
	fmt.Println(Evaluate(r, Validators{Tag: StrongTag("v2")}, time.Now()) == NotModified)
	// Output: true
}
