package main

import (
	"strings"

	"github.com/spf13/pflag"
)

// manPage returns the manual page, made of the same words as the help, in the
// language of man(7).
func manPage() []byte {
	var b strings.Builder
	b.WriteString(`.TH SALVER 1 "" "` + manText("salver "+version()) + "\" \"User Commands\"\n")
	b.WriteString(".nh\n") // a name that is broken at a hyphen can't be typed
	b.WriteString(".SH NAME\nsalver \\- put a directory on HTTP\n")
	b.WriteString(".SH SYNOPSIS\n" + bold("salver") + " [" + italic("flags") + "] [" + italic("DIR") + "|" + italic("FILE") + "] [" + italic("PORT") + "]\n")
	b.WriteString(".PP\n" + bold("salver check") + " [" + italic("flags") + "] [" + italic("DIR") + "|" + italic("FILE") + "]\n")
	b.WriteString(".PP\n" + bold("salver passwd") + " [" + italic("flags") + "] " + italic("FILE") + " " + italic("USER") + "\n")
	b.WriteString(".PP\n" + bold("salver precompress") + " [" + italic("flags") + "] " + italic("DIR") + "\n")
	b.WriteString(".PP\n" + bold("salver trust") + " [" + bold("--remove") + "]\n")
	b.WriteString(".PP\n" + bold("salver man") + "\n")
	b.WriteString(".PP\n" + bold("salver completion") + " " + italic("SHELL") + "\n")
	b.WriteString(".SH DESCRIPTION\n" + manParagraphs(about))
	b.WriteString(".SH OPTIONS\n")
	for _, g := range new(flags).groups() {
		b.WriteString(".SS " + manText(g.title) + "\n")
		g.set.VisitAll(func(f *pflag.Flag) { b.WriteString(manFlag(f)) })
	}
	b.WriteString(".SH CHECK\n" + manParagraphs(checkAbout))
	new(checkFlags).set().VisitAll(func(f *pflag.Flag) { b.WriteString(manFlag(f)) })
	b.WriteString(".SH PASSWD\n" + manParagraphs(passwdAbout))
	new(passwdFlags).set().VisitAll(func(f *pflag.Flag) { b.WriteString(manFlag(f)) })
	b.WriteString(".SH PRECOMPRESS\n" + manParagraphs(precompressAbout))
	new(precompressFlags).set().VisitAll(func(f *pflag.Flag) { b.WriteString(manFlag(f)) })
	b.WriteString(".SH TRUST\n" + manParagraphs(trustAbout))
	new(trustFlags).set().VisitAll(func(f *pflag.Flag) { b.WriteString(manFlag(f)) })
	b.WriteString(".SH EXAMPLES\n" + manBlock(examples))
	b.WriteString(".SH ENVIRONMENT\n" + manBlock(environment))
	b.WriteString(".SH FILES\n" + manBlock(files))
	b.WriteString(".SH EXIT STATUS\n" + manBlock(exitStatus))
	return []byte(b.String())
}

// manFlag returns a flag as a paragraph with a tag.
func manFlag(f *pflag.Flag) string {
	value, usage := pflag.UnquoteUsage(f)
	tag := bold("--" + f.Name)
	if f.Shorthand != "" {
		tag = bold("-"+f.Shorthand) + ", " + tag
	}
	switch {
	case isOptional(f):
		tag += "[=" + italic(value) + "]"
	case value != "":
		tag += " " + italic(value)
	}
	if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && f.DefValue != "[]" {
		usage += " (default " + f.DefValue + ")"
	}
	return ".TP\n" + tag + "\n" + manText(usage) + "\n"
}

// manParagraphs returns text that is filled, with empty lines between paragraphs.
func manParagraphs(text string) string {
	return strings.ReplaceAll(manText(text), "\n\n", "\n.PP\n") + "\n"
}

// manBlock returns lines that are shown as they are.
func manBlock(lines string) string {
	return ".EX\n" + manText(lines) + "\n.EE\n"
}

func bold(text string) string { return `\fB` + manText(text) + `\fP` }

func italic(text string) string { return `\fI` + manText(text) + `\fP` }

// manCharacters are those that are not shown as they are typed, or mean something
// (groff_char(7)): a hyphen would become one that can't be pasted into a shell.
var manCharacters = strings.NewReplacer(
	`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`, `"`, `\(dq`,
	"\n.", "\n\\&.", // else a line of requests
)

// manText returns text that is shown as it is.
func manText(text string) string {
	return strings.TrimPrefix(manCharacters.Replace("\n"+text), "\n")
}
