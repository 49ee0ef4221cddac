package main

import (
	"os"

	"golang.org/x/term"
)

// isTerminal tells whether w ends at a person.
func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// colors tells whether to colour what goes to a writer, by the conventions of
// NO_COLOR and FORCE_COLOR, the former being stronger as it is in Python.
func colors(terminal bool, getenv func(string) string) bool {
	switch {
	case getenv("NO_COLOR") != "":
		return false
	case getenv("FORCE_COLOR") != "":
		return true
	}
	return terminal && getenv("TERM") != "dumb"
}
