package http2

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/http2/hpack"

	"github.com/salver-http/salver/internal/plan"
)

// decoded is what a block says to one that keeps no table.
func decoded(t *testing.T, block []byte) (fields []hpack.HeaderField) {
	t.Helper()
	d := hpack.NewDecoder(0, nil)
	d.SetAllowedMaxDynamicTableSize(0)
	fields, err := d.DecodeFull(block)
	if err != nil {
		t.Fatalf("%x: %v", block, err)
	}
	return fields
}

// said is a plan as it has to be read again.
func said(p *plan.Response) []hpack.HeaderField {
	want := []hpack.HeaderField{{Name: ":status", Value: strconv.Itoa(p.Status)}}
	for _, f := range p.Fields {
		want = append(want, hpack.HeaderField{Name: strings.Map(func(r rune) rune {
			if 'A' <= r && r <= 'Z' {
				return r - 'A' + 'a'
			}
			return r
		}, f.Name), Value: f.Value})
	}
	return want
}

func TestAppendFields(t *testing.T) {
	for status := 100; status < 600; status++ {
		p := &plan.Response{Status: status}
		if got := decoded(t, AppendFields(nil, p)); !slices.Equal(got, said(p)) {
			t.Errorf("%d is read as %v", status, got)
		}
	}
	p := &plan.Response{Status: 200}
	for name := range names {
		p.Fields = append(p.Fields, plan.Field{Name: name, Value: "some text"})
	}
	for _, n := range []int{0, 1, 126, 127, 128, 254, 255, 20_000} { // around the lengths of a number
		p.Fields = append(p.Fields, plan.Field{Name: "X-Short", Value: strings.Repeat("e", n)}, plan.Field{Name: "X-Raw", Value: strings.Repeat("\xff", n)})
	}
	b := AppendDate(AppendFields([]byte{NoTable}, p), "Sun, 22 Nov 2026 12:00:00 GMT")
	want := append(said(p), hpack.HeaderField{Name: "date", Value: "Sun, 22 Nov 2026 12:00:00 GMT"})
	if got := decoded(t, b); !slices.Equal(got, want) {
		t.Errorf("%v\nwant %v", got, want)
	}
}

// FuzzAppendFields: a client reads what was planned, whatever it is.
func FuzzAppendFields(f *testing.F) {
	f.Add(uint16(200), "Content-Type: text/html\nETag: \"x\"\nX-A: b")
	f.Add(uint16(206), "Content-Range: bytes 0-1/2\nVary: Accept\nServer: salver")
	f.Add(uint16(999), "A: "+strings.Repeat("z", 300)+"\nÄ: \xff\x00")
	f.Fuzz(func(t *testing.T, status uint16, text string) {
		p := &plan.Response{Status: 100 + int(status)%900}
		for line := range strings.SplitSeq(text, "\n") {
			name, value, _ := strings.Cut(line, ": ")
			p.Fields = append(p.Fields, plan.Field{Name: strings.ToValidUTF8(name, "?"), Value: value})
		}
		first := AppendFields(nil, p)
		got := decoded(t, first)
		if !slices.Equal(got, said(p)) {
			t.Fatalf("%q is read as %v", p.Fields, got)
		}
		// It says the same wherever it stands, and to a client that keeps a table.
		d := hpack.NewDecoder(4<<10, nil)
		for range 3 {
			if again, err := d.DecodeFull(first); err != nil || !slices.Equal(again, got) {
				t.Fatalf("%q is read as %v, %v", p.Fields, again, err)
			}
		}
	})
}

// TestAppendHeaders: long blocks are cut into frames that every client reads (RFC 9113 §4.3).
func TestAppendHeaders(t *testing.T) {
	for _, n := range []int{0, 1, MaxPayload - 1, MaxPayload, MaxPayload + 1, 2 * MaxPayload, 2*MaxPayload + 1, 5 * MaxPayload} {
		for _, end := range []bool{false, true} {
			t.Run(fmt.Sprint(n, end), func(t *testing.T) {
				block := bytes.Repeat([]byte("abc"), n/3+1)[:n]
				var all []byte
				frames := 0
				for b := AppendHeaders(nil, block, 7, end); len(b) > 0; frames++ {
					var f Frame
					n, err := ReadFrame(b, &f)
					if n == 0 || err != nil {
						t.Fatal(n, err)
					}
					b = b[n:]
					all = append(all, f.Payload...)
					kind := Headers
					if frames > 0 {
						kind = Continuation
					}
					if f.Kind != kind || f.Stream != 7 || f.Flags.Has(EndHeaders) != (len(b) == 0) || f.Flags.Has(EndStream) != (end && frames == 0) {
						t.Errorf("frame %d is %d, flags %x, of stream %d", frames, f.Kind, f.Flags, f.Stream)
					}
				}
				if !bytes.Equal(all, block) {
					t.Error("the frames hold another block")
				}
				if want := max(1, (n+MaxPayload-1)/MaxPayload); frames != want {
					t.Errorf("%d frames, want %d", frames, want)
				}
			})
		}
	}
}
