package coding

import (
	"bytes"
	stdgzip "compress/gzip"
	"errors"
	"io"
	"testing"

	"github.com/salver-http/salver/internal/semantics"
)

// fuzzDecode decodes anything: what comes of it is bounded, is an error or the whole, and is
// the same however it is read.
func fuzzDecode(f *testing.F, c semantics.Coding, check func(t *testing.T, coded, content []byte, err error)) {
	const limit = 1 << 20
	for l := range levels {
		for _, content := range [][]byte{nil, []byte("content"), text(1, 300), make([]byte, 100_000)} {
			coded, err := Encode(c, l, content)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(coded)
			f.Add(append(coded[:len(coded):len(coded)], coded...))
			f.Add(coded[:len(coded)-1])
		}
	}
	f.Fuzz(func(t *testing.T, coded []byte) {
		r, err := NewReader(c, bytes.NewReader(coded))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		content, err := io.ReadAll(io.LimitReader(r, limit))
		if err != nil && !errors.Is(err, ErrFormat) {
			t.Fatalf("%v is no error of the format", err)
		}
		if len(content) == limit {
			return
		}
		slow, err := NewReader(c, &dribble{coded})
		if err != nil {
			t.Fatal(err)
		}
		defer slow.Close()
		again, slowErr := io.ReadAll(slow)
		if (err == nil) != (slowErr == nil) && !errors.Is(slowErr, ErrFormat) {
			t.Fatalf("%v at once, %v piece by piece", err, slowErr)
		}
		if slowErr == nil && !bytes.Equal(again, content) {
			t.Fatalf("%d bytes at once, %d piece by piece", len(content), len(again))
		}
		check(t, coded, content, slowErr)
	})
}

// dribble is read three bytes at a time.
type dribble struct{ rest []byte }

func (d *dribble) Read(p []byte) (n int, err error) {
	if len(d.rest) == 0 {
		return 0, io.EOF
	}
	n = copy(p, d.rest[:min(3, len(d.rest))])
	d.rest = d.rest[n:]
	return n, nil
}

func FuzzDecodeGzip(f *testing.F) {
	f.Add([]byte("\x1f\x8b\b\x80\xff\x00\x00\x00\x02\xffJ\xce\xcf+I\xcd+\x01\f\x00\xa90\xc5\xfe\a\x00\x00\x00"))
	fuzzDecode(f, semantics.Gzip, func(t *testing.T, coded, content []byte, err error) {
		want, stdErr := standardGzip(coded)
		if (err == nil) != (stdErr == nil) || err == nil && !bytes.Equal(content, want) {
			t.Fatalf("%d bytes, %v; the standard library has %d, %v", len(content), err, len(want), stdErr)
		}
	})
}

// standardGzip is what the standard library decodes, but for reserved flags, which it lets
// pass and RFC 1952 §2.3.1.2 does not.
func standardGzip(coded []byte) (content []byte, err error) {
	r := bytes.NewReader(coded)
	for {
		if at := len(coded) - r.Len(); at+3 < len(coded) && coded[at+3]>>5 != 0 {
			return nil, errors.New("reserved flags")
		}
		z, err := stdgzip.NewReader(r)
		if err != nil {
			return nil, err
		}
		z.Multistream(false)
		member, err := io.ReadAll(z)
		if content = append(content, member...); err != nil || r.Len() == 0 {
			return content, err
		}
	}
}

func FuzzDecodeBrotli(f *testing.F) {
	fuzzDecode(f, semantics.Brotli, func(*testing.T, []byte, []byte, error) {})
}

func FuzzDecodeZstd(f *testing.F) {
	fuzzDecode(f, semantics.Zstd, func(t *testing.T, coded, _ []byte, err error) {
		if err == nil && !Looks(semantics.Zstd, coded) {
			t.Fatal("it decodes, and does not look like it")
		}
	})
}

// Whatever is encoded decodes to the same, and within the window. It is repeated so that it
// goes over the blocks that encoders work in.
func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte("content"), uint8(0), uint16(0))
	f.Add([]byte("ab"), uint8(1), uint16(60_000))
	f.Add(text(1, 2000), uint8(2), uint16(300))
	f.Add(noise(1, 500), uint8(3), uint16(400))
	f.Add([]byte{0}, uint8(4), uint16(65_535))
	f.Add(text(2, 3000), uint8(5), uint16(1))
	f.Fuzz(func(t *testing.T, piece []byte, how uint8, times uint16) {
		c, l := All[int(how)%len(All)], Level(how/uint8(len(All)))%levels
		limit := 200 << 10
		if c == semantics.Brotli && l == Best {
			limit = 10 << 10
		}
		content := bytes.Clone(piece)
		for i := 0; i < int(times) && len(piece) > 0 && len(content) < limit; i++ {
			content = append(content, piece[i%len(piece):]...)
		}
		coded := encode(t, c, l, content)
		checkCoded(t, c, coded, content)
		if again := encode(t, c, l, content); !bytes.Equal(again, coded) {
			t.Fatal("another time it comes out otherwise")
		}
	})
}

// Whatever is in a file of a Dir, what is read of it is what was written.
func FuzzParseFile(f *testing.F) {
	form := newForm(semantics.Zstd, []byte("bytes of a form"))
	f.Add(append(fileHead("digest", form), form.Bytes...))
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := parseFile(b, "digest", semantics.Zstd)
		if err != nil {
			if got != nil || !errors.Is(err, errDamaged) {
				t.Fatal(got, err)
			}
			return
		}
		if back := append(fileHead("digest", got), got.Bytes...); !bytes.Equal(back, b) {
			t.Fatalf("%x became %x", b, back)
		}
	})
}
