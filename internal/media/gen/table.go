package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// choice is what the hand-written list says of an extension.
type choice struct{ mediaType, coding string }

// parseChoices reads the hand-written list. Every line needs a reason.
func parseChoices(text string) (map[string]choice, error) {
	choices := make(map[string]choice)
	for i, line := range strings.Split(text, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		statement, reason, _ := strings.Cut(line, " # ")
		left, right, _ := strings.Cut(statement, " = ")
		exts, types := strings.Fields(left), strings.Fields(right)
		if reason == "" || len(exts) == 0 || len(types) < 1 || len(types) > 2 {
			return nil, fmt.Errorf("line %d is not: extensions = media type [coding] # reason", i+1)
		}
		c := choice{mediaType: types[0]}
		if len(types) == 2 {
			c.coding = types[1]
		}
		for _, ext := range exts {
			if _, ok := choices[ext]; ok {
				return nil, fmt.Errorf("line %d: %q was chosen before", i+1, ext)
			}
			choices[ext] = c
		}
	}
	return choices, nil
}

// render makes the table. A type that the rule chooses as well is an error, so
// that the list does not outlive a database that has caught up with it.
func render(origin string, db map[string]entry, choices map[string]choice) (string, error) {
	all := make(map[string]choice)
	for ext, mediaType := range byRule(db) {
		all[ext] = choice{mediaType: mediaType}
	}
	var errs []error
	for _, ext := range slices.Sorted(maps.Keys(choices)) {
		if all[ext] == choices[ext] {
			errs = append(errs, fmt.Errorf("%q is %s by the rule already", ext, choices[ext].mediaType))
		}
		all[ext] = choices[ext]
	}
	if err := errors.Join(errs...); err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# made by go generate from %s; do not edit\n", origin)
	for _, ext := range slices.Sorted(maps.Keys(all)) {
		b.WriteString(row(ext, all[ext]))
	}
	return b.String(), nil
}

// row makes a line of the table in the form that package media reads.
func row(ext string, c choice) string {
	s := ext + "\t" + c.mediaType
	if strings.HasPrefix(c.mediaType, "text/") {
		s += "; charset=utf-8"
	}
	if c.coding != "" {
		s += "\t" + c.coding
	}
	return s + "\n"
}
