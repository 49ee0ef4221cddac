package rules_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/salver-http/salver/internal/rules"
)

// TestProblems parses the sections of problems.txtar, each with a name "DIALECT FILE what", and compares all that is said of them,
// which stands below a line of =.
func TestProblems(t *testing.T) {
	eachSection(t, "problems.txtar", func(text []byte, file string, d rules.Dialect) string {
		if file == "_headers" {
			_, problems := rules.ParseHeaders(text, d)
			return problemLines(problems)
		}
		_, problems := rules.ParseRedirects(text, d)
		return problemLines(problems)
	})
}

// TestNotes does so with notes.txtar, for files that are in order.
func TestNotes(t *testing.T) {
	eachSection(t, "notes.txtar", func(text []byte, file string, d rules.Dialect) string {
		var notes []rules.Note
		var problems []*rules.Problem
		if file == "_headers" {
			var h *rules.Headers
			h, problems = rules.ParseHeaders(text, d)
			notes = h.Notes()
		} else {
			var rs *rules.Redirects
			rs, problems = rules.ParseRedirects(text, d)
			notes = rs.Notes()
		}
		return problemLines(problems) + noteLines(notes)
	})
}

func TestDifferences(t *testing.T) {
	eachSection(t, "differences.txtar", func(text []byte, file string, d rules.Dialect) string {
		return noteLines(rules.Differences(file, text, d))
	})
}

func noteLines(notes []rules.Note) string {
	var b strings.Builder
	for _, n := range notes {
		fmt.Fprintln(&b, n)
	}
	return b.String()
}

func eachSection(t *testing.T, archiveName string, say func(text []byte, file string, d rules.Dialect) string) {
	a, sections := archive(t, filepath.Join("testdata", archiveName))
	for _, f := range a.Files {
		t.Run(f.Name, func(t *testing.T) {
			words := strings.Fields(f.Name)
			d, err := rules.ParseDialect(words[0])
			if err != nil {
				t.Fatal(err)
			}
			text, want, ok := strings.Cut(sections[f.Name], "=====\n")
			if !ok {
				t.Fatal("nothing is expected")
			}
			text = strings.NewReplacer("{tab}", "\t", "{cr}", "\r", "{nul}", "\x00", "{long}", strings.Repeat("x", 1990), "{bom}", "\ufeff").Replace(text)
			if diff := cmp.Diff(want, say([]byte(text), words[1], d)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
