package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func TestManText(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"words, as they are: 1", "words, as they are: 1"},
		{`a\fBb`, `a\efBb`},
		{`\`, `\e`},
		{"--tls-key", `\-\-tls\-key`},
		{".git", `\&.git`},
		{"a .git", "a .git"},
		{"a\n.so b\n..", "a\n\\&.so b\n\\&.."},
		{"'br", `\(aqbr`},
		{"a\n'b'", "a\n\\(aqb\\(aq"},
		{`"a"`, `\(dqa\(dq`},
		{"`a` ^b ~c", `\(gaa\(ga \(hab \(tic`},
		{"\n\n.a", "\n\n\\&.a"},
	} {
		if got := manText(c.in); got != c.want {
			t.Errorf("%q is written as %q, want %q", c.in, got, c.want)
		}
	}
}

// TestManPage reads the page as man(1) does, and looks for what it should say.
func TestManPage(t *testing.T) {
	page := string(manPage())
	var requests []string
	for line := range strings.Lines(page) {
		switch name, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " "); {
		case line == "\n":
			t.Error("there is an empty line, which man(7) has no meaning for")
		case line[0] == '.':
			if requests = append(requests, name); !slices.Contains([]string{".TH", ".nh", ".SH", ".SS", ".PP", ".TP", ".EX", ".EE"}, name) {
				t.Errorf("there is a request %q", line)
			}
		case line[0] == '\'':
			t.Errorf("there is a request %q", line)
		}
	}
	if len(requests) == 0 || requests[0] != ".TH" || slices.Index(requests, ".EX") < 0 {
		t.Errorf("the requests are %q", requests)
	}
	if loose := regexp.MustCompile(`[^\\]-|\\[^-&ef(]`).FindString(page); loose != "" {
		t.Errorf("%q is not escaped", loose)
	}

	shown := strings.NewReplacer(`\e`, `\`, `\-`, "-", `\(aq`, "'", `\(ga`, "`", `\(ha`, "^", `\(ti`, "~", `\(dq`, `"`,
		`\&`, "", `\fB`, "", `\fI`, "", `\fP`, "").Replace(page)
	all := new(flags).flagSet()
	all.AddFlagSet(new(precompressFlags).set())
	all.AddFlagSet(new(trustFlags).set())
	all.VisitAll(func(f *pflag.Flag) {
		value, usage := pflag.UnquoteUsage(f)
		head := "--" + f.Name
		switch {
		case isOptional(f):
			head += "[=" + value + "]"
		case value != "":
			head += " " + value
		}
		if f.Shorthand != "" {
			head = "-" + f.Shorthand + ", " + head
		}
		if !strings.Contains(shown, "\n.TP\n"+head+"\n"+usage) {
			t.Errorf("the page does not say %q, %q", head, usage)
		}
	})
	for _, block := range []string{strings.ReplaceAll(about, "\n\n", "\n.PP\n"), strings.ReplaceAll(trustAbout, "\n\n", "\n.PP\n"), strings.ReplaceAll(checkAbout, "\n\n", "\n.PP\n"), strings.ReplaceAll(passwdAbout, "\n\n", "\n.PP\n"), examples, environment, files, exitStatus} {
		if !strings.Contains(shown, "\n"+block+"\n") {
			t.Errorf("the page does not say %q", block)
		}
	}
	if !strings.Contains(shown, "(default 64MiB)") || strings.Contains(shown, "(default false)") || strings.Contains(shown, "(default [])") {
		t.Error("the page does not tell the defaults that there are")
	}
}
