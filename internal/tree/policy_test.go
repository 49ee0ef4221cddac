package tree

import "testing"

func TestWithhold(t *testing.T) {
	const open, hidden, secret = 0, 1, 2 // the least that lets the name through
	for name, need := range map[string]int{
		".":                              open,
		"a":                              open,
		"a/b.txt":                        open,
		"a.":                             open,
		".well-known":                    open,
		".well-known/security.txt":       open,
		".well-known/.x":                 hidden,
		"a/.well-known/x":                hidden,
		".Well-Known/x":                  hidden,
		".a":                             hidden,
		"a/.b/c":                         hidden,
		"...":                            hidden,
		".gitignore":                     hidden,
		".git":                           secret,
		".git/config":                    secret,
		"a/.GIT/config":                  secret,
		".env":                           secret,
		".env.production":                secret,
		".htpasswd":                      secret,
		"a/id_rsa":                       secret,
		"ID_ED25519":                     secret,
		"id_rsa.pub":                     open,
		"cert.pem":                       open,
		"putty.ppk":                      secret,
		"bundle.P12":                     secret,
		"environment":                    open,
		"a b/c\n/\xff/\u202e/%2e/?/#/\\": open,
	} {
		for level, o := range []Options{{}, {Hidden: true}, {Hidden: true, Secrets: true}} {
			if got, want := o.withhold(name) == nil, level >= need; got != want {
				t.Errorf("%+v: withhold(%q) lets it through: %v", o, name, got)
			}
		}
	}
	if o := (Options{Secrets: true}); o.withhold(".git/config") != nil || o.withhold("id_rsa") != nil || o.withhold(".a") == nil {
		t.Error("Secrets alone shows secrets, and no other hidden names")
	}
}

func TestPortableName(t *testing.T) {
	for _, c := range []struct {
		goos, seg string
		want      bool
	}{
		{"linux", "NUL", true},
		{"linux", "a:b", true},
		{"linux", `a\b`, true},
		{"linux", "a.", true},
		{"windows", "a.txt", true},
		{"windows", "nul", false},
		{"windows", "NUL.txt", false},
		{"windows", "nul .txt", false},
		{"windows", "CONIN$", false},
		{"windows", "com1", false},
		{"windows", "LPT¹", false},
		{"windows", "com", true},
		{"windows", "com10", true},
		{"windows", "console", true},
		{"windows", "f.txt:stream", false},
		{"windows", "f.txt::$DATA", false},
		{"windows", "f.txt.", false},
		{"windows", "f.txt ", false},
		{"windows", `..\f`, false},
		{"windows", "GIT~1", false},
		{"windows", "a~b", true},
		{"windows", "a\x1f", false},
		{"windows", "a?", false},
		{"darwin", "a:b", true},
		{"darwin", ".g\u200cit", false},
		{"darwin", "\ufeff.git", false},
		{"darwin", "é", true},
	} {
		if got := portableName(c.goos, c.seg); got != c.want {
			t.Errorf("portableName(%q, %q) = %v", c.goos, c.seg, got)
		}
	}
}

func TestOwn(t *testing.T) {
	o := Options{Own: []string{"_headers", "salver.toml"}, Hidden: true}
	for name, open := range map[string]bool{
		"_headers":               false,
		"_HEADERS":               false,
		"_header\u017f":          false, // a long s, which has the upper case of a short one
		"_headers.gz":            false,
		"_headers.BR":            false,
		"_Header\u017f.z\u017fT": false,
		"\u017falver.toml":       false,
		"_headers.txt":           true,
		"_headersx":              true,
		"_header":                true,
		"a/_headers":             true,
		"_headers.gz.gz":         true,
	} {
		if got := o.withhold(name) == nil; got != open {
			t.Errorf("withhold(%q) lets it through: %v", name, got)
		}
	}
}
