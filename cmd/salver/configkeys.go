package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
	"github.com/spf13/pflag"
)

// notInFile are the flags that are no keys of a file: it has tables for sites.
var notInFile = append([]string{"config", "site"}, unsettable...)

// fileNames are the keys whose values are names of files, with what comes before the name taken off.
var fileNames = map[string]func(value string) (before, name string){
	"directory": wholly, "compress-cache": wholly, "tls-cert": wholly, "tls-key": wholly, "tls-password-file": wholly,
	"auth": func(value string) (before, name string) {
		_, name = cutAuth(value)
		return value[:len(value)-len(name)], name
	},
}

func wholly(value string) (before, name string) { return "", value }

// reader turns what stands in a file into settings.
type reader struct {
	name   string
	text   []byte
	keys   *pflag.FlagSet // of the whole server
	site   *pflag.FlagSet // of a site
	top    settings
	sites  []siteSettings
	faults []tomlFault
	told   map[string]bool   // tables that there are not
	hosts  map[string]string // as they were written first, by their names
}

// parseConfig reads the text of a file. Each mistake begins with name, line and column.
func parseConfig(text []byte, name string) (settings, []siteSettings, []mistake) {
	leaves, tables, faults := readTOML(text)
	r := &reader{name: name, text: text, keys: keySet(notInFile), site: pflag.NewFlagSet("site", pflag.ContinueOnError), top: make(settings), faults: faults, told: make(map[string]bool), hosts: make(map[string]string)}
	r.keys.VisitAll(func(f *pflag.Flag) {
		if slices.Contains(perSite, f.Name) {
			r.site.AddFlag(f)
		}
	})
	for _, t := range tables {
		r.table(t)
	}
	for _, l := range leaves {
		r.leaf(l)
	}
	slices.SortStableFunc(r.faults, func(a, b tomlFault) int { return cmp.Compare(a.at, b.at) })
	var mistakes []mistake
	for _, f := range r.faults {
		mistakes = append(mistakes, mistake{r.place(f.at) + ": " + f.text, f.hint})
	}
	return r.top, r.sites, mistakes
}

// place names an offset.
func (r *reader) place(at int) string {
	line, column := position(r.text, at)
	return fmt.Sprintf("%s:%d:%d", printable(r.name), line, column)
}

func (r *reader) wrong(at int, hint, format string, a ...any) {
	r.faults = append(r.faults, tomlFault{at, fmt.Sprintf(format, a...), hint})
}

const siteTable = `settings for a host follow a line [site."docs.example.org"]`

// table takes the heading of a table.
func (r *reader) table(t tomlTable) {
	switch {
	case t.path[0] != "site":
		r.told[keyText(t.path)] = true
		hint := siteTable
		if near := nearest(t.path[0], r.keys); near != "" {
			hint = near + " is written as " + near + " = ..., above the first line with brackets"
		}
		r.wrong(t.at, hint, "there is no table %s", keyText(t.path))
	case len(t.path) == 2:
		r.siteOf(t.path[1], t.at)
	case len(t.path) > 2:
		r.told[keyText(t.path)] = true
		r.wrong(t.at, `a host is written in quotes: [site."docs.example.org"]`, "%s is not the table of a host", keyText(t.path))
	}
}

// siteOf returns the settings of a host.
func (r *reader) siteOf(host string, at int) settings {
	written := host
	host = hostName(host)
	if first, ok := r.hosts[host]; ok && first != written && !r.told[written] {
		r.told[written] = true
		r.wrong(at, "", "%s is there twice, first as %s", keyText([]string{"site", written}), keyText([]string{"site", first}))
	} else if !ok {
		r.hosts[host] = written
	}
	for _, s := range r.sites {
		if s.host == host {
			return s.settings
		}
	}
	if !isHost(host) {
		r.wrong(at, hostHint, "%s is not the name of a host", keyText([]string{"site", host}))
	}
	s := siteSettings{host, r.place(at) + ": " + keyText([]string{"site", host}), make(settings)}
	r.sites = append(r.sites, s)
	return s.settings
}

// leaf takes a value.
func (r *reader) leaf(l tomlLeaf) {
	name := l.path[len(l.path)-1]
	for i := range l.path {
		if r.told[keyText(l.path[:i])] {
			return
		}
	}
	switch {
	case l.path[0] == "site" && len(l.path) < 3:
		r.wrong(l.at, siteTable, "site: expected a table for each host")
	case l.path[0] == "site" && len(l.path) > 3:
		if r.known(r.site, l.path[2], l.at) {
			r.wrong(l.at, "", "%s: expected a value, and not a table", l.path[2])
		}
	case l.path[0] == "site":
		r.put(r.siteOf(l.path[1], l.at), r.site, name, l)
	case len(l.path) == 1:
		r.put(r.top, r.keys, name, l)
	case r.keys.Lookup(l.path[0]) != nil:
		r.wrong(l.at, "", "%s: expected a value, and not a table", l.path[0])
	default:
		r.known(r.keys, l.path[0], l.at)
	}
}

// known tells whether there is a key, and of what is like it if not.
func (r *reader) known(keys *pflag.FlagSet, name string, at int) bool {
	switch {
	case keys.Lookup(name) != nil:
		return true
	case slices.Contains(notInFile, name):
		r.wrong(at, "", "%s is for the command line, not for a file", name)
	case keys == r.site && r.keys.Lookup(name) != nil:
		r.wrong(at, "what is for the whole server stands above the first line with brackets", "%s is for the whole server, not for a site", name)
	default:
		hint := ""
		if near := nearest(name, keys); near != "" {
			hint = "did you mean " + near + "?"
		}
		r.wrong(at, hint, "there is no setting %s", printable(name))
	}
	return false
}

// put takes a value of a key into s.
func (r *reader) put(s settings, keys *pflag.FlagSet, name string, l tomlLeaf) {
	if !r.known(keys, name, l.at) {
		return
	}
	values, expected := textsOf(keys.Lookup(name), l.value)
	if expected != nil {
		r.wrong(expected.at, "", "%s: expected %s, and this is %s", name, kindsOf(keys.Lookup(name)), kindName(expected.kind))
		return
	}
	x := setting{from: filed, at: []string{r.place(l.value.at)}}
	for i, v := range values {
		if i == 0 {
			x.at = nil
		}
		x.values, x.at = append(x.values, v.text), append(x.at, r.place(v.at))
	}
	if cut := fileNames[name]; cut != nil {
		for i, v := range x.values {
			before, file := cut(v)
			if file = inFile(r.name, file); before == "" && name == "auth" && strings.HasPrefix(file, "/") && strings.Contains(file, "=") {
				before = "/=" // the directory may have an equals sign in its name
			}
			x.values[i] = before + file
		}
	}
	s[name] = x
}

// integers are the keys of text that may be written as a number, too.
var integers = []string{"port", "memory", "tls-redirect"}

// textsOf returns a value as those of a flag. unexpected is what it can't be.
func textsOf(f *pflag.Flag, v tomlValue) (values []tomlValue, unexpected *tomlValue) {
	_, list := f.Value.(pflag.SliceValue)
	switch onOff := f.Value.Type() == "bool"; {
	case onOff && v.kind == unstable.Bool, (!onOff || list) && v.kind == unstable.String:
		return []tomlValue{v}, nil
	case slices.Contains(integers, f.Name) && v.kind == unstable.Integer:
		n, err := strconv.ParseInt(v.text, 0, 64)
		if err != nil || n < 0 {
			return nil, &v
		}
		v.text = strconv.FormatInt(n, 10)
		return []tomlValue{v}, nil
	case list && f.Name != "spa" && v.kind == unstable.Array:
		for i := range v.items {
			if v.items[i].kind != unstable.String {
				return nil, &v.items[i]
			}
		}
		return v.items, nil
	}
	return nil, &v
}

// kindsOf says what a key wants.
func kindsOf(f *pflag.Flag) string {
	_, list := f.Value.(pflag.SliceValue)
	switch {
	case f.Name == "spa":
		return "a string, true or false"
	case isOptional(f):
		return "strings, true or false"
	case list:
		return "strings, as [\"a\", \"b\"]"
	case f.Value.Type() == "bool":
		return "true or false"
	case slices.Contains(integers, f.Name):
		return "a string or a number from 0"
	}
	return "a string"
}

// kindName says what a value is.
func kindName(k unstable.Kind) string {
	switch k {
	case unstable.String:
		return "a string"
	case unstable.Bool:
		return "true or false"
	case unstable.Integer, unstable.Float:
		return "a number"
	case unstable.Array:
		return "a list"
	case unstable.InlineTable:
		return "a table"
	}
	return "a date or a time"
}
