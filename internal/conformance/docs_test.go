package conformance

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocs makes sure that each row of the table in docs/http.md is held by cases
// that exist.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "http.md"))
	if err != nil {
		t.Fatal(err)
	}
	exists := make(map[string]bool)
	for _, th := range loadThemes(t) {
		for _, c := range th.cases {
			exists[c.name] = true
		}
	}
	_, table, ok := strings.Cut(string(text), "\n| Python does | salver does | why | case |\n|---|---|---|---|\n")
	if !ok {
		t.Fatal("docs/http.md has lost its table")
	}
	quoted := regexp.MustCompile("`([^`]*)`")
	rows := 0
	for row := range strings.Lines(table) {
		rows++
		cells := strings.Split(strings.Trim(strings.TrimSpace(row), "|"), " | ")
		if len(cells) != 4 {
			t.Errorf("not four cells: %s", row)
			continue
		}
		names := quoted.FindAllStringSubmatch(cells[3], -1)
		if names == nil && strings.TrimSpace(cells[3]) != "tests of their own" {
			t.Errorf("no case: %s", row)
		}
		for _, n := range names {
			if !exists[n[1]] {
				t.Errorf("there is no case %s: %s", n[1], row)
			}
		}
	}
	if rows < 30 {
		t.Errorf("%d rows", rows)
	}
}
