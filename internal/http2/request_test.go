package http2

import (
	"bytes"
	"errors"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/http2/hpack"

	"github.com/salver-http/salver/internal/message"
)

// fieldsOf reads lines of "name: value"; a name can begin with a colon.
func fieldsOf(text string) (fields []hpack.HeaderField) {
	for line := range strings.SplitSeq(text, "\n") {
		if line == "" {
			continue
		}
		i := strings.Index(line[1:], ": ") + 1
		if i == 0 {
			fields = append(fields, hpack.HeaderField{Name: line})
		} else {
			fields = append(fields, hpack.HeaderField{Name: line[:i], Value: line[i+2:]})
		}
	}
	return fields
}

// blockOf is a block that says fields, and touches no table.
func blockOf(fields []hpack.HeaderField) []byte {
	var b []byte
	for _, f := range fields {
		b = appendString(append(b, 0), f.Name)
		b = appendString(b, f.Value)
	}
	return b
}

const plain = ":method: GET\n:scheme: https\n:authority: a\n:path: /b?c\n"

// every has each field that a request has a place for, twice and once more with nothing in it.
var every = plain + strings.Repeat("accept: a\naccept-encoding: b\nif-match: c\nif-none-match: d\nif-modified-since: e\nif-unmodified-since: f\n"+
	"if-range: g\nrange: h\nauthorization: i\ncookie: j=k\norigin: l\nsec-fetch-mode: m\naccess-control-request-method: n\n"+
	"forwarded: o\nx-forwarded-for: p\nx-forwarded-proto: q\nreferer: r\nuser-agent: s\n", 2) + "cookie: \naccept: \nforwarded: \n"

// TestEvery: no field that a request has a place for is left out, here or by the twin.
func TestEvery(t *testing.T) {
	var r Request
	fields := fieldsOf(every)
	compare(t, fields, &r, NewFields().Read(blockOf(fields), 1, &r))
	head := reflect.ValueOf(r.Head)
	for i := range head.NumField() {
		if f := head.Field(i); f.Kind() == reflect.Slice && f.Len() == 0 {
			t.Errorf("%s is empty", head.Type().Field(i).Name)
		}
	}
}

// TestMalformed is RFC 9113 §8.2 and §8.3.
func TestMalformed(t *testing.T) {
	for _, c := range []struct {
		name, text string
		good       bool
	}{
		{"plain", plain, true},
		{"asterisk", ":method: OPTIONS\n:scheme: https\n:authority: a\n:path: *\n", true},
		{"no authority", ":method: GET\n:scheme: https\n:path: /\n", true},
		{"Host instead", ":method: GET\n:scheme: https\n:path: /\nhost: a\n", true},
		{"Host beside", plain + "host: A\n", true},
		{"another Host", plain + "host: b\n", false},
		{"two Hosts", ":method: GET\n:scheme: https\n:path: /\nhost: a\nhost: b\n", false},
		{"no and another Host", ":method: GET\n:scheme: https\n:path: /\nhost: \nhost: b\n", false},
		{"CONNECT", ":method: CONNECT\n:authority: a:1\n", true},
		{"CONNECT with a path", ":method: CONNECT\n:scheme: https\n:authority: a\n:path: /\n", false},
		{"CONNECT to nowhere", ":method: CONNECT\n", false},
		{"nothing", "", false},
		{"no method", ":scheme: https\n:path: /\n", false},
		{"empty method", ":method: \n:scheme: https\n:path: /\n", false},
		{"odd method", ":method: G T\n:scheme: https\n:path: /\n", false},
		{"no scheme", ":method: GET\n:path: /\n", false},
		{"no path", ":method: GET\n:scheme: https\n", false},
		{"empty path", ":method: GET\n:scheme: https\n:path: \n", false},
		{"only a query", ":method: GET\n:scheme: https\n:path: ?a\n", false},
		{"path without a slash", ":method: GET\n:scheme: https\n:path: a\n", false},
		{"path with a space", ":method: GET\n:scheme: https\n:path: /a b\n", false},
		{"query with a space", ":method: GET\n:scheme: https\n:path: /?a b\n", false},
		{"two methods", ":method: GET\n" + plain, false},
		{"two schemes", ":scheme: https\n" + plain, false},
		{"user", strings.Replace(plain, ": a\n", ": x@a\n", 1), false},
		{"path in the authority", strings.Replace(plain, ": a\n", ": evil/.a\n", 1), false},
		{"space in the authority", strings.Replace(plain, ": a\n", ": b .a\n", 1), false},
		{"host with a fragment", strings.Replace(plain, ":authority: a\n", "", 1) + "host: b#.a\n", false},
		{"name beyond ASCII", strings.Replace(plain, ": a\n", ": \u00e4\n", 1), false},
		{"address and port", strings.Replace(plain, ": a\n", ": [::1]:443\n", 1), true},
		{"CONNECT with a user", ":method: CONNECT\n:authority: x@a:1\n", false},
		{"two authorities", ":authority: \n" + plain, false},
		{"two paths", ":path: /\n" + plain, false},
		{"pseudo-header field after others", ":method: GET\n:scheme: https\na: b\n:path: /\n", false},
		{"unknown pseudo-header field", plain + ":what: ever\n", false},
		{"status", plain + ":status: 200\n", false},
		{"protocol", plain + ":protocol: websocket\n", false},
		{"upper case", plain + "Accept: a\n", false},
		{"space in a name", plain + "a b: c\n", false},
		{"colon in a name", plain + "a:b: c\n", false},
		{"not ASCII in a name", plain + "\xe4: c\n", false},
		{"control in a value", plain + "a: b\x01c\n", false},
		{"NUL in a value", plain + "a: b\x00c\n", false},
		{"CR in a value", plain + "a: b\rc\n", false},
		{"DEL in a value", plain + "a: \x7f\n", false},
		{"tab in a value", plain + "a: b\tc\n", true},
		{"not ASCII in a value", plain + "a: \xe4\n", true},
		{"empty value", plain + "a: \n", true},
		{"space before a value", plain + "a:  b\n", false},
		{"tab after a value", plain + "a: b\t\n", false},
		{"Connection", plain + "connection: close\n", false},
		{"Keep-Alive", plain + "keep-alive: 5\n", false},
		{"Proxy-Connection", plain + "proxy-connection: close\n", false},
		{"Transfer-Encoding", plain + "transfer-encoding: chunked\n", false},
		{"Upgrade", plain + "upgrade: h2c\n", false},
		{"TE", plain + "te: trailers\n", true},
		{"TE of more", plain + "te: trailers, gzip\n", false},
		{"Content-Length", plain + "content-length: 12\n", true},
		{"Content-Length twice the same", plain + "content-length: 12\ncontent-length: 12\n", true},
		{"two Content-Lengths", plain + "content-length: 12\ncontent-length: 13\n", false},
		{"negative Content-Length", plain + "content-length: -1\n", false},
		{"Content-Length with a sign", plain + "content-length: +1\n", false},
		{"empty Content-Length", plain + "content-length: \n", false},
		{"list of Content-Length", plain + "content-length: 1, 1\n", false},
		{"endless Content-Length", plain + "content-length: 99999999999999999999\n", false},
	} {
		var r Request
		err := NewFields().Read(blockOf(fieldsOf(c.text)), 5, &r)
		e, _ := errors.AsType[*Error](err)
		if c.good != (err == nil) || e != nil && (e.Stream != 5 || e.Code != ProtocolError) {
			t.Errorf("%s: %v", c.name, err)
		}
		// The same as trailers: no pseudo-header field, and else the same rules of fields.
		if rest, ok := strings.CutPrefix(c.text, plain); ok && !strings.HasPrefix(rest, ":") {
			err := NewFields().Skip(blockOf(fieldsOf(rest)), 5)
			if err == nil != c.good && !strings.Contains(rest, "content-length") && !strings.Contains(rest, "host") {
				t.Errorf("%s, as trailers: %v", c.name, err)
			}
		}
	}
	if err := NewFields().Skip(blockOf(fieldsOf(":path: /\n")), 5); err == nil {
		t.Error("a pseudo-header field in trailers is taken")
	}
}

// TestTooLong: so many bytes of fields are read and no more, by the count of RFC 9113 §6.5.2.
func TestTooLong(t *testing.T) {
	base := 0
	for _, f := range fieldsOf(plain) {
		base += len(f.Name) + len(f.Value) + 32
	}
	for _, c := range []struct {
		more    int
		tooLong bool
	}{{MaxFields - base, false}, {MaxFields - base + 1, true}} {
		var r Request
		fields := append(fieldsOf(plain), hpack.HeaderField{Name: "a", Value: strings.Repeat("x", c.more-33)})
		f := NewFields()
		if err := f.Read(blockOf(fields), 1, &r); err != nil || r.TooLong != c.tooLong {
			t.Errorf("%d bytes: %v, too long %t", base+c.more, err, r.TooLong)
		}
		if err := f.Read(blockOf(fieldsOf(plain)), 3, &r); err != nil || r.TooLong || string(r.Path) != "/b" {
			t.Errorf("afterwards: %v, %+v", err, r)
		}
	}
}

// TestBomb: what is in the table can be said by one byte each, and is not read beyond the
// limit; the table stays what the client thinks that it is.
func TestBomb(t *testing.T) {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	big := hpack.HeaderField{Name: "a", Value: strings.Repeat("x", tableSize-40)}
	for _, f := range append(fieldsOf(plain), big) {
		e.WriteField(f)
	}
	f := NewFields()
	var r Request
	if err := f.Read(b.Bytes(), 1, &r); err != nil || r.TooLong {
		t.Fatal(err, r.TooLong)
	}
	b.Reset()
	for range MaxBlock {
		b.WriteByte(0x80 | 62)
	}
	allocations := testing.AllocsPerRun(10, func() {
		if err := f.Read(b.Bytes(), 3, &r); err != nil || !r.TooLong {
			t.Fatal(err, r.TooLong)
		}
	})
	if allocations > 10 {
		t.Errorf("%v allocations for %d fields", allocations, MaxBlock)
	}
	b.Reset()
	for _, field := range append(fieldsOf(plain), big) {
		e.WriteField(field)
	}
	if err := f.Read(b.Bytes(), 5, &r); err != nil || r.TooLong || string(r.Path) != "/b" || string(r.Query) != "c" {
		t.Errorf("afterwards: %v, %+v", err, r)
	}
}

var (
	twinName   = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9a-z-]+$")
	twinValue  = regexp.MustCompile(`(?s)^$|^[^\x00-\x20\x7f]$|^[^\x00-\x20\x7f][^\x00-\x08\x0a-\x1f\x7f]*[^\x00-\x20\x7f]$`)
	twinMethod = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
	twinHost   = regexp.MustCompile(`^[-._~!$&'()*+,;=%:\[\]0-9a-zA-Z]*$`)
	twinPath   = regexp.MustCompile(`^(/[^\x00-\x20?]*|\*)(\?[^\x00-\x20]*)?$`)
	twinDigits = regexp.MustCompile(`^[0-9]+$`)
)

// latin makes each byte a character, for regular expressions.
func latin(s string) string {
	r := make([]rune, len(s))
	for i := range len(s) {
		r[i] = rune(s[i])
	}
	return string(r)
}

// twin reads fields as a request with no thought for speed. It is nil for a malformed one.
func twin(fields []hpack.HeaderField) *Request {
	r := &Request{Length: -1, Order: DefaultOrder}
	all := map[string][]string{}
	regular := false
	for _, f := range fields {
		if !twinValue.MatchString(latin(f.Value)) {
			return nil
		}
		if strings.HasPrefix(f.Name, ":") {
			if regular || all[f.Name] != nil || !slices.Contains([]string{":method", ":scheme", ":authority", ":path"}, f.Name) {
				return nil
			}
		} else if regular = true; !twinName.MatchString(latin(f.Name)) {
			return nil
		}
		all[f.Name] = append(all[f.Name], f.Value)
	}
	for _, name := range []string{"connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade"} {
		if all[name] != nil {
			return nil
		}
	}
	for _, v := range all["te"] {
		if v != "trailers" {
			return nil
		}
	}
	for _, name := range []string{"content-length", "host"} { // each says one thing
		for _, v := range all[name] {
			if n, _ := strconv.ParseUint(v, 10, 63); name == "host" && v != all[name][0] || name == "content-length" && (!twinDigits.MatchString(v) || int64(n) != first(all[name])) {
				return nil
			}
		}
	}
	if v := all["content-length"]; v != nil {
		if _, err := strconv.ParseUint(v[0], 10, 63); err != nil {
			return nil
		}
		r.Length = first(v)
	}
	if all[":method"] == nil || !twinMethod.MatchString(latin(all[":method"][0])) {
		return nil
	}
	host := ""
	if v := all["host"]; v != nil {
		host = v[0]
	}
	if v := all[":authority"]; v != nil && !twinHost.MatchString(latin(v[0])) {
		return nil
	}
	if all[":method"][0] == "CONNECT" {
		if all[":scheme"] != nil || all[":path"] != nil || all[":authority"] == nil || all[":authority"][0] == "" {
			return nil
		}
	} else {
		if all[":scheme"] == nil || all[":path"] == nil || !twinPath.MatchString(latin(all[":path"][0])) {
			return nil
		}
		if !twinHost.MatchString(latin(host)) {
			return nil
		}
		path, query, has := strings.Cut(all[":path"][0], "?")
		if r.Path = []byte(path); has {
			r.Query = []byte(query)
		}
		if all[":authority"] != nil && host != "" && !strings.EqualFold(all[":authority"][0], host) {
			return nil
		}
	}
	r.Method = []byte(all[":method"][0])
	if v := all[":authority"]; v != nil {
		r.Host = []byte(v[0])
	} else if host != "" {
		r.Host = []byte(host)
	}
	r.Order = ParseOrder(strings.Join(all["priority"], ","))
	for name, slot := range map[string]*[]byte{
		"accept": &r.Accept, "accept-encoding": &r.AcceptEncoding, "range": &r.Range,
		"if-match": &r.IfMatch, "if-none-match": &r.IfNoneMatch, "if-range": &r.IfRange,
		"if-modified-since": &r.IfModifiedSince, "if-unmodified-since": &r.IfUnmodifiedSince,
		"authorization": &r.Authorization, "cookie": &r.Cookie, "origin": &r.Origin,
		"sec-fetch-mode": &r.FetchMode, "access-control-request-method": &r.RequestMethod,
		"forwarded": &r.Forwarded, "x-forwarded-for": &r.ForwardedFor, "x-forwarded-proto": &r.ForwardedProto,
		"referer": &r.Referer, "user-agent": &r.UserAgent,
	} {
		separator := ", "
		if name == "cookie" { // RFC 9113 §8.2.3
			separator = "; "
		}
		if all[name] != nil {
			*slot = []byte(strings.Join(all[name], separator))
		}
	}
	return r
}

func first(values []string) int64 {
	n, _ := strconv.ParseUint(values[0], 10, 63)
	return int64(n)
}

// compare compares what was read of fields with the twin.
func compare(t *testing.T, fields []hpack.HeaderField, r *Request, err error) {
	t.Helper()
	size := 0
	for _, f := range fields {
		size += len(f.Name) + len(f.Value) + 32
	}
	if size > MaxFields {
		if err != nil || !r.TooLong {
			t.Fatalf("%d bytes of fields: %v, too long %t", size, err, r.TooLong)
		}
		return
	}
	want := twin(fields)
	switch {
	case want == nil && err == nil:
		t.Fatalf("%q is taken", fields)
	case want == nil:
		if e, ok := errors.AsType[*Error](err); !ok || e.Code != ProtocolError || e.Stream != 7 {
			t.Fatalf("%q: %v", fields, err)
		}
	case err != nil:
		t.Fatalf("%q: %v", fields, err)
	default:
		if !reflect.DeepEqual(r.Head, want.Head) || r.Order != want.Order || r.Length != want.Length || r.TooLong {
			t.Fatalf("%q is read as %+v\nwant %+v", fields, r, want)
		}
	}
}

// FuzzFields reads a request three times on a connection, with a table and without, and
// another one between: each is the same.
func FuzzFields(f *testing.F) {
	for _, s := range []string{
		plain, every, plain + "host: a\naccept: b\naccept: c\npriority: u=1\npriority: i\n", plain + "te: trailers\ncontent-length: 5\nexpect: 100-continue\nrange: \n",
		":method: CONNECT\n:authority: a\n", ":authority: \n:authority: b\n" + plain, plain + "if-match: *\nuser-agent: a\nreferer: b\n", plain + "a: " + strings.Repeat("x", 17<<10),
	} {
		f.Add(s, plain, uint64(0))
		f.Add(s, s, ^uint64(0))
	}
	f.Fuzz(func(t *testing.T, one, two string, how uint64) {
		if len(one)+len(two) > MaxFields+1000 {
			return
		}
		var b bytes.Buffer
		e := hpack.NewEncoder(&b)
		if how&1 != 0 {
			e.SetMaxDynamicTableSize(0)
		}
		read := NewFields()
		var r Request
		for _, text := range []string{one, one, two, one, one, one} {
			b.Reset()
			fields := fieldsOf(text)
			for i := range fields {
				fields[i].Sensitive = how>>(i%64)&2 != 0
				e.WriteField(fields[i])
			}
			if b.Len() > MaxBlock {
				return
			}
			compare(t, fields, &r, read.Read(b.Bytes(), 7, &r))
		}
	})
}

// FuzzBlock reads blocks of any bytes, one after the other, as x/net's decoder would.
func FuzzBlock(f *testing.F) {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for _, field := range fieldsOf(plain + "a: b\n") {
		e.WriteField(field)
	}
	f.Add(b.Bytes(), blockOf(fieldsOf(plain)), []byte{0x82, 0x87, 0x84, 0xbe})
	f.Add([]byte{0x20, 0x82, 0x87, 0x84}, []byte{0x82, 0x87, 0x84}, []byte{0x82, 0x87, 0x84})
	f.Add([]byte{0x3f, 0xe1, 0x1f, 0x82, 0x87, 0x84}, []byte{0x0f, 0x80, 0x00}, []byte{0x40, 0x01, 'a', 0xff, 0xff, 0xff, 0x7f})
	f.Fuzz(func(t *testing.T, one, two, three []byte) {
		read, d := NewFields(), hpack.NewDecoder(tableSize, nil)
		d.SetMaxStringLength(2 * MaxBlock)
		var r Request
		for i, block := range [][]byte{one, one, two, three, three, three, two} {
			if len(block) > MaxBlock {
				return
			}
			var fields []hpack.HeaderField
			d.SetEmitFunc(func(f hpack.HeaderField) { fields = append(fields, f) })
			_, werr := d.Write(block)
			if werr == nil {
				werr = d.Close()
			}
			var err error
			if skip := i == 4 && len(one)%2 == 1; skip {
				err = read.Skip(block, 7)
			} else {
				err = read.Read(block, 7, &r)
			}
			e, _ := errors.AsType[*Error](err)
			if (werr != nil) != (e != nil && e.Stream == 0) {
				t.Fatalf("%x: %v, and by x/net %v", block, err, werr)
			}
			if werr != nil {
				if want := Compression; e.Code != want && !errors.Is(werr, hpack.ErrStringLength) {
					t.Errorf("%x: %v", block, err)
				}
				return
			}
			if i == 4 && len(one)%2 == 1 {
				continue
			}
			compare(t, fields, &r, err)
		}
	})
}

// TestKeep: what was read stays as it is until the next request is read, whatever the length
// of its fields, and holds nothing of the block.
func TestKeep(t *testing.T) {
	var r Request
	f := NewFields()
	for i := range 200 {
		long := strings.Repeat(string(rune('a'+i%26)), 1+i*37%3000)
		block := blockOf(append(fieldsOf(plain), hpack.HeaderField{Name: "accept", Value: long}, hpack.HeaderField{Name: "range", Value: "x" + long}, hpack.HeaderField{Name: "accept", Value: "y"}))
		if err := f.Read(block, 1, &r); err != nil {
			t.Fatal(err)
		}
		clear(block)
		want := message.Head{
			Method: []byte("GET"), Path: []byte("/b"), Query: []byte("c"), Host: []byte("a"),
			Accept: []byte(long + ", y"), Range: []byte("x" + long),
		}
		if !reflect.DeepEqual(r.Head, want) {
			t.Fatalf("%d: %+v", i, r.Head)
		}
	}
}

// TestAgain: a block that comes again does to the table what it did before.
func TestAgain(t *testing.T) {
	request := blockOf(fieldsOf(plain))
	add := func(name, value string) []byte { // RFC 7541 §6.2.1
		return appendString(appendString([]byte{0x40}, name), value)
	}
	accept := func(value string) []byte { return append(bytes.Clone(request), add("accept", value)...) }
	index := func(i byte) []byte { return append(bytes.Clone(request), 0x80|i) } // of the table: from 62 on
	for _, c := range []struct {
		name   string
		blocks [][]byte
		want   []string // of Accept; "-" for an error
	}{
		{"added", [][]byte{accept("a"), accept("b"), accept("b"), accept("b"), index(65)}, []string{"a", "b", "b", "b", "a"}},
		{"indexed", [][]byte{accept("a"), index(62), index(62), index(62), accept("b"), index(62), index(63)}, []string{"a", "a", "a", "a", "b", "b", "a"}},
		{"emptied", [][]byte{accept("a"), index(62), append([]byte{0x20}, request...), index(62)}, []string{"a", "a", "", "-"}},
		{"emptied again", [][]byte{append([]byte{0x20}, request...), append([]byte{0x3f, 0xe1, 0x1f}, accept("a")...), append([]byte{0x20}, request...), append([]byte{0x20}, request...), append([]byte{0x20}, request...), index(62)}, []string{"", "a", "", "", "", "-"}},
	} {
		f := NewFields()
		var r Request
		for i, b := range c.blocks {
			err := f.Read(b, 1, &r)
			if (err != nil) != (c.want[i] == "-") || err == nil && string(r.Accept) != c.want[i] {
				t.Errorf("%s: block %d says %q, %v, want %q", c.name, i, r.Accept, err, c.want[i])
			}
		}
	}
}
