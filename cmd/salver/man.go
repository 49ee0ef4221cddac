package main

import (
	"fmt"
	"strings"

	"github.com/cpuguy83/go-md2man/v2/md2man"
	"github.com/spf13/pflag"
)

// manPage returns the manual page, made of the same words as the help.
func manPage() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%% SALVER 1 \"\" \"salver %s\" \"User Commands\"\n", version())
	b.WriteString("# NAME\nsalver - put a directory on HTTP\n\n")
	b.WriteString("# SYNOPSIS\n**salver** [*flags*] [*DIR*|*FILE*] [*PORT*]\n\n**salver** **man**\n\n")
	b.WriteString("**salver** **completion** *SHELL*\n\n")
	b.WriteString("# DESCRIPTION\n" + about + "\n\n# OPTIONS\n")
	for _, g := range new(flags).groups() {
		b.WriteString("### " + g.title + "\n")
		g.set.VisitAll(func(f *pflag.Flag) { b.WriteString(manFlag(f)) })
	}
	b.WriteString("# EXAMPLES\n" + manBlock(examples))
	b.WriteString("# ENVIRONMENT\n" + manBlock(environment))
	b.WriteString("# EXIT STATUS\n" + manBlock(exitStatus))
	return md2man.Render([]byte(b.String()))
}

// manFlag returns a flag as a paragraph of the page's source.
func manFlag(f *pflag.Flag) string {
	value, usage := pflag.UnquoteUsage(f)
	head := "**--" + f.Name + "**"
	if f.Shorthand != "" {
		head = "**-" + f.Shorthand + "**, " + head
	}
	if value != "" {
		head += " *" + value + "*"
	}
	if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "[]" {
		usage += " (default " + f.DefValue + ")"
	}
	return head + "\n: " + strings.ReplaceAll(usage, "*", `\*`) + "\n\n"
}

// manBlock returns lines that are shown as they are.
func manBlock(lines string) string {
	return "```\n" + lines + "\n```\n\n"
}
