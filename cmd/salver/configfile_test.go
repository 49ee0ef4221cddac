package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2"
)

// valuesOf returns settings without where they stand.
func valuesOf(s settings) map[string][]string {
	values := make(map[string][]string)
	for name, x := range s {
		values[name] = x.values
	}
	return values
}

func TestParseConfig(t *testing.T) {
	const text = `# what is served
bind = "192.0.2.7"
port = 0x50
memory = "1MiB"
no-listing = true
index = []
header = ["A: 1", 'B: 2',
	"C: 3"]
cache = "*.css=max-age=60"
spa = true
cors = ["https://a.example"]
auth = ["users", "/drafts=users", "/etc/users"]
tls-cert = "/etc/cert.pem"
tls-key = "key.pem"

[site."Docs.Example.ORG."]
directory = "docs"
spa = "app.html"
cors = false
[site.'*.b.example']
[site]
"c.example".directory = "c"
"d.example" = { directory = "d", hidden = true }
`
	s, sites, mistakes := parseConfig([]byte(text), filepath.Join("conf", "salver.toml"))
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	if s, _, _ := parseConfig([]byte(`auth = ["users", "/x=users"]`), "/x=1/salver.toml"); runtime.GOOS != "windows" {
		if diff := cmp.Diff([]string{"/=/x=1/users", "/x=/x=1/users"}, s["auth"].values); diff != "" {
			t.Errorf("beneath a directory with an equals sign:\n%s", diff)
		}
	}
	want := map[string][]string{
		"bind": {"192.0.2.7"}, "port": {"80"}, "memory": {"1MiB"}, "no-listing": {"true"}, "index": nil,
		"header": {"A: 1", "B: 2", "C: 3"}, "cache": {"*.css=max-age=60"}, "spa": {"true"}, "cors": {"https://a.example"},
		"auth":     {filepath.Join("conf", "users"), "/drafts=" + filepath.Join("conf", "users"), "/etc/users"},
		"tls-cert": {"/etc/cert.pem"}, "tls-key": {filepath.Join("conf", "key.pem")},
	}
	if diff := cmp.Diff(want, valuesOf(s)); diff != "" {
		t.Error(diff)
	}
	var got []string
	for _, x := range sites {
		got = append(got, fmt.Sprint(x.host, " ", valuesOf(x.settings)))
	}
	if diff := cmp.Diff([]string{
		"docs.example.org map[cors:[false] directory:[" + filepath.Join("conf", "docs") + "] spa:[app.html]]", "*.b.example map[]",
		"d.example map[directory:[" + filepath.Join("conf", "d") + "] hidden:[true]]", "c.example map[directory:[" + filepath.Join("conf", "c") + "]]",
	}, got); diff != "" {
		t.Error(diff)
	}
	name := printable(filepath.Join("conf", "salver.toml"))
	for i, want := range []string{":7:11: header:", ":7:19: header:", ":8:2: header:"} {
		if got := s.said("header", i); got != name+want {
			t.Errorf("value %d of header is said to be at %q", i, got)
		}
	}
	if got := s.said("index", 0); got != name+":6:9: index:" {
		t.Errorf("an empty list is said to be at %q", got)
	}
}

func TestConfigFileMistakes(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"syntax after a key that there is not", "memroy = 1\nbind = \n", []string{"1:1: there is no setting memroy", "2:8: unexpected character U+000A"}},
		{"no newline", "bind", []string{"1:4: expected '=' after key"}},
		{"a list for a value", "directory = [\"a\"]\n'spa'  =  [1]\n\"a\\\"=\" = []", []string{"1:13: directory: expected a string", "2:11: spa: expected", "3:1: there is no setting"}},
		{"no value", "quiet = no", []string{"1:9: expected a value"}},
		{"not UTF-8", "bind = \"\xff\"", []string{"1:9: invalid UTF-8"}},
		{"columns are characters", "header = [\"äöü\", 1]", []string{"1:18: header: expected strings"}},
		{"a wrong type", "quiet = 1\nbind = false\nmemory = -1\nport = 1.5\nspa = []\ncors = 1\nauth = 1979-05-27", []string{
			"1:9: quiet: expected true or false, and this is a number", "2:8: bind: expected a string, and this is true or false",
			"3:10: memory: expected a string or a number from 0, and this is a number", "4:8: port: expected a string or a number from 0",
			"5:7: spa: expected a string, true or false, and this is a list", "6:8: cors: expected strings, true or false", "7:8: auth: expected strings, as [\"a\", \"b\"], and this is a date or a time",
		}},
		{"a value and a table", "port = 3\nport.x = 2", []string{"2:1: key port is already defined", "2:6: port: expected a value"}},
		{"twice", "bind = 'a'\nbind = 'b'\n'bind' = 'c'", []string{"2:1: bind is there twice, first at 1:1", "3:1: bind is there twice, first at 1:1"}},
		{"for the command line", "config = 'a'\nhelp = true\nversion = true\nsite = ['a=b']", []string{
			"1:1: config is for the command line", "2:1: help is for", "3:1: version is for", "4:1: site: expected a table for each host",
		}},
		{"tables that there are not", "[sites]\na = 1\n[tls]\ncert = 1\n[[site]]\n[[site.a]]\nb = 1\n[site.docs.example.org]\nhidden = true", []string{
			"1:2: there is no table sites", "3:2: there is no table tls", "5:3: [[site]] is a list of tables", "6:8: [[site.a]] is a list", "8:20: site.docs.example.org is not the table of a host",
		}},
		{"a table for a value", "tls.cert = 'a'\nbind = { a = 1 }\nsitee.x = 1", []string{"1:5: tls: expected a value", "2:1: there is no table bind", "3:7: there is no setting sitee"}},
		{"of a site", "[site.'a']\nmemory = 1\nhiden = true\n[site.'A.']\n[site.'b:80']\n[site.a.spa]\nx = 1", []string{
			"2:1: memory is for the whole server, not for a site", "3:1: there is no setting hiden", "4:7: site.\"A.\" is there twice, first as site.a", "5:7: site.\"b:80\" is not the name of a host", "6:9: site.a.spa is not",
		}},
		{"a table twice", "[site.a]\nhidden = true\n[site.a]\nhidden = true\n[site]\na = { hidden = true }", []string{
			"3:7: site.a is there twice, first at 1:7", "6:1: site.a is there twice, first at 1:7",
		}},
		{"what only the decoder knows", "site.a.hidden = true\n[site.a]\nspa = true", []string{"2:"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, mistakes := parseConfig([]byte(c.text), "salver.toml")
			for i := range max(len(mistakes), len(c.want)) {
				if i >= len(mistakes) || i >= len(c.want) || !strings.HasPrefix(mistakes[i].text, "salver.toml:"+c.want[i]) {
					t.Fatalf("the mistakes are %q", mistakes)
				}
			}
		})
	}
}

// FuzzParseConfig holds that no text makes the reader panic, that each of its mistakes has a position in it, and that what
// is accepted is TOML that the decoder accepts and has nothing that is not one of the keys.
func FuzzParseConfig(f *testing.F) {
	for _, text := range []string{
		"", "bind = 'a'\nindex = ['a', \"b\"]\nport = 8_0", "[site.\"a\"]\ndirectory = \"\"\"\nx\"\"\"\n", "a.b = { c = [ { d = 1 } ] }", "\ufeffbind='\x00'", "[[a]]\n[a.b]\n[a]", "site = { a = { hidden = true } }",
		"\"\\u0000\" = 1", "port = 0xffffffffffffffffff", "index = [ # c\n'a', # d\n]\r\n", "[", "=", "[site]\n''.hidden = true", "spa = true\nspa.x = 1", "memory = +1", "cors = [[['a']]]",
	} {
		f.Add(text)
	}
	place := regexp.MustCompile(`^salver\.toml:(\d+):(\d+): `)
	f.Fuzz(func(t *testing.T, text string) {
		s, sites, mistakes := parseConfig([]byte(text), "salver.toml")
		lines := strings.Split(text, "\n")
		for _, m := range mistakes {
			var line, column int
			if !place.MatchString(m.text) {
				t.Fatalf("%q: %q has no position", text, m.text)
			}
			fmt.Sscanf(m.text, "salver.toml:%d:%d: ", &line, &column)
			if line < 1 || line > len(lines) || column < 1 || column > len(lines[line-1])+1 {
				t.Errorf("%q: %q is not in it", text, m.text)
			}
		}
		for l := range strings.Lines(usageFault(mistakes...).lines()) {
			l = strings.NewReplacer(" ", "", `"`, "", "\n", "").Replace(l)
			if printable(l) != l {
				t.Errorf("%q: %q", text, l)
			}
		}
		if len(mistakes) > 0 {
			return
		}
		var decoded map[string]any
		if err := toml.Unmarshal([]byte(text), &decoded); err != nil {
			t.Fatalf("%q is accepted: %v", text, err)
		}
		tables, _ := decoded["site"].(map[string]any)
		if delete(decoded, "site"); len(decoded) != len(s) || len(sites) > len(tables) {
			t.Errorf("%q: %v and %v of %v", text, s, sites, decoded)
		}
		s.flags().parse(nil, sites)
	})
}

func TestReadTrusted(t *testing.T) {
	name := filepath.Join(t.TempDir(), "salver.toml")
	if _, err := readTrusted(name); err == nil || !strings.HasSuffix(err.Error(), "no such file or directory") && os.PathSeparator == '/' {
		t.Errorf("a file that is not there: %v", err)
	}
	if err := os.WriteFile(name, []byte(strings.Repeat("#", longestConfig)), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := readTrusted(name); len(text) != longestConfig || err != nil {
		t.Errorf("a long file: %d bytes, %v", len(text), err)
	}
	if err := os.WriteFile(name, []byte(strings.Repeat("#", longestConfig+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readTrusted(name); err == nil {
		t.Error("a file that is too long is read")
	}
	if _, err := readTrusted(filepath.Dir(name)); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a directory: %v", err)
	}
}
