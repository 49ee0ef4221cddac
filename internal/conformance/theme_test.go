package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// theme is one file of testdata.
type theme struct {
	name   string
	config []string
	nodes  []node
	blocks map[string]block
	cases  []testCase
}

// block is what a "fields" section holds: lines of fields and of content.
type block struct{ fields, content []string }

type testCase struct {
	name    string // with the theme's
	note    string // the section it holds, or the reason
	request request
	status  int
	block
	mounted   string
	not, only []string // lanes
	oracles   []oracleLine
}

// oracleLine is how another server differs.
type oracleLine struct {
	server, versions string
	difference, why  string
}

// loadThemes reads all of testdata.
func loadThemes(t testing.TB) []*theme {
	t.Helper()
	shared, err := txtar.ParseFile(filepath.Join("testdata", "shared.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := make(map[string]block)
	for _, f := range shared.Files {
		blocks[strings.TrimPrefix(f.Name, "fields ")] = parseBlock(lines(f.Data))
	}
	files, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	var themes []*theme
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		if name == "shared" {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		th, err := parseTheme(name, data, blocks)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		themes = append(themes, th)
	}
	return themes
}

func parseTheme(name string, data []byte, shared map[string]block) (*theme, error) {
	th := &theme{name: name, blocks: make(map[string]block)}
	for k, v := range shared {
		th.blocks[k] = v
	}
	seen := make(map[string]bool)
	for _, f := range txtar.Parse(data).Files {
		if seen[f.Name] {
			return nil, fmt.Errorf("two sections %q", f.Name)
		}
		seen[f.Name] = true
		var err error
		switch kind, rest, _ := strings.Cut(f.Name, " "); {
		case f.Name == "config":
			th.config = lines(f.Data)
		case f.Name == "tree":
			for _, l := range lines(f.Data) {
				if th.nodes, err = addNode(th.nodes, l); err != nil {
					return nil, err
				}
			}
		case strings.HasPrefix(f.Name, "tree/"):
			th.nodes = append(th.nodes, node{name: strings.TrimPrefix(f.Name, "tree/"), content: string(f.Data), mtime: defaultMTime})
		case kind == "fields":
			th.blocks[rest] = parseBlock(lines(f.Data))
		default:
			c, err := parseCase(lines(f.Data))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", f.Name, err)
			}
			c.name = name + "/" + f.Name
			th.cases = append(th.cases, c)
		}
	}
	if err := encodeNodes(th.nodes); err != nil {
		return nil, err
	}
	for _, c := range th.cases {
		for i := range c.request.fields {
			f := &c.request.fields[i]
			var err error
			if f.value, err = th.ofFiles(f.value); err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	return th, nil
}

// lines are those of a section that are not blank.
func lines(data []byte) []string {
	var ls []string
	for l := range strings.SplitSeq(string(data), "\n") {
		if strings.TrimSpace(l) != "" {
			ls = append(ls, l)
		}
	}
	return ls
}

// contentMarks begin the lines that tell of content.
const contentMarks = "=|~"

func parseBlock(ls []string) (b block) {
	for _, l := range ls {
		if strings.IndexByte(contentMarks, l[0]) >= 0 {
			b.content = append(b.content, l)
		} else {
			b.fields = append(b.fields, l)
		}
	}
	return b
}

var (
	oracleSyntax = regexp.MustCompile(`^(go|python)(?: (\S.*))?: (.+) \((.+)\)$`)
	codedSyntax  = regexp.MustCompile(`^= (gzip|br|zstd|\{coding\}) (.+)$`)
	lanesSyntax  = regexp.MustCompile(`^(not|only): (.+) \(.+\)$`)
)

func parseCase(ls []string) (c testCase, err error) {
	var sent []string
	for i, l := range ls {
		switch {
		case l[0] == '>':
			sent = append(sent, l)
		case len(sent) == 0:
			c.note += l + "\n"
		case l[0] == '<' && c.status == 0:
			if c.status, err = strconv.Atoi(strings.TrimSpace(l[1:])); err != nil {
				return c, err
			}
		case l[0] == '<':
			c.fields = append(c.fields, strings.TrimSpace(l[1:]))
		case strings.IndexByte(contentMarks, l[0]) >= 0:
			c.content = append(c.content, l)
		case strings.HasPrefix(l, "mounted: "):
			c.mounted = strings.TrimPrefix(l, "mounted: ")
		default:
			if m := oracleSyntax.FindStringSubmatch(l); m != nil {
				c.oracles = append(c.oracles, oracleLine{m[1], m[2], m[3], m[4]})
			} else if m := lanesSyntax.FindStringSubmatch(l); m != nil {
				names := strings.Split(m[2], ", ")
				if m[1] == "not" {
					c.not = names
				} else {
					c.only = names
				}
			} else {
				return c, fmt.Errorf("line %d: what is %q?", i+1, l)
			}
		}
	}
	if len(sent) == 0 || c.status == 0 {
		return c, fmt.Errorf("no request or no status")
	}
	c.request, err = parseRequest(sent)
	return c, err
}

// isFor reports whether the case goes through a lane.
func (c *testCase) isFor(l *lane) bool {
	is := func(name string) bool { return name == l.name || name == l.of }
	return !slices.ContainsFunc(c.not, is) && (c.only == nil || slices.ContainsFunc(c.only, is))
}

// expected is the answer that the case writes down, stand-ins and all.
func (c *testCase) expected(th *theme, mount string) (answer, error) {
	fields, content, err := th.expand(c.block)
	if err != nil {
		return answer{}, err
	}
	a := answer{Status: strconv.Itoa(c.status)}
	for _, f := range fields {
		if f.name == "Location" && mount != "" {
			f.value = mount + f.value
			if c.mounted != "" {
				f.value = c.mounted
			}
		}
		if f.value, err = th.ofFiles(f.value); err != nil {
			return answer{}, err
		}
		a.Fields = append(a.Fields, f.name+": "+f.value)
	}
	slices.Sort(a.Fields)
	for _, l := range content {
		if l, err = th.ofFiles(l); err != nil {
			return answer{}, err
		}
		if l[0] == '~' {
			text, err := strconv.Unquote(strings.TrimSpace(l[1:]))
			if err != nil {
				return a, fmt.Errorf("%q: %w", l, err)
			}
			a.texts = append(a.texts, text)
			continue
		}
		if m := codedSyntax.FindStringSubmatch(l); m != nil {
			a.coding, l = m[1], "= "+m[2]
		}
		piece, err := th.piece(l)
		if err != nil {
			return a, err
		}
		a.Content += piece
	}
	if c.request.method == "HEAD" {
		a.Content, a.texts, a.coding = "", nil, ""
	}
	return a, nil
}

// expand replaces the names of blocks by what they stand for.
func (th *theme) expand(b block) ([]field, []string, error) {
	fields, content, err := th.add(nil, nil, []string{"@every"})
	if err != nil {
		return nil, nil, err
	}
	fields, content, err = th.add(fields, content, b.fields)
	if b.content != nil {
		content = b.content
	}
	return fields, content, err
}

func (th *theme) add(fields []field, content, ls []string) ([]field, []string, error) {
	said := make(map[string]bool) // on lines of their own here
	for _, l := range ls {
		switch {
		case l[0] == '@':
			b, ok := th.blocks[l[1:]]
			if !ok {
				return nil, nil, fmt.Errorf("there is no section fields %s", l[1:])
			}
			var err error
			if fields, content, err = th.add(fields, content, b.fields); err != nil {
				return nil, nil, err
			}
			if b.content != nil {
				content = b.content
			}
		case l[0] == '-':
			n := len(fields)
			fields = slices.DeleteFunc(fields, func(f field) bool { return f.name == l[1:] })
			if len(fields) == n {
				return nil, nil, fmt.Errorf("there is no field to remove: %s", l)
			}
		default:
			name, value, ok := strings.Cut(l, ": ")
			if !ok {
				return nil, nil, fmt.Errorf("not a field: %q", l)
			}
			if !said[name] {
				fields = slices.DeleteFunc(fields, func(f field) bool { return f.name == name })
				said[name] = true
			}
			fields = append(fields, field{name, value})
		}
	}
	return fields, content, nil
}

// piece is the content that a "=" or "|" line stands for.
func (th *theme) piece(l string) (string, error) {
	text := strings.TrimPrefix(l[1:], " ")
	switch {
	case l[0] == '|':
		return text + "\n", nil
	case text[0] == '"':
		return strconv.Unquote(text)
	}
	name, part, cut := strings.Cut(text, " ")
	n := nodeOf(th.nodes, name)
	if n == nil {
		return "", fmt.Errorf("%q: there is no such file in the tree", l)
	}
	if !cut {
		return n.content, nil
	}
	var first, last int
	if _, err := fmt.Sscanf(part, "%d-%d", &first, &last); err != nil {
		return "", fmt.Errorf("%q: %w", l, err)
	}
	if first < 0 || last < first || last >= len(n.content) {
		return "", fmt.Errorf("%q: not a part of %d bytes", l, len(n.content))
	}
	return n.content[first : last+1], nil
}
