package faults

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/salver-http/salver"
)

// TestManyRanges asks for the same bytes many times over: an answer is hardly longer
// than the file.
func TestManyRanges(t *testing.T) {
	lanes(t, func(t *testing.T, serve start) {
		const small, big = 1200, 1 << 20
		dir := t.TempDir()
		write(t, filepath.Join(dir, "small"), strings.Repeat("x", small))
		write(t, filepath.Join(dir, "big"), strings.Repeat("x", big))
		s := serve(t, salver.Config{Root: dir})
		each := func(n int, format func(i int) string) string {
			specs := make([]string, n)
			for i := range specs {
				specs[i] = format(i)
			}
			return "bytes=" + strings.Join(specs, ",")
		}
		for name, c := range map[string]struct {
			target string
			size   int
			field  string
		}{
			"the whole, fifty times":     {"/big", big, each(50, func(int) string { return "0-1048575" })},
			"all suffixes":               {"/big", big, each(900, func(i int) string { return fmt.Sprintf("-%d", big-i) })},
			"overlapping":                {"/big", big, each(500, func(i int) string { return fmt.Sprintf("%d-", i) })},
			"single bytes":               {"/small", small, each(500, func(i int) string { return fmt.Sprintf("%d-%[1]d", 2*i) })},
			"single bytes, backwards":    {"/small", small, each(500, func(i int) string { return fmt.Sprintf("%d-%[1]d", 1000-2*i) })},
			"the first byte, repeatedly": {"/small", small, each(1500, func(int) string { return "0-0" })},
			"unsatisfiable":              {"/small", small, each(700, func(i int) string { return fmt.Sprintf("%d-", small+i) })},
			"nothing but commas":         {"/small", small, "bytes=0-0" + strings.Repeat(",", 8000)},
		} {
			r := s.ask("GET", c.target, "Range", c.field)
			n, err := io.Copy(io.Discard, r.Body)
			r.Body.Close()
			if err != nil || n > int64(c.size)+1024 {
				t.Errorf("%s: %d, %d bytes for a file of %d, %v", name, r.StatusCode, n, c.size, err)
			}
			if r.StatusCode >= 500 {
				t.Errorf("%s: %d", name, r.StatusCode)
			}
		}
	})
}
