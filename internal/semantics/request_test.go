package semantics

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestValues(t *testing.T) {
	for _, c := range []struct {
		lines []string
		want  Value
	}{
		{nil, Value{}},
		{[]string{}, Value{}},
		{[]string{""}, Value{"", true}},
		{[]string{"a"}, Value{"a", true}},
		{[]string{"a", "b, c", "", "d"}, Value{"a, b, c, , d", true}},
	} {
		if diff := cmp.Diff(c.want, Values(c.lines)); diff != "" {
			t.Errorf("%q: (-want +got)\n%s", c.lines, diff)
		}
	}
}
