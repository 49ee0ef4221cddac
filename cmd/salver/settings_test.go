package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

func TestOver(t *testing.T) {
	of := func(from source, line string) settings {
		s := make(settings)
		for _, word := range strings.Fields(line) {
			name, value, _ := strings.Cut(word, "=")
			s[name] = setting{values: []string{value}, from: from}
		}
		return s
	}
	for _, c := range []struct{ strong, weak, want string }{
		{"", "bind=a", "bind=a"},
		{"bind=b", "bind=a", "bind=b"},
		{"lan=true", "bind=a", "lan=true"},
		{"lan=false", "bind=a", "bind=a lan=false"},
		{"bind=a", "lan=true", "bind=a"},
		{"tls=false", "tls-cert=c tls-key=k tls-redirect=80", "tls=false"},
		{"tls=true", "tls-cert=c", "tls=true tls-cert=c"},
		{"tls-cert=c", "tls=false", "tls-cert=c"},
		{"tls-cert=c", "tls-cert=d tls-key=k tls-password-file=p", "tls-cert=c"},
		{"engine=nethttp", "memory=1 revalidate=1s", "engine=nethttp"},
		{"memory=0", "compress-cache=d", "memory=0"},
		{"memory=1", "compress-cache=d", "compress-cache=d memory=1"},
		{"no-compress=true", "compress-cache=d", "no-compress=true"},
		{"no-compress=false", "compress-cache=d", "compress-cache=d no-compress=false"},
	} {
		if diff := cmp.Diff(valuesOf(of(typed, c.want)), valuesOf(of(typed, c.strong).over(of(filed, c.weak)))); diff != "" {
			t.Errorf("%s over %s:\n%s", c.strong, c.weak, diff)
		}
	}
}

// TestReadEnvironment: each flag has a variable that says the same.
func TestReadEnvironment(t *testing.T) {
	new(flags).flagSet().VisitAll(func(f *pflag.Flag) {
		if f.Name == "help" || f.Name == "version" {
			return
		}
		value := "a"
		if f.Value.Type() == "bool" {
			value = "true"
		}
		got, mistakes := readEnvironment([]string{"HOME=x", variable(f.Name) + "=" + value, "salver_x=1"})
		want, _, _ := scan([]string{"--" + f.Name + "=" + value})
		if diff := cmp.Diff(valuesOf(want), valuesOf(got)); diff != "" || len(mistakes) > 0 {
			t.Errorf("%s: %v\n%s", variable(f.Name), mistakes, diff)
		}
		if got := got.said(f.Name, 0); got != "SALVER_"+strings.ReplaceAll(strings.ToUpper(f.Name), "-", "_")+":" {
			t.Errorf("%s is said as %s", f.Name, got)
		}
	})
}

// FuzzReadEnvironment holds that no variables make the reader panic, or what comes after it.
func FuzzReadEnvironment(f *testing.F) {
	for _, text := range []string{"SALVER_BIND=::1\x00SALVER_LAN=1", "SALVER_INDEX=a\nb,c\r\n\n\x00SALVER_PORT=80", "SALVER_\x00SALVER_X\x00=", "SALVER_SPA=\x00SALVER_CORS=\x00SALVER_SITE=\n*.a=b", "SALVER_CACHE=[=\nb=c", "SALVER_ALLOW=1/1\n::1%a"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, mistakes := readEnvironment(strings.Split(text, "\x00"))
		sites, more := takeSites(s)
		o, wrong := s.flags().parse(nil, sites)
		if o.config.Root == "" {
			t.Errorf("%q: nothing is served", text)
		}
		for l := range strings.Lines(usageFault(append(append(mistakes, more...), wrong...)...).lines()) {
			l = strings.NewReplacer(" ", "", `"`, "", "\n", "").Replace(l)
			if printable(l) != l {
				t.Errorf("%q: %q", text, l)
			}
		}
	})
}

func TestCutGlob(t *testing.T) {
	for _, c := range []struct {
		in, glob, value string
		open            rune
	}{
		{"*.css=a=b", "*.css", "a=b", 0},
		{"[=]=v", "[=]", "v", 0},
		{"{a=b,c}=v", "{a=b,c}", "v", 0},
		{`\==v`, `\=`, "v", 0},
		{"}a=v", "}a", "v", 0},
		{"[a=v", "[a=v", "", '['},
		{"{a=v", "{a=v", "", '{'},
		{"", "", "", 0},
	} {
		if glob, value, open := cutGlob(c.in); glob != c.glob || value != c.value || open != c.open {
			t.Errorf("%q: %q, %q, %q", c.in, glob, value, open)
		}
	}
}

func TestCutAuth(t *testing.T) {
	for in, want := range map[string][2]string{
		"users": {"", "users"}, "/etc/users": {"", "/etc/users"}, "/a/b=users": {"/a/b", "users"}, "a=b": {"", "a=b"}, "/=/etc/a=b": {"/", "/etc/a=b"}, "/a=": {"/a", ""},
	} {
		if prefix, file := cutAuth(in); [2]string{prefix, file} != want {
			t.Errorf("%q: %q, %q", in, prefix, file)
		}
	}
}
