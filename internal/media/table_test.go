package media

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// naiveFind reads the rows one after the other.
func naiveFind(rows, ext string) (Type, bool) {
	for line := range strings.Lines(rows) {
		columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if columns[0] != ext {
			continue
		}
		typ := Type{MediaType: strings.Split(columns[1], ";")[0], UTF8: columns[1]}
		if len(columns) == 3 {
			typ.Coding = columns[2]
		}
		return typ, true
	}
	return Type{}, false
}

func TestTable(t *testing.T) {
	origin, _, _ := strings.Cut(table, "\n")
	if !regexp.MustCompile(`^# made by go generate from mime-db@\d+\.\d+\.\d+; do not edit$`).MatchString(origin) {
		t.Errorf("the first line does not tell the origin: %q", origin)
	}
	form := regexp.MustCompile(`^([a-z0-9_+-]+)\t([a-z-]+/[a-z0-9.+_-]+)(; charset=utf-8)?(\tgzip)?\n$`)
	var exts []string
	for line := range strings.Lines(rows) {
		m := form.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("not a row: %q", line)
			continue
		}
		if !Valid(m[2] + m[3]) {
			t.Errorf("not a media type: %q", line)
		}
		if strings.HasPrefix(m[2], "text/") != (m[3] != "") {
			t.Errorf("a charset belongs to text types, and to them alone: %q", line)
		}
		exts = append(exts, m[1])
	}
	if len(exts) < 1200 {
		t.Errorf("only %d rows", len(exts))
	}
	if !slices.IsSorted(exts) || len(slices.Compact(slices.Clone(exts))) != len(exts) {
		t.Error("the rows are not sorted and unique")
	}
}

func TestFind(t *testing.T) {
	samples := []string{"", "a\ta/a\n", "b\tb/b\nbb\ttext/b; charset=utf-8\tgzip\n", "a\ta/a\nb\tb/b\nc\tc/c\n", rows}
	for _, rows := range samples {
		// Each key, what sorts right before and after it, and what is shorter.
		keys := []string{"", "\x00", "\xff", "#", "\t", "\n"}
		for line := range strings.Lines(rows) {
			key, _, _ := strings.Cut(line, "\t")
			keys = append(keys, key, key+"\x00", key+"\t", key+"\n", key[:len(key)-1], line)
		}
		for _, key := range keys {
			want, wantOK := naiveFind(rows, key)
			got, ok := find(rows, key)
			if ok != wantOK || got != want {
				t.Errorf("find(%q) = %v, %v; naive %v, %v\n%s", key, got, ok, want, wantOK, cmp.Diff(want, got))
			}
		}
	}
}
