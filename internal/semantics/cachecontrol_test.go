package semantics

import "testing"

func TestCheckCacheControl(t *testing.T) {
	for value, want := range map[string]string{
		"no-cache":                            "",
		"public, max-age=31536000, immutable": "",
		`private="set-cookie, x", No-Store`:   "",
		" , max-age=0 ,,\tx-other=y , ":       "",
		`max-age="5"`:                         "",
		"":                                    "no directive is there",
		" , ":                                 "no directive is there",
		"no cache":                            `a comma is missing before "cache"`,
		"max-age=abc":                         "max-age is a number of seconds, as in max-age=3600",
		"Max-Age":                             "max-age is a number of seconds, as in max-age=3600",
		"s-maxage=-1":                         "s-maxage is a number of seconds, as in s-maxage=3600",
		`max-age=""`:                          "max-age is a number of seconds, as in max-age=3600",
		"max-age=":                            "max-age has no value behind its equals sign",
		"max-age= 5":                          "max-age has no value behind its equals sign",
		`x="`:                                 "x has no value behind its equals sign",
		"public; max-age=5":                   `a comma is missing before "; max-age=5"`,
		"=5":                                  `a directive is expected at "=5"`,
		"public, ä":                           `a directive is expected at "ä"`,
	} {
		got := ""
		if err := CheckCacheControl(value); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}
