package plan

import "testing"

func TestHosts(t *testing.T) {
	h, err := NewHosts([]string{"localhost", "*.localhost", "Example.org."})
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]bool{
		"":                        true,
		"localhost":               true,
		"LOCALHOST:8000":          true,
		"localhost.":              true,
		"localhost.:80":           true,
		"app.localhost":           true,
		"a.b.localhost:1":         true,
		"example.org":             true,
		"127.0.0.1":               true,
		"127.0.0.1:8000":          true,
		"192.168.1.2:80":          true,
		"[::1]":                   true,
		"[::1]:8000":              true,
		"[fe80::1%eth0]:80":       true,
		"sub.example.org":         false,
		"notlocalhost":            false,
		".localhost":              false,
		"localhost.evil.example":  false,
		"evil.example":            false,
		"127.0.0.1.evil.example":  false,
		"[::1].evil.example":      false,
		"[127.0.0.1]":             false,
		"[evil.example]":          false,
		"::1":                     false,
		"1":                       false,
		"0x7f.1":                  false,
		"evil.example:localhost":  false,
		"localhost:80:80":         false,
		"localhost@evil.example":  false,
		"evil.example\\localhost": false,
	} {
		if got := h.Allow(host); got != want {
			t.Errorf("Allow(%q) = %v", host, got)
		}
	}
	if h, err := NewHosts(nil); h != nil || err != nil {
		t.Error("no names make hosts")
	}
	for _, n := range []string{"", "*", "*.", "a:80", "http://a", "a b", "*a", "a*", "*.*.a", "[::1]"} {
		if _, err := NewHosts([]string{n}); err == nil {
			t.Errorf("NewHosts takes %q", n)
		}
	}
}
