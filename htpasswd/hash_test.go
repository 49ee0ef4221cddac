package htpasswd

import (
	"strings"
	"testing"
)

// TestVectors: the hashes are by other programs: those by argon2id of its reference implementation, those by bcrypt of
// the tests of crypt_blowfish, and of libxcrypt.
func TestVectors(t *testing.T) {
	const long = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	for _, c := range []struct{ password, hash string }{
		{"password", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"},
		{"swordfish", "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$Ohv7CM4qE9X+WRlzQTDAIvL6HqAJHGkZj6QGrxUKuGQ"},
		{"swordfish", "$argon2id$v=19$m=32,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$8Fxn3CCPb7MGdDkwSHHFghsp/7dKeOV+UnHnYxnBErA"},
		{"swordfish", "$argon2id$v=19$m=1024,t=1,p=3$c29tZXNhbHRzb21lc2FsdA$7zqsRmY4RbJhu6n3iigN7mznYrOaQL4J"},
		{"päßwörd", "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0$T6fB2LwQFXMK3oGY2NgPGc0QAAeNC0flQ9K+DT9Hz1E"},
		{"U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
		{"U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"},
		{"", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"},
		{"\xa3", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq"},
		{"\xff\xff\xa3", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e"},
		{"swordfish", "$2b$04$abcdefghijklmnopqrstuugIEnm3ZbWF6xb2GcoE3L1CoGJFMKtu."},
		{long, "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"},
	} {
		h, wrong := parseHash(c.hash)
		if wrong != nil {
			t.Errorf("%s: %s", c.hash, wrong.text)
			continue
		}
		if !h.takes(c.password) || !h.matches(c.password) {
			t.Errorf("%s does not match %q", c.hash, c.password)
		}
		for _, other := range []string{c.password + "x", "x" + c.password, strings.ToUpper(c.password) + "?"} {
			if h.matches(other) {
				t.Errorf("%s matches %q", c.hash, other)
			}
		}
	}
}

// TestApache reads a file that is Apache's own.
func TestApache(t *testing.T) {
	f, err := Open("testdata/apache.htpasswd")
	if err != nil {
		t.Fatal(err)
	}
	for user, password := range map[string]string{"alice": "swordfish", "bob": "päßwörd", "dot.user@example.org": "a:b c", "carol": "the usual cost is 10"} {
		if ok, err := f.Check(user, password); !ok || err != nil {
			t.Errorf("%s: %v, %v", user, ok, err)
		}
		if ok, err := f.Check(user, password+"!"); ok || err != nil {
			t.Errorf("%s with another password: %v, %v", user, ok, err)
		}
	}
}

func TestHash(t *testing.T) {
	one, err := Hash("swordfish")
	if err != nil {
		t.Fatal(err)
	}
	two, err := Hash("swordfish")
	if err != nil || one == two {
		t.Errorf("the same salt twice: %s, %v", one, err)
	}
	if !strings.HasPrefix(one, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("the hash is %s", one)
	}
	h, wrong := parseHash(one)
	if wrong != nil || !h.matches("swordfish") || h.matches("Swordfish") {
		t.Errorf("%s: %+v", one, wrong)
	}
	if got := h.(argon2Hash).String(); got != one {
		t.Errorf("%s is written as %s", one, got)
	}
}

func TestHashBcrypt(t *testing.T) {
	one, err := HashBcrypt("swordfish", 10)
	if err != nil || !strings.HasPrefix(one, "$2y$10$") {
		t.Fatalf("%s, %v", one, err)
	}
	h, wrong := parseHash(one)
	if wrong != nil || !h.matches("swordfish") || h.matches("Swordfish") {
		t.Errorf("%s: %+v", one, wrong)
	}
	for _, c := range []struct {
		password string
		cost     int
		want     string
	}{
		{"a", 9, "a cost of 9 is not accepted: it is from 10 to 16"},
		{"a", 17, "a cost of 17 is not accepted: it is from 10 to 16"},
		{strings.Repeat("a", 73), 10, "the password has 73 bytes, and bcrypt sees no more than 72"},
		{"", 10, "the password is empty"},
	} {
		if got, err := HashBcrypt(c.password, c.cost); got != "" || err == nil || err.Error() != c.want {
			t.Errorf("%d bytes, cost %d: %q, %v", len(c.password), c.cost, got, err)
		}
	}
}

func TestPasswordFault(t *testing.T) {
	for password, want := range map[string]string{
		"":       "the password is empty",
		"a\x00b": "the password has a control character in it, which cannot be sent (RFC 7617 §2)",
		"a\n":    "the password has a control character in it, which cannot be sent (RFC 7617 §2)",
		"\u0085": "the password has a control character in it, which cannot be sent (RFC 7617 §2)",
	} {
		if got, err := Hash(password); got != "" || err == nil || err.Error() != want {
			t.Errorf("%q: %q, %v", password, got, err)
		}
	}
}
