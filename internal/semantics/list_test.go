package semantics

import (
	"slices"
	"strings"
	"testing"
)

func TestMembers(t *testing.T) {
	for list, want := range map[string][]string{
		"":                          {""},
		"a":                         {"a"},
		"a,":                        {"a", ""},
		" a ,\tb=1":                 {"a", "b=1"},
		`private="A, B", max-age=1`: {`private="A, B"`, "max-age=1"},
		`a="\",\\", b`:              {`a="\",\\"`, "b"},
		`a="never closed, b`:        {`a="never closed, b`},
	} {
		if got := slices.Collect(Members(list)); !slices.Equal(got, want) {
			t.Errorf("%q: %q, not %q", list, got, want)
		}
	}
	for range Members("a,b") {
		break // and it is not called again
	}
}

// FuzzMembers holds that no byte but a comma or white space is lost, and that without quotes it is a plain split.
func FuzzMembers(f *testing.F) {
	f.Add(`a, b="c, \" d", ,e`)
	f.Fuzz(func(t *testing.T, list string) {
		got := slices.Collect(Members(list))
		bare := func(s string) string { return strings.NewReplacer(" ", "", "\t", "").Replace(s) }
		if bare(strings.Join(got, ",")) != bare(list) {
			t.Fatalf("%q: %q", list, got)
		}
		if strings.ContainsRune(list, '"') {
			return
		}
		want := strings.Split(list, ",")
		for i := range want {
			want[i] = strings.Trim(want[i], " \t")
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q: %q, not %q", list, got, want)
		}
	})
}
