package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

// keyRows returns the table of the keys, in the order of the help.
func keyRows() string {
	var b strings.Builder
	keys := keySet(notInFile)
	row := func(f *pflag.Flag) {
		_, usage := pflag.UnquoteUsage(f)
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "[]" {
			usage += " (default " + f.DefValue + ")"
		}
		site := ""
		if slices.Contains(perSite, f.Name) {
			site = "yes"
		}
		kind := strings.TrimSuffix(kindsOf(f), `, as ["a", "b"]`)
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.Name, kind, site, strings.ReplaceAll(usage, "*", `\*`))
	}
	row(keys.Lookup("port"))
	new(flags).flagSet().VisitAll(func(f *pflag.Flag) {
		if keys.Lookup(f.Name) != nil {
			row(f)
		}
	})
	return b.String()
}

// TestConfigurationPage compares docs/configuration.md with the flags, and reads its examples.
func TestConfigurationPage(t *testing.T) {
	const name = "../../docs/configuration.md"
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	page := strings.ReplaceAll(string(text), "\r\n", "\n")
	head, got, ok := strings.Cut(page, "|---|---|---|---|\n")
	if !ok {
		t.Fatal("there is no table of keys")
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(name, []byte(head+"|---|---|---|---|\n"+keyRows()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(keyRows(), got); diff != "" {
		t.Errorf("the keys differ:\n%s", diff)
	}
	examples := strings.Split(head, "```toml\n")[1:]
	for _, example := range examples {
		example, _, _ = strings.Cut(example, "```\n")
		if _, _, mistakes := parseConfig([]byte(example), "salver.toml"); len(mistakes) > 0 {
			t.Errorf("%s: %v", example, mistakes)
		}
	}
	if len(examples) != 2 {
		t.Errorf("there are %d examples", len(examples))
	}
}
