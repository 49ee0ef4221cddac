package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// setting is what was chosen for a flag.
type setting struct {
	values []string // one, or those of a list
	from   source
	at     []string // in a file: where each value stands; where the key does when there is none
	as     string   // how messages name it, where that is not by the flag
}

// source is where a setting was found.
type source uint8

const (
	typed source = iota // as a flag
	environmental
	filed
)

// settings are what was chosen, by the name of the flag. What is not in it was left as it is.
type settings map[string]setting

func (s settings) given(name string) bool {
	_, ok := s[name]
	return ok
}

// said names a flag at the beginning of a message, as the person wrote it, and i-th of its values.
func (s settings) said(name string, i int) string {
	switch x := s[name]; {
	case x.as != "":
		return x.as
	case x.from == environmental:
		return variable(name) + ":"
	case x.from == filed:
		return x.at[min(i, len(x.at)-1)] + ": " + name + ":"
	}
	return "--" + name
}

// like names another flag in a message about the first.
func (s settings) like(name, other string) string {
	switch s[name].from {
	case environmental:
		return variable(other)
	case filed:
		return other
	}
	return "--" + other
}

// contradiction is the message for two that exclude each other.
func (s settings) contradiction(name, other string) string {
	if s[name].from == typed {
		if x := s[name].values; len(x) == 1 && x[0] == "false" {
			name += "=false"
		}
		return "--" + name + " and --" + other + " contradict each other"
	}
	return s.said(name, 0) + " contradicts " + s.like(name, other)
}

// typedSettings returns the flags of a command line that was parsed.
func typedSettings(set *pflag.FlagSet) settings {
	s := make(settings)
	set.Visit(func(f *pflag.Flag) {
		if list, ok := f.Value.(pflag.SliceValue); ok {
			s[f.Name] = setting{values: slices.Clone(list.GetSlice())}
			return
		}
		s[f.Name] = setting{values: []string{f.Value.String()}}
	})
	return s
}

// flags returns s as the values of flags. Those that are on or off have to be one or the other.
func (s settings) flags() *flags {
	f := &flags{settings: s}
	set := f.flagSet()
	for name, x := range s {
		if name == "port" {
			f.port = x.values[0]
			continue
		}
		value := set.Lookup(name).Value
		if list, ok := value.(pflag.SliceValue); ok {
			must(list.Replace(slices.Clone(x.values)))
			continue
		}
		must(value.Set(x.values[0]))
	}
	return f
}

// over returns s where it has something to say, and weaker elsewhere.
func (s settings) over(weaker settings) settings {
	all := make(settings)
	maps.Copy(all, weaker)
	for name := range s {
		for _, other := range s.silences(name) {
			delete(all, other)
		}
	}
	maps.Copy(all, s)
	return all
}

// silences names the weaker settings that a stronger one leaves nothing of, beside those of its own name: what
// is typed is not to be refused because a file says otherwise.
func (s settings) silences(name string) []string {
	value := ""
	if x := s[name]; len(x.values) > 0 {
		value = x.values[len(x.values)-1]
	}
	switch {
	case name == "lan" && value == "true":
		return []string{"bind"}
	case name == "bind":
		return []string{"lan"}
	case name == "tls-cert":
		return []string{"tls", "tls-key", "tls-password-file"}
	case name == "tls" && value == "false":
		return []string{"tls-cert", "tls-key", "tls-password-file", "tls-redirect"}
	case name == "engine" && value == "nethttp":
		return []string{"memory", "revalidate"}
	case name == "no-compress" && value == "true", name == "memory" && isNone(value):
		return []string{"compress-cache"}
	}
	return nil
}

// only returns those of the names.
func (s settings) only(names []string) settings {
	some := make(settings)
	for _, name := range names {
		if x, ok := s[name]; ok {
			some[name] = x
		}
	}
	return some
}

// mistakesOf collects mistakes about the settings.
type mistakesOf struct {
	settings
	all []mistake
}

// wrong adds one about a flag.
func (m *mistakesOf) wrong(name, format string, a ...any) { m.hinted("", name, 0, format, a...) }

// hinted adds one about the i-th value of a flag.
func (m *mistakesOf) hinted(hint, name string, i int, format string, a ...any) {
	m.all = append(m.all, mistake{m.said(name, i) + " " + fmt.Sprintf(format, a...), hint})
}

func (m *mistakesOf) contradict(name, other string) {
	m.all = append(m.all, mistake{text: m.contradiction(name, other)})
}

// distinct returns the mistakes without repetitions: a site repeats those that it inherits.
func distinct(all []mistake) []mistake {
	seen := make(map[mistake]bool)
	return slices.DeleteFunc(all, func(m mistake) bool {
		again := seen[m]
		seen[m] = true
		return again
	})
}

// variable returns the name in the environment of a flag.
func variable(flag string) string {
	return "SALVER_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}
