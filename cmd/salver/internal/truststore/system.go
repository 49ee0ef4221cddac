// Package truststore makes the system and the browsers of a person believe a certificate
// authority, and undoes it, by the tools that they have for that.
package truststore

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// System is the machine as this package sees it.
type System struct {
	OS       string // as runtime.GOOS has it
	Home     string
	DataHome string // XDG_DATA_HOME, "" for the default
	Root     string // where the paths of the system begin: "/"
	User     int    // number of the user, of whom there is one file in the system's store
	Admin    bool   // whether the system's store may be written
	Terminal bool   // whether somebody is there who can type a password
	LookPath func(name string) (string, error)
	// Run runs a command. Where ask is set it may talk to the person, and what it says
	// is not returned.
	Run func(ask bool, name string, args ...string) (output []byte, err error)
}

// Certificate is that of the authority.
type Certificate struct {
	Name string // its common name; "" when there is none
	PEM  []byte
	SHA1 string // in hexadecimal, by which macOS and Windows know it
	File string // which holds the PEM
}

// Result is what became of one store.
type Result struct {
	Store string
	State State
	Why   string   // of what failed
	Type  []string // the commands that a person can type instead
}

// State is what became of it.
type State int

// What can become of a store.
const (
	Failed  State = iota
	Added         // the certificate is believed from now on
	Already       // it was already
	Removed       // it is not believed any more
	Absent        // it was not there
)

func (s State) String() string {
	return [...]string{"failed", "trusted from now on", "trusted already", "removed", "was not there"}[s]
}

// Install makes every store that it finds believe c.
func (s *System) Install(c Certificate) []Result { return s.all(c, true) }

// Remove takes c out of every store that it finds.
func (s *System) Remove(c Certificate) []Result { return s.all(c, false) }

func (s *System) all(c Certificate, add bool) []Result {
	switch s.OS {
	case "darwin":
		return []Result{s.keychain(c, add)}
	case "windows":
		return []Result{s.windows(c, add)}
	}
	return append([]Result{s.anchors(c, add)}, s.databases(c, add)...)
}

// command is one with its arguments.
type command []string

// line is c as it is typed in a shell.
func (s *System) line(c command) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,=@+"
	words := slices.Clone(c)
	for i, w := range words {
		switch {
		case s.OS == "windows" && (w == "" || strings.Contains(w, " ")):
			words[i] = `"` + w + `"`
		case s.OS != "windows" && (w == "" || strings.Trim(w, plain) != ""):
			words[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}

// run runs commands one after the other, up to the first that fails.
func (s *System) run(ask bool, all ...command) (why string) {
	for _, c := range all {
		if out, err := s.Run(ask, c[0], c[1:]...); err != nil {
			why = c[0] + ": " + err.Error()
			if said := lastLine(out); said != "" {
				why = c[0] + ": " + said
			}
			return why
		}
	}
	return ""
}

func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

// typed returns the commands as they are typed.
func (s *System) typed(all ...command) (lines []string) {
	for _, c := range all {
		lines = append(lines, s.line(c))
	}
	return lines
}

func (s *System) has(tool string) bool {
	_, err := s.LookPath(tool)
	return err == nil
}

// path returns a path of the system.
func (s *System) path(name string) string { return filepath.Join(s.Root, name) }

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// Exec is a Run for the machine that the program runs on.
func Exec(ask bool, name string, args ...string) ([]byte, error) {
	c := exec.Command(name, args...)
	if ask {
		c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stderr, os.Stderr
		return nil, c.Run()
	}
	return c.CombinedOutput()
}
