package main

import (
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestCheckPage: the report in docs/check.md is the one that testdata/script/check.txtar holds the command to.
func TestCheckPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/check.md")
	if err != nil {
		t.Fatal(err)
	}
	script, err := txtar.ParseFile("testdata/script/check.txtar")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```\n$ salver check site\n")
	shown, _, ok := strings.Cut(rest, "```\n")
	if !ok {
		t.Fatal("docs/check.md shows no report")
	}
	for _, f := range script.Files {
		if f.Name == "report" {
			if shown != string(f.Data) {
				t.Errorf("docs/check.md shows\n%s\nand the command is held to\n%s", shown, f.Data)
			}
			return
		}
	}
	t.Error("the script has no report")
}

func TestShown(t *testing.T) {
	for s, want := range map[string]string{
		"/x → /y, \"é\"": "/x → /y, \"é\"", "a\x1b[2Jb\n": `a\x1b[2Jb\x0a`, "\xff\u202e": `\xff\xe2\x80\xae`, "\ufffd": `\xef\xbf\xbd`,
	} {
		if got := shown(s); got != want {
			t.Errorf("shown(%q) = %q, not %q", s, got, want)
		}
	}
}
