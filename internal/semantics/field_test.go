package semantics

import "testing"

func TestValidField(t *testing.T) {
	for name, want := range map[string]bool{
		"ETag": true, "x-1": true, "!#$%&'*+-.^_`|~": true,
		"": false, "a b": false, "a:": false, "ä": false, "a\x00": false, "a(": false, "a@": false, "[": false, "{": false,
	} {
		if got := ValidFieldName(name); got != want {
			t.Errorf("ValidFieldName(%q) = %v", name, got)
		}
	}
	for value, want := range map[string]bool{
		"": true, "a": true, "a\tb c": true, "ü": true, "\xff": true,
		" a": false, "a\t": false, "a\r\nb": false, "a\nb": false, "a\x00": false, "\x7f": false,
	} {
		if got := ValidFieldValue(value); got != want {
			t.Errorf("ValidFieldValue(%q) = %v", value, got)
		}
	}
}
