package htpasswd

import (
	"slices"
	"strings"
	"testing"
)

func TestPut(t *testing.T) {
	for _, c := range []struct {
		text, user, want string
		replaced         bool
	}{
		{"", "ann", "ann:HASH\n", false},
		{"# who\n", "ann", "# who\nann:HASH\n", false},
		{"bo:x", "ann", "bo:x\nann:HASH\n", false},
		{"bo:x\r\n", "ann", "bo:x\r\nann:HASH\r\n", false},
		{"# ann:x\nann:old\nbo:x\n", "ann", "# ann:x\nann:HASH\nbo:x\n", true},
		{"ann:old\r\nbo:x\r\n", "ann", "ann:HASH\r\nbo:x\r\n", true},
		{"bo:x\nann:old", "ann", "bo:x\nann:HASH", true},
		{"ann:1\nbo:x\nann:2\n", "ann", "ann:HASH\nbo:x\n", true},
		{"Ann:1\nann\nannie:2\n", "ann", "Ann:1\nann\nannie:2\nann:HASH\n", false},
	} {
		got, replaced, err := Put([]byte(c.text), c.user, goodBcrypt)
		if want := strings.ReplaceAll(c.want, "HASH", goodBcrypt); err != nil || string(got) != want || replaced != c.replaced {
			t.Errorf("%q: %q, %v, %v", c.text, got, replaced, err)
		}
	}
	for _, c := range []struct{ user, hash, want string }{
		{"", goodBcrypt, "the user's name is empty"},
		{"a:b", goodBcrypt, "the user's name has a colon in it, which ends it (RFC 7617 §2)"},
		{"#a", goodBcrypt, "the user's name begins with a #, as comments do"},
		{"a\nb", goodBcrypt, "the user's name has a control character in it (RFC 7617 §2)"},
		{"a", "swordfish", "a password in the clear, or a hash of an unknown kind, is not accepted: " + expected},
	} {
		if got, _, err := Put(nil, c.user, c.hash); got != nil || err == nil || err.Error() != c.want {
			t.Errorf("%q: %q, %v", c.user, got, err)
		}
	}
}

func TestRemove(t *testing.T) {
	for _, c := range []struct {
		text, want string
		removed    bool
	}{
		{"", "", false},
		{"ann:1\n# ann:2\nbo:3\nann:4", "# ann:2\nbo:3\n", true},
		{"bo:3", "bo:3", false},
		{"ann\n", "ann\n", false},
	} {
		if got, removed := Remove([]byte(c.text), "ann"); string(got) != c.want || removed != c.removed {
			t.Errorf("%q: %q, %v", c.text, got, removed)
		}
	}
	if got, removed := Remove([]byte("# ann:1\n"), "# ann"); string(got) != "# ann:1\n" || removed {
		t.Errorf("a comment is removed: %q", got)
	}
}

// FuzzPut: a good file stays one, with the user and all others, who stay after the user is removed again.
func FuzzPut(f *testing.F) {
	f.Add("", "ann")
	f.Add("# some\r\nann:"+goodBcrypt+"\r\nbo:"+goodArgon2, "ann")
	f.Add("bo:"+goodArgon2, "ann")
	f.Add("ann:"+goodArgon2, "#")
	f.Fuzz(func(t *testing.T, text, user string) {
		before, err := parse("f", []byte(text))
		if err != nil {
			return
		}
		changed, replaced, err := Put([]byte(text), user, goodArgon2)
		if err != nil {
			if nameFault(user) == "" {
				t.Errorf("%q: %v", user, err)
			}
			return
		}
		after, err := parse("f", changed)
		if err != nil {
			t.Fatalf("%q and %q: %v", text, user, err)
		}
		_, was := before.index[user]
		h, known := after.find(user)
		if !known || h.(interface{ String() string }).String() != goodArgon2 || replaced != was {
			t.Errorf("%q and %q: %q, %v", text, user, changed, replaced)
		}
		removed, was := Remove(changed, user)
		rest, err := parse("f", removed)
		if err != nil || !was {
			t.Fatalf("%q without %q: %v", changed, user, err)
		}
		want := slices.DeleteFunc(names(before), func(n string) bool { return n == user })
		if got := names(rest); !slices.Equal(got, want) || len(after.hashes) != len(want)+1 {
			t.Errorf("%q and %q: %q, want %q", text, user, got, want)
		}
	})
}

func names(u *users) []string {
	all := make([]string, len(u.hashes))
	for name, i := range u.index {
		all[i] = name
	}
	return all
}
