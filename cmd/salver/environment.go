package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// unsettable are the flags that are for the command line alone.
var unsettable = []string{"help", "version"}

// readEnvironment reads variables, each as NAME=VALUE, that stand for flags.
func readEnvironment(environ []string) (s settings, mistakes []mistake) {
	s = make(settings)
	set := keySet(unsettable)
	known := make(map[string]*pflag.Flag)
	set.VisitAll(func(f *pflag.Flag) { known[variable(f.Name)] = f })
	environ = slices.Clone(environ)
	slices.Sort(environ)
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "SALVER_") {
			continue
		}
		f := known[name]
		if f == nil {
			mistakes = append(mistakes, unknownVariable(name, set))
			continue
		}
		x := setting{values: []string{value}, from: environmental}
		switch _, list := f.Value.(pflag.SliceValue); {
		case list:
			x.values = lines(value)
		case f.Value.Type() == "bool":
			if err := new(flags).flagSet().Set(f.Name, value); err != nil {
				mistakes = append(mistakes, mistake{text: name + fmt.Sprintf(": is on or off: %q is neither true nor false", value)})
				continue
			}
		}
		s[f.Name] = x
	}
	return s, mistakes
}

// keySet returns the flags that have a name in the environment or in a file, less some, and the port.
func keySet(less []string) *pflag.FlagSet {
	set := pflag.NewFlagSet("keys", pflag.ContinueOnError)
	f := new(flags)
	f.flagSet().VisitAll(func(flag *pflag.Flag) {
		if !slices.Contains(less, flag.Name) {
			set.AddFlag(flag)
		}
	})
	set.StringVar(&f.port, "port", "", "the `PORT`, instead of the last argument")
	return set
}

// lines returns the lines of s that are not empty, without the space around them.
func lines(s string) (all []string) {
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// kubernetes matches what Kubernetes sets for a service called salver.
var kubernetes = regexp.MustCompile(`^SALVER_(SERVICE_(HOST|PORT)|PORT_\d+_(TCP|UDP))`)

func unknownVariable(name string, set *pflag.FlagSet) mistake {
	m := mistake{text: "there is no setting " + printable(name)}
	typed := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, "SALVER_"), "_", "-"))
	switch near := nearest(typed, set); {
	case kubernetes.MatchString(name):
		m.hint = "Kubernetes sets it for a service called salver: call that something else, or set enableServiceLinks to false"
	case near != "" && typed != "":
		m.hint = "did you mean " + variable(near) + "?"
	}
	return m
}
