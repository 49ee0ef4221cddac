package rules_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/salver-http/salver/internal/rules"
	"github.com/salver-http/salver/internal/tree"
	"golang.org/x/tools/txtar"
)

// TestSites matches targets by the rule files of whole sites. A site's archive begins with the dialect and a note; what is
// expected was written by hand, from the documentation of the hosts:
//
//	-- redirects --
//	TARGET [{COOKIES}] => none, or STATUS[!] and the location or path [, by cookie]
//	-- fields --
//	TARGET
//	  Name: value
//	  ! Name
func TestSites(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "sites", "*.txtar"))
	if err != nil || len(files) < 10 {
		t.Fatalf("%d sites, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, sections := archive(t, file)
			word, _, _ := strings.Cut(string(a.Comment), ":")
			d, err := rules.ParseDialect(word)
			if err != nil {
				t.Fatal(err)
			}
			h, problems := rules.ParseHeaders([]byte(sections["_headers"]), d)
			rs, more := rules.ParseRedirects([]byte(sections["_redirects"]), d)
			if diff := cmp.Diff(sections["problems"], problemLines(append(problems, more...))); diff != "" {
				t.Errorf("problems\n%s", diff)
			}
			var got strings.Builder
			for line := range strings.Lines(sections["redirects"]) {
				asked, _, _ := strings.Cut(line, " => ")
				fmt.Fprintf(&got, "%s => %s\n", asked, found(rs, targetOf(t, asked)))
			}
			if diff := cmp.Diff(sections["redirects"], got.String()); diff != "" {
				t.Errorf("redirects\n%s", diff)
			}
			got.Reset()
			for line := range strings.Lines(sections["fields"]) {
				if line[0] == ' ' {
					continue
				}
				got.WriteString(line)
				set, detached := h.For(targetOf(t, strings.TrimSpace(line)))
				for _, f := range set {
					fmt.Fprintf(&got, "  %s: %s\n", f.Name, f.Value)
				}
				for _, name := range detached {
					fmt.Fprintf(&got, "  ! %s\n", name)
				}
			}
			if diff := cmp.Diff(sections["fields"], got.String()); diff != "" {
				t.Errorf("fields\n%s", diff)
			}
		})
	}
}

func archive(t *testing.T, file string) (*txtar.Archive, map[string]string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a := txtar.Parse(text)
	sections := make(map[string]string)
	for _, f := range a.Files {
		if _, twice := sections[f.Name]; twice {
			t.Fatalf("%s: %q is there twice", file, f.Name)
		}
		sections[f.Name] = string(f.Data)
	}
	return a, sections
}

func problemLines(problems []*rules.Problem) string {
	var b strings.Builder
	for _, p := range problems {
		b.WriteString(p.Error())
		if p.Unsupported {
			b.WriteString(" (left out)")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func found(rs *rules.Redirects, t *rules.Target) string {
	a, ok, byCookie := rs.Find(t, false)
	s := "none"
	if ok {
		s = fmt.Sprint(a.Status)
		if a.Forced {
			s += "!"
		}
		s += " " + a.Location + a.Path
		if a.Path != "" && a.Query != "" {
			s += "?" + a.Query
		}
	}
	if byCookie {
		s += ", by cookie"
	}
	return s
}

// targetOf reads a target as requests have it, http://site.example before it where there is no host.
func targetOf(t *testing.T, s string) *rules.Target {
	t.Helper()
	var target rules.Target
	s, cookie, _ := strings.Cut(s, " {")
	target.Cookie = strings.TrimSuffix(cookie, "}")
	target.Host = "site.example"
	if scheme, rest, absolute := strings.Cut(s, "://"); absolute && s[0] != '/' {
		i := strings.IndexByte(rest, '/')
		target.Secure, target.Host, s = scheme == "https", rest[:i], rest[i:]
	}
	s, target.Query, _ = strings.Cut(s, "?")
	name, slash, err := tree.ParsePath(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	target.Path = "/"
	if name != "." {
		target.Path += name
		if slash {
			target.Path += "/"
		}
	}
	return &target
}
