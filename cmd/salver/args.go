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
	port = defaultPort
	typed := ""
	switch {
	case len(args) > 2:
		wrong(argsUsage, "%d arguments are too many", len(args))
		return "", port, false, mistakes
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
		return root, port, asked, mistakes
	}
	if !isDigits(typed) {
		wrong(argsUsage, "%s is not a port", printable(typed))
		return root, port, true, mistakes
	}
	n, err := strconv.Atoi(typed)
	if err != nil || n > 65535 {
		wrong("", "port %s is too large: the last one is 65535", typed)
		return root, port, true, mistakes
	}
	return root, n, true, mistakes
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
