package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const (
	defaultPort = 8000
	argsUsage   = "usage: salver [flags] [DIR|FILE] [PORT]"
)

// parseArgs takes [DIR|FILE] [PORT] apart. One argument is a port when it is
// digits, as for python -m http.server. asked tells whether a port was given.
func parseArgs(args []string) (root string, port int, asked bool, mistakes []mistake) {
	wrong := func(hint, format string, a ...any) {
		mistakes = append(mistakes, mistake{fmt.Sprintf(format, a...), hint})
	}
	typed := ""
	switch {
	case len(args) > 2:
		wrong(argsUsage, "%d arguments are too many", len(args))
		return "", defaultPort, false, mistakes
	case len(args) == 1 && isDigits(args[0]):
		typed, asked = args[0], true
	case len(args) == 1:
		root = args[0]
	case len(args) == 2:
		root, typed, asked = args[0], args[1], true
		if isDigits(root) {
			wrong("the port comes last, and a directory called "+root+" is typed as ./"+root, "%s is a port", root)
		}
	}
	if slices.Contains(args, "") {
		wrong("", "an argument is empty")
	}
	if typed == "" {
		return root, defaultPort, asked, mistakes
	}
	port, problem := parsePort(typed)
	if problem != "" {
		hint := argsUsage
		if isDigits(typed) {
			hint = ""
		}
		wrong(hint, "%s", problem)
	}
	return root, port, true, mistakes
}

// parsePort parses a port. problem is what is wrong with it.
func parsePort(s string) (port int, problem string) {
	if !isDigits(s) {
		return defaultPort, printable(s) + " is not a port"
	}
	n, err := strconv.Atoi(s)
	if err != nil || n > 65535 {
		return defaultPort, "port " + s + " is too large: the last one is 65535"
	}
	return n, ""
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// strayValues finds arguments that were meant as the value of a flag before them, which takes one only
// after an equals sign.
func (f *flags) strayValues(args []string) (mistakes []mistake) {
	alone := func(name string) bool {
		x := f.settings[name]
		return f.given(name) && x.from == typed && slices.Contains(x.values, "true")
	}
	for _, arg := range args {
		lower := strings.ToLower(arg)
		switch page := strings.HasSuffix(lower, ".html") || strings.HasSuffix(lower, ".htm"); {
		case page && !strings.HasPrefix(arg, "./") && alone("spa"):
			mistakes = append(mistakes, mistake{"--spa is about a directory, and " + printable(arg) + " would be served instead of one", "its page is typed as --spa=" + printable(arg)})
		case (arg == "*" || strings.Contains(arg, "://")) && alone("cors"):
			mistakes = append(mistakes, mistake{printable(arg) + " is not a directory", "origins are typed as --cors=" + printable(arg)})
		}
	}
	return mistakes
}
