package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// tomlValue is a value as it stands in a file.
type tomlValue struct {
	kind  unstable.Kind
	text  string      // of a string what it means, else as it is written
	items []tomlValue // of an array
	at    int         // offset in the file
}

// tomlLeaf is a value that is no table, with the whole of its key: [a] and b.c = 1 are a.b.c.
type tomlLeaf struct {
	path  []string
	at    int // where the last part of the key stands
	value tomlValue
}

// tomlTable is the heading of a table.
type tomlTable struct {
	path []string
	at   int
}

// tomlFault is what is wrong at an offset.
type tomlFault struct {
	at         int
	text, hint string
}

// readTOML reads text. What is there twice, and what is wrong with the syntax, are faults; reading ends at
// the first of the latter.
func readTOML(text []byte) (leaves []tomlLeaf, tables []tomlTable, faults []tomlFault) {
	var p unstable.Parser
	p.Reset(text)
	seen := make(map[string]int) // offsets of leaves and of headings
	first := func(path []string, at int, mark string) bool {
		id := mark + strings.Join(path, "\x00")
		before, again := seen[id]
		if again {
			line, column := position(text, before)
			faults = append(faults, tomlFault{at: at, text: fmt.Sprintf("%s is there twice, first at %d:%d", keyText(path), line, column)})
			return false
		}
		seen[id] = at
		return true
	}
	var add func(table []string, n *unstable.Node)
	add = func(table []string, n *unstable.Node) {
		path, at := tomlKey(n.Key(), table)
		value := n.Value()
		if value.Kind != unstable.InlineTable {
			if first(path, at, "") {
				leaves = append(leaves, tomlLeaf{path, at, tomlValueOf(value, valueAt(text, at))})
			}
			return
		}
		if !first(path, at, "table:") {
			return
		}
		tables = append(tables, tomlTable{path, at})
		for it := value.Children(); it.Next(); {
			if it.Node().Kind == unstable.KeyValue {
				add(path, it.Node())
			}
		}
	}
	var table []string
	repeated := false // the table is there already: its keys are not told of again
	for p.NextExpression() {
		switch n := p.Expression(); n.Kind {
		case unstable.Table:
			var at int
			table, at = tomlKey(n.Key(), nil)
			if repeated = !first(table, at, "table:"); !repeated {
				tables = append(tables, tomlTable{table, at})
			}
		case unstable.ArrayTable:
			var at int
			table, at = tomlKey(n.Key(), nil)
			repeated = true
			faults = append(faults, tomlFault{at: at, text: fmt.Sprintf("[[%s]] is a list of tables, and there are none here", keyText(table))})
		case unstable.KeyValue:
			if !repeated {
				add(table, n)
			}
		}
	}
	return leaves, tables, append(faults, syntaxFaults(text, p.Error(), len(faults) > 0)...)
}

// syntaxFaults returns what the parser found. Where nothing else is wrong the decoder is asked, too: it knows
// more of what TOML forbids.
func syntaxFaults(text []byte, err error, more bool) []tomlFault {
	if e, ok := errors.AsType[*unstable.ParserError](err); ok {
		return []tomlFault{{at: offsetOf(text, e.Highlight), text: tomlWords(e.Message)}}
	}
	if err == nil && more {
		return nil
	}
	if err == nil {
		var any map[string]any
		err = toml.Unmarshal(text, &any)
	}
	if e, ok := errors.AsType[*toml.DecodeError](err); ok {
		line, column := e.Position()
		return []tomlFault{{at: offsetAt(text, line, column), text: tomlWords(e.Error())}}
	}
	if err != nil {
		return []tomlFault{{text: tomlWords(err.Error())}}
	}
	return nil
}

// tomlWords returns a message of the parser as one of ours. It may quote the file.
func tomlWords(message string) string {
	message = strings.TrimPrefix(message, "toml: ")
	if strings.HasPrefix(message, "expected keyword") {
		message = `expected a value: true, false, a number, or a string in quotes`
	}
	return strings.Map(func(r rune) rune {
		if r != ' ' && !strconv.IsPrint(r) {
			return '?'
		}
		return r
	}, message)
}

// tomlKey returns the parts of a key beneath those of its table, and where the last stands.
func tomlKey(it unstable.Iterator, table []string) (path []string, at int) {
	path = slices.Clone(table)
	for it.Next() {
		n := it.Node()
		path, at = append(path, string(n.Data)), int(n.Raw.Offset)
	}
	return path, at
}

// valueAt returns where the value begins of a key whose last part stands at an offset.
func valueAt(text []byte, key int) int {
	at := key
	if c := text[at]; c == '"' || c == '\'' {
		for at++; at < len(text) && text[at] != c; at++ {
			if c == '"' && text[at] == '\\' {
				at++
			}
		}
	}
	i := bytes.IndexByte(text[min(at, len(text)):], '=')
	if i < 0 {
		return key
	}
	at += i + 1
	return at + len(text[at:]) - len(bytes.TrimLeft(text[at:], " \t"))
}

// tomlValueOf returns a value; at is where it stands if it does not tell.
func tomlValueOf(n *unstable.Node, at int) tomlValue {
	if n.Raw.Length > 0 {
		at = int(n.Raw.Offset)
	}
	v := tomlValue{kind: n.Kind, text: string(n.Data), at: at}
	if n.Kind == unstable.Array {
		for it := n.Children(); it.Next(); {
			if it.Node().Kind != unstable.Comment {
				v.items = append(v.items, tomlValueOf(it.Node(), at))
			}
		}
	}
	return v
}

// keyText returns a key as it is written, those of its parts quoted that have to be.
func keyText(path []string) string {
	var parts []string
	for _, p := range path {
		if strings.Trim(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" || p == "" {
			p = fmt.Sprintf("%q", p)
		}
		parts = append(parts, p)
	}
	return strings.Join(parts, ".")
}

// position returns where an offset is, both from 1, the column in characters.
func position(text []byte, offset int) (line, column int) {
	before := text[:min(max(offset, 0), len(text))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return bytes.Count(before, []byte{'\n'}) + 1, utf8.RuneCount(before[start:]) + 1
}

// offsetAt is the opposite, with the column in bytes.
func offsetAt(text []byte, line, column int) int {
	offset := 0
	for ; line > 1; line-- {
		i := bytes.IndexByte(text[offset:], '\n')
		if i < 0 {
			break
		}
		offset += i + 1
	}
	return min(offset+max(column, 1)-1, len(text))
}

// offsetOf returns where part, which is a part of text in memory, begins: its end, if it is of no length.
func offsetOf(text, part []byte) int {
	if len(text) == 0 || cap(part) == 0 || cap(part) > cap(text) {
		return len(text)
	}
	return min(cap(text)-cap(part), len(text))
}
