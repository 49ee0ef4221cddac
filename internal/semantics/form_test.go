package semantics

import "testing"

func TestFormTag(t *testing.T) {
	for _, tt := range []struct {
		plain Tag
		c     Coding
		sum   string
		want  Tag
	}{
		{`"abc"`, Identity, "", `"abc"`},
		{`"abc"`, Gzip, "01234567", `"abc-gzip-01234567"`},
		{`"abc"`, Brotli, "01234567", `"abc-br-01234567"`},
		{`W/"abc"`, Zstd, "5-6.7", `W/"abc-zstd-5-6.7"`},
		{"", Gzip, "01234567", ""},
	} {
		if got := FormTag(tt.plain, tt.c, tt.sum); got != tt.want {
			t.Errorf("FormTag(%s, %v, %q) is %s, want %s", tt.plain, tt.c, tt.sum, got, tt.want)
		}
		if tt.want == "" {
			continue
		}
		if c, ok := FormOf(tt.want, tt.plain); !ok || c != tt.c {
			t.Errorf("FormOf(%s, %s) is %v, %v", tt.want, tt.plain, c, ok)
		}
	}
}

func TestFormOf(t *testing.T) {
	for _, tt := range []struct {
		tag, plain Tag
		want       Coding
		ok         bool
	}{
		{`W/"abc"`, `"abc"`, Identity, true}, // the weak comparison
		{`W/"abc-br-x"`, `"abc"`, Brotli, true},
		{`"abd"`, `"abc"`, 0, false},
		{`"abcd-br-x"`, `"abc"`, 0, false},
		{`"ab-br-x"`, `"abc"`, 0, false},
		{`"abc-"`, `"abc"`, 0, false},
		{`"abc-br"`, `"abc"`, 0, false},
		{`"abc-br-"`, `"abc"`, 0, false},
		{`"abc-BR-x"`, `"abc"`, 0, false},
		{`"abc-identity-x"`, `"abc"`, 0, false},
		{`"abc-lzma-x"`, `"abc"`, 0, false},
		{`"abc-br-x"`, "", 0, false},
		{"", `"abc"`, 0, false},
		{"", "", 0, false},
		{`"abc-br-x"`, `"abc-br-x"`, Identity, true},
	} {
		if got, ok := FormOf(tt.tag, tt.plain); got != tt.want || ok != tt.ok {
			t.Errorf("FormOf(%s, %s) is %v, %v, want %v, %v", tt.tag, tt.plain, got, ok, tt.want, tt.ok)
		}
	}
}

func TestListedForm(t *testing.T) {
	for _, tt := range []struct {
		field, accept string
		want          Tag
	}{
		{`"abc"`, "", `"abc"`},
		{`"x", "abc-gzip-1", "abc"`, "gzip", `"abc-gzip-1"`},
		{`"abc-gzip-1", "abc"`, "br", `"abc"`},
		{`"abc-gzip-1"`, "", ""},
		{`"abc-gzip-1", "abc"`, "gzip;q=0", `"abc"`},
		{`"abc"`, "gzip, identity;q=0", ""},
		{`"abc", bad`, "", `"abc"`},
		{`bad, "abc"`, "", ""},
		{"*", "gzip", ""},
		{"", "gzip", ""},
	} {
		w := CodingsAccepted(Value{tt.accept, true})
		tag, _, ok := ListedForm(tt.field, `"abc"`, &w)
		if tag != tt.want || ok != (tt.want != "") {
			t.Errorf("%q, accepting %q: %s, %v, want %s", tt.field, tt.accept, tag, ok, tt.want)
		}
	}
}

// Tags of different forms never meet, whatever the parts are made of.
func FuzzFormTag(f *testing.F) {
	f.Add("abc", uint8(1), "01234567", "abc-gzip", uint8(2), "x")
	f.Fuzz(func(t *testing.T, plain1 string, c1 uint8, sum1, plain2 string, c2 uint8, sum2 string) {
		// Tags of content are of one length, or of size and time; of neither kind does one begin another.
		if len(plain1) != len(plain2) || len(sum1) != 8 || len(sum2) != 8 {
			return
		}
		a, b := Coding(c1%uint8(codings)), Coding(c2%uint8(codings))
		one, two := FormTag(StrongTag(plain1), a, sum1), FormTag(StrongTag(plain2), b, sum2)
		same := plain1 == plain2 && a == b && (a == Identity || sum1 == sum2)
		if (one == two) != same {
			t.Errorf("%s and %s", one, two)
		}
	})
}
