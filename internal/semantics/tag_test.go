package semantics

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTag(t *testing.T) {
	type traits struct {
		Weak     bool
		Weakened Tag
	}
	for tag, want := range map[Tag]traits{
		"":                {false, ""},
		StrongTag("a"):    {false, `W/"a"`},
		StrongTag("W/"):   {false, `W/"W/"`},
		`W/"a"`:           {true, `W/"a"`},
		StrongTag(""):     {false, `W/""`},
		StrongTag("\xff"): {false, "W/\"\xff\""},
	} {
		if diff := cmp.Diff(want, traits{tag.Weak(), tag.Weakened()}); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tag, diff)
		}
	}
}

// The table of RFC 9110 §8.8.3.2, and the tags that match nothing.
func TestMatch(t *testing.T) {
	for _, c := range []struct {
		a, b         Tag
		strong, weak bool
	}{
		{`W/"1"`, `W/"1"`, false, true},
		{`W/"1"`, `W/"2"`, false, false},
		{`W/"1"`, `"1"`, false, true},
		{`"1"`, `"1"`, true, true},
		{`"1"`, `"2"`, false, false},
		{`"a"`, `"A"`, false, false},
		{`"W/1"`, `W/"1"`, false, false},
		{``, ``, false, false},
		{``, `"1"`, false, false},
		{`""`, ``, false, false},
		{`""`, `""`, true, true},
	} {
		for range 2 {
			if got := StrongMatch(c.a, c.b); got != c.strong {
				t.Errorf("StrongMatch(%s, %s) = %v", c.a, c.b, got)
			}
			if got := WeakMatch(c.a, c.b); got != c.weak {
				t.Errorf("WeakMatch(%s, %s) = %v", c.a, c.b, got)
			}
			c.a, c.b = c.b, c.a
		}
	}
}

// members are the tags that listed compares, in order.
func members(field string) []Tag {
	var all []Tag
	listed(field, "", func(a, _ Tag) bool {
		all = append(all, a)
		return false
	})
	return all
}

var naiveMember = regexp.MustCompile(`\A[ \t]*((?:W/)?"[\x21\x23-\x7e\x{80}-\x{ff}]*")?[ \t]*(?:,|\z)`)

// naiveMembers is the twin of members, by the expression of one list element.
func naiveMembers(field string) []Tag {
	// The expression speaks of code points: widen each byte to one, and back.
	wide := make([]rune, len(field))
	for i := range len(field) {
		wide[i] = rune(field[i])
	}
	var all []Tag
	for rest := string(wide); rest != ""; {
		m := naiveMember.FindStringSubmatch(rest)
		if m == nil {
			break
		}
		if m[1] != "" {
			var narrow []byte
			for _, r := range m[1] {
				narrow = append(narrow, byte(r))
			}
			all = append(all, Tag(narrow))
		}
		rest = rest[len(m[0]):]
	}
	return all
}

var tagLists = []struct {
	field string
	want  []Tag
}{
	{`"a"`, []Tag{`"a"`}},
	{`"a","b"`, []Tag{`"a"`, `"b"`}},
	{" \t\"a\" \t,\t W/\"b\" ", []Tag{`"a"`, `W/"b"`}},
	{`,, "a",,, , "b",`, []Tag{`"a"`, `"b"`}},
	{`"a,b", "c"`, []Tag{`"a,b"`, `"c"`}},
	{`"a\", "b"`, []Tag{`"a\"`, `"b"`}},
	{"\"\x80\xff\", \"!~\"", []Tag{"\"\x80\xff\"", `"!~"`}},
	{`""`, []Tag{`""`}},
	{``, nil},
	{` `, nil},
	{`, ,`, nil},
	{`a, "b"`, nil},
	{`"a", b, "c"`, []Tag{`"a"`}},
	{`"a"b, "c"`, nil},
	{`"a" "b"`, nil},
	{`"a`, nil},
	{`"`, nil},
	{`W/`, nil},
	{`W/a`, nil},
	{`w/"a"`, nil},
	{`W /"a"`, nil},
	{`"a b"`, nil},
	{"\"a\x7f\"", nil},
	{"\"a\x00\"", nil},
	{`"a", *`, []Tag{`"a"`}},
	{`*, "a"`, nil},
	{`**`, nil},
	{`"*"`, []Tag{`"*"`}},
}

func TestListed(t *testing.T) {
	for _, c := range tagLists {
		if diff := cmp.Diff(c.want, members(c.field)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", c.field, diff)
		}
		if diff := cmp.Diff(c.want, naiveMembers(c.field)); diff != "" {
			t.Errorf("twin, %s: (-want +got)\n%s", c.field, diff)
		}
	}
	for _, field := range []string{"*", " * ", "\t*"} {
		if !listed(field, "", StrongMatch) {
			t.Errorf("%q does not include a representation without a tag", field)
		}
	}
}

func FuzzListed(f *testing.F) {
	for _, c := range tagLists {
		f.Add(c.field)
	}
	f.Fuzz(func(t *testing.T, field string) {
		if strings.Trim(field, " \t") == "*" {
			return
		}
		got, want := members(field), naiveMembers(field)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q: (-want +got)\n%s", field, diff)
		}
		for _, tag := range got {
			if !listed(field, tag, WeakMatch) || listed(field, tag, StrongMatch) == tag.Weak() {
				t.Fatalf("%q: the member %s is not found as one", field, tag)
			}
		}
	})
}
