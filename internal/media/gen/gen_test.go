package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// database is made up in the form of mime-db. The name of an extension says what
// decides between its types.
const database = `{
	"application/octet-stream": {"source": "iana", "extensions": ["unspecific", "alone"]},
	"application/x-unspecific": {"source": "nginx", "compressible": true, "extensions": ["unspecific"]},
	"application/x-registered": {"source": "iana", "extensions": ["source1"]},
	"application/own": {"extensions": ["source1", "source2"]},
	"application/ap": {"source": "apache", "extensions": ["source2", "source3"]},
	"application/ng": {"source": "nginx", "extensions": ["source3"]},
	"application/standards-tree": {"source": "iana", "extensions": ["facet1"]},
	"video/vnd.a": {"source": "iana", "extensions": ["facet1", "facet2"]},
	"video/prs.a": {"source": "iana", "extensions": ["facet2", "facet3"]},
	"video/x.a": {"source": "iana", "extensions": ["facet3", "facet4"]},
	"video/x-a": {"source": "iana", "extensions": ["facet4"]},
	"video/kind-kind": {"source": "iana", "extensions": ["kind1"]},
	"audio/kind": {"source": "iana", "extensions": ["kind1", "kind2"]},
	"application/k": {"source": "iana", "extensions": ["kind2", "kind3"]},
	"text/k": {"source": "iana", "extensions": ["kind3", "kind4"]},
	"chemical/k": {"source": "iana", "extensions": ["kind4"]},
	"text/longer": {"source": "iana", "extensions": ["length"]},
	"text/short": {"source": "iana", "extensions": ["length", "alphabet"]},
	"text/tally": {"source": "iana", "extensions": ["alphabet"]},
	"application/none": {"source": "iana"}
}`

const madeUpChoices = `# a remark

alone unspecific = text/x # because
new = image/new gzip # because
`

const madeUpTable = `# made by go generate from made-up@1; do not edit
alone	text/x; charset=utf-8
alphabet	text/short; charset=utf-8
facet1	application/standards-tree
facet2	video/vnd.a
facet3	video/prs.a
facet4	video/x.a
kind1	video/kind-kind
kind2	audio/kind
kind3	application/k
kind4	text/k; charset=utf-8
length	text/short; charset=utf-8
new	image/new	gzip
source1	application/x-registered
source2	application/own
source3	application/ap
unspecific	text/x; charset=utf-8
`

// pack makes an npm package of one file.
func pack(t *testing.T, name, content string) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, f := range [][2]string{{"package/README.md", "# a"}, {name, content}} {
		if err := w.WriteHeader(&tar.Header{Name: f[0], Mode: 0o644, Size: int64(len(f[1]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(f[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

func TestTableOfPackage(t *testing.T) {
	db, err := readPackage(pack(t, "package/db.json", database))
	if err != nil {
		t.Fatal(err)
	}
	if got := byRule(db)["unspecific"]; got != "application/x-unspecific" {
		t.Errorf("unspecific is %s by the rule", got)
	}
	choices, err := parseChoices(madeUpChoices)
	if err != nil {
		t.Fatal(err)
	}
	// The order in which Go walks a map must not matter.
	for range 20 {
		got, err := render("made-up@1", db, choices)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(madeUpTable, got); diff != "" {
			t.Fatalf("-want +got:\n%s", diff)
		}
	}
}

func TestReadPackageErrors(t *testing.T) {
	for name, b := range map[string]*bytes.Buffer{
		"empty":       {},
		"no database": pack(t, "package/other.json", "{}"),
		"no JSON":     pack(t, "package/db.json", "{"),
		"short":       bytes.NewBuffer(pack(t, "package/db.json", database).Bytes()[:60]),
	} {
		if db, err := readPackage(b); err == nil {
			t.Errorf("%s: no error, but %v", name, db)
		}
	}
}

func TestParseChoicesErrors(t *testing.T) {
	for text, want := range map[string]string{
		"a = b/c":                        "line 1 is not: extensions = media type [coding] # reason",
		"a = b/c # ":                     "line 1 is not: extensions = media type [coding] # reason",
		"\na b/c # why":                  "line 2 is not: extensions = media type [coding] # reason",
		" = b/c # why":                   "line 1 is not: extensions = media type [coding] # reason",
		"a =  # why":                     "line 1 is not: extensions = media type [coding] # reason",
		"a = b/c gzip br # why":          "line 1 is not: extensions = media type [coding] # reason",
		"a b = c/d # why\nb = c/e # why": `line 2: "b" was chosen before`,
	} {
		choices, err := parseChoices(text)
		if err == nil {
			t.Errorf("%q: no error, but %v", text, choices)
		} else if err.Error() != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestRenderRefusesNeedlessChoices(t *testing.T) {
	db := map[string]entry{"a/a": {Extensions: []string{"a", "b", "c"}}}
	choices := map[string]choice{"a": {mediaType: "a/a"}, "b": {mediaType: "a/a", coding: "gzip"}, "c": {mediaType: "a/a"}}
	_, err := render("x", db, choices)
	const want = "\"a\" is a/a by the rule already\n\"c\" is a/a by the rule already"
	if err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}

// What is committed is of one piece: the table comes from the pinned database and
// holds what choices.txt says now.
func TestCommittedTable(t *testing.T) {
	b, err := os.ReadFile("../table.txt")
	if err != nil {
		t.Fatal(err)
	}
	table := string(b)
	if want := "# made by go generate from " + origin + "; do not edit\n"; !strings.HasPrefix(table, want) {
		t.Errorf("the table does not begin with %q", want)
	}
	choices, err := parseChoices(choicesText)
	if err != nil {
		t.Fatal(err)
	}
	for ext, c := range choices {
		if !strings.Contains(table, "\n"+row(ext, c)) {
			t.Errorf("the table does not have %q: run go generate", row(ext, c))
		}
	}
}
