package htpasswd

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	goodBcrypt = "$2y$04$abcdefghijklmnopqrstuugIEnm3ZbWF6xb2GcoE3L1CoGJFMKtu." // of swordfish
	goodArgon2 = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0$T6fB2LwQFXMK3oGY2NgPGc0QAAeNC0flQ9K+DT9Hz1E"
)

func TestParse(t *testing.T) {
	u, err := parse("f", []byte("# who\n\n  \t\n  # more: than\nann:"+goodBcrypt+"\r\nBo B:"+goodArgon2+"  \nünï:"+goodBcrypt))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ann", "Bo B", "ünï"} {
		if _, known := u.find(name); !known {
			t.Errorf("%s is missing", name)
		}
	}
	if _, known := u.find("Ann"); known || len(u.hashes) != 3 {
		t.Errorf("there are %d users", len(u.hashes))
	}
	if u, err := parse("f", nil); err != nil || len(u.hashes) != 0 {
		t.Errorf("an empty file: %v", err)
	}
}

// TestMistakes: each line with what is said of it. All are in one file, a few at a time.
func TestMistakes(t *testing.T) {
	const form = "expected $argon2id$v=19$m=19456,t=2,p=1$, then salt and hash in base64 with a $ between"
	for _, c := range []struct{ line, want string }{
		{"swordfish", "1: there is no colon: expected user:hash"},
		{":" + goodBcrypt, "1: the user's name is empty"},
		{"a\xff:" + goodBcrypt, "1: the user's name is not UTF-8"},
		{"a\tb:" + goodBcrypt, "1: the user's name has a control character in it (RFC 7617 §2)"},
		{" a:" + goodBcrypt, "1: the user's name has space before or after it"},
		{"a :" + goodBcrypt, "1: the user's name has space before or after it"},
		{"fine:" + goodBcrypt, `1: user "fine" is in line 2 already: expected each once`},
		{"ü:", "3: the hash is missing: " + expected},
		{"a:$apr1$wQRyE7B6$ptZGyS8rSQE606FwFMLGt.", "3: a hash by MD5 ($apr1$) is not accepted: " + expected},
		{"a:$1$abcdefgh$ptZGyS8rSQE606FwFMLGt.", "3: a hash by MD5 ($1$) is not accepted: " + expected},
		{"a:{SHA}lcsL/Sl3x2EpjZYk5LTUxyo5l0o=", "3: a hash by SHA-1 ({SHA}) is not accepted: " + expected},
		{"a:{SSHA}lcsL/Sl3x2EpjZYk5LTUxyo5l0o=", "3: a hash by SHA-1 ({SSHA}) is not accepted: " + expected},
		{"a:$5$ZzQumpJ8gznmknbi$L8aWb", "3: a hash by SHA-256 ($5$) is not accepted: " + expected},
		{"a:$6$J5yTUcTedTpEnlOh$WC23K", "3: a hash by SHA-512 ($6$) is not accepted: " + expected},
		{"a:$y$j9T$abc", "3: a hash by yescrypt is not accepted: " + expected},
		{"a:$7$abc", "3: a hash by scrypt is not accepted: " + expected},
		{"a:$2$04$abc", "3: a hash by the first bcrypt ($2$) is not accepted: " + expected},
		{"a:$2x$04$abc", "3: a hash by a bcrypt that was wrong ($2x$) is not accepted: " + expected},
		{"a:$argon2i$v=19$m=64,t=1,p=1$c29t$QNIL", "3: a hash by argon2i is not accepted: " + expected},
		{"a:$argon2d$v=19$m=64,t=1,p=1$c29t$QNIL", "3: a hash by argon2d is not accepted: " + expected},
		{"a:rTa4KkBrwV.EM", "3: a password in the clear, or a hash of an unknown kind, is not accepted: " + expected},
		{"a:swordfish", "3: a password in the clear, or a hash of an unknown kind, is not accepted: " + expected},

		{"a:$2y$", "7: the cost of bcrypt is wrong: expected two digits and a $"},
		{"a:$2y$4$" + goodBcrypt[7:], "7: the cost of bcrypt is wrong: expected two digits and a $"},
		{"a:$2y$0x$" + goodBcrypt[7:], "7: the cost of bcrypt is wrong: expected two digits and a $"},
		{"a:$2y$03$" + goodBcrypt[7:], "7: a cost of 03 is less than bcrypt has: expected at least 04"},
		{"a:$2y$17$" + goodBcrypt[7:], "7: a cost of 17 takes too long to check: expected at most 16"},
		{"a:$2y$31$" + goodBcrypt[7:], "7: a cost of 31 takes too long to check: expected at most 16"},
		{"a:" + goodBcrypt[:59], "62: the hash ends early: expected 53 characters after the cost, not 52"},
		{"a:" + goodBcrypt + ":a comment", "63: the hash goes on: expected 53 characters after the cost"},
		{"a:" + goodBcrypt[:20] + "=" + goodBcrypt[21:], "23: a character is not one of bcrypt's: expected letters, digits, dots and slashes"},
		{"ü:" + goodBcrypt[:20] + "ü" + goodBcrypt[22:], "23: a character is not one of bcrypt's: expected letters, digits, dots and slashes"},
		{"a:" + goodBcrypt[:59] + "/", "62: the hash ends in a character with which none by bcrypt does: expected all of it, as it was made"},

		{"a:$argon2id$", "13: the version is not that of RFC 9106, v=19: " + form},
		{"a:$argon2id$m=64,t=1,p=1$c2FsdHNhbHRzYWx0$T6fB2LwQFXMK3oGY2NgPGc", "13: the version is not that of RFC 9106, v=19: " + form},
		{"a:$argon2id$v=16$m=64,t=1,p=1$c2FsdHNhbHRzYWx0$T6fB2LwQFXMK3oGY2NgPGc", "13: the version is not that of RFC 9106, v=19: " + form},
		{"a:$argon2id$v=19", "17: the hash ends early: " + form},
		{"a:$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0", "47: the hash ends early: " + form},
		{"a:" + goodArgon2 + "$", "91: the hash goes on: " + form},
		{"a:$argon2id$v=19$t=1,m=64,p=1$c2FsdHNhbHRzYWx0$T6fB2LwQFXMK3oGY2NgPGc", "18: m= and a number is missing: " + form},
		{"a:$argon2id$v=19$m=64,t=01,p=1$c2FsdHNhbHRzYWx0$T6fB2LwQFXMK3oGY2NgPGc", "23: t= and a number is missing: " + form},
		{"a:$argon2id$v=19$m=64,t=0,p=1$c2FsdHNhbHRzYWx0$T6fB2LwQFXMK3oGY2NgPGc", "23: t= and a number is missing: " + form},
		{"a:$argon2id$v=19$m=64,t=-1,p=1$c2FsdHNhbHRzYWx0$T6fB2LwQFXMK3oGY2NgPGc", "23: t= and a number is missing: " + form},
		{"a:$argon2id$v=19$m=64,t=1$c2FsdHNhbHRzYWx0$T6fB2LwQFXMK3oGY2NgPGc", "26: p is missing: " + form},
		{"a:$argon2id$v=19$m=64,t=1,p=1,keyid=a$c2FsdHNhbHRzYWx0$T6fB2LwQFXMK3oGY2NgPGc", "31: there are parameters beside m, t and p: " + form},
		{"a:$argon2id$v=19$m=262145,t=1,p=1$c2FsdHNhbHRzYWx0$T6fB2LwQFXMK3oGY2NgPGc", "18: m=262145 takes too much to check: expected at most 262144 (KiB)"},
		{"a:$argon2id$v=19$m=99999999999999999999,t=1,p=1$c2FsdHNhbHRzYWx0$T6fB", "18: m=99999999999999999999 takes too much to check: expected at most 262144 (KiB)"},
		{"a:$argon2id$v=19$m=64,t=17,p=1$c2FsdHNhbHRzYWx0$T6fB2LwQFXMK3oGY2NgPGc", "23: t=17 takes too much to check: expected at most 16"},
		{"a:$argon2id$v=19$m=64,t=1,p=17$c2FsdHNhbHRzYWx0$T6fB2LwQFXMK3oGY2NgPGc", "27: p=17 takes too much to check: expected at most 16"},
		{"a:$argon2id$v=19$m=64,t=1,p=9$c2FsdHNhbHRzYWx0$T6fB2LwQFXMK3oGY2NgPGc", "18: m=64 is less memory than 9 lanes take: expected at least 72"},
		{"a:$argon2id$v=19$m=64,t=1,p=1$c2FsdHM$T6fB2LwQFXMK3oGY2NgPGc", "31: the salt has 5 bytes: expected 8 to 64"},
		{"a:$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0$T6fB", "48: the hash has 3 bytes: expected 16 to 64"},
		{"a:$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0==$T6fB2LwQFXMK3oGY2NgPGc", "47: the salt is not base64 without padding: " + form},
		{"a:$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0$T6fB2Lw\r", "48: the hash has 5 bytes: expected 16 to 64"},
		{"a:$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0$T6fB2LwQFXMK\r3oGY2NgPGc", "60: the hash is not base64 without padding: " + form},
	} {
		_, err := parse("dir/users", []byte("# some\nfine:"+goodArgon2+"\n\n"+c.line+"\nx\n"))
		want := "dir/users:4:" + c.want + "\ndir/users:5:1: there is no colon: expected user:hash"
		if err == nil || err.Error() != want {
			t.Errorf("%q:\n%v\nwant\n%s", c.line, err, want)
			continue
		}
		e, ok := errors.AsType[*Error](err)
		if !ok || e.File != "dir/users" || e.Line != 4 {
			t.Errorf("%q: %+v", c.line, e)
		}
	}
}

func TestMark(t *testing.T) {
	_, err := parse("f", []byte("\ufeffann:"+goodBcrypt+"\n"))
	if want := "f:1:1: there is a byte order mark: expected UTF-8 without"; err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}

// TestManyMistakes: what is no such file at all does not fill the screen.
func TestManyMistakes(t *testing.T) {
	_, err := parse("f", []byte(strings.Repeat("x\n", 1000)))
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != mostErrors+1 || lines[mostErrors] != "f: 980 more mistakes" || lines[19] != "f:20:1: there is no colon: expected user:hash" {
		t.Errorf("%q", lines)
	}
}

var (
	lineForm = regexp.MustCompile(`^([^:\p{Cc}]+):(?:\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{52}[.CGKOSWaeimquy26]|\$argon2id\$v=19\$m=([1-9]\d{0,5}),t=([1-9]\d?),p=([1-9]\d?)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+))[ \t\r]*$`)
	remark   = regexp.MustCompile(`^[ \t\r]*(#.*)?$`)
)

// naive returns the users of a file, false where there is a mistake: parse as an expression.
func naive(text string) ([]string, bool) {
	var names []string
	if text == "" {
		return nil, true
	}
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if remark.MatchString(strings.ToValidUTF8(line, "x")) {
			continue
		}
		m := lineForm.FindStringSubmatch(line)
		if m == nil || !strings.EqualFold(m[1], strings.ToValidUTF8(m[1], "")) || strings.TrimSpace(m[1]) != m[1] || slices.Contains(names, m[1]) {
			return nil, false
		}
		names = append(names, m[1])
		var n [6]int
		for i := range n[2:] {
			n[i+2], _ = strconv.Atoi(m[i+2])
		}
		if m[2] != "" {
			if n[2] < 4 || n[2] > 16 {
				return nil, false
			}
			continue
		}
		m3, t, p := n[3], n[4], atoi(m[5])
		if m3 > 256<<10 || t > 16 || p > 16 || m3 < 8*p || !naiveBytes(m[6], 8) || !naiveBytes(m[7], 16) {
			return nil, false
		}
	}
	return names, true
}

func atoi(s string) int { n, _ := strconv.Atoi(s); return n }

// naiveBytes reports whether base64 stands for so many bytes, and its last character has no bits too many.
func naiveBytes(s string, least int) bool {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	bits := 6 * len(s) % 8
	last := strings.IndexByte(alphabet, s[len(s)-1])
	return len(s)%4 != 1 && last%(1<<bits) == 0 && len(s)*6/8 >= least && len(s)*6/8 <= 64
}

// FuzzParse compares with the naive twin, holds that places are in the file, and that nothing that could be a
// password is told.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"", "\n", "#\n", "a:" + goodBcrypt, "a:" + goodArgon2 + "\nb:" + goodBcrypt + "\r\n", "a:$2y$04$", "a:$argon2id$v=19$m=64,t=1,p=1$$",
		"a:b\nc", " a:" + goodBcrypt, "\xff:" + goodBcrypt, "a\x00:" + goodBcrypt, "a:" + goodArgon2 + "\t \na:x", "\ufeff", "# \xff\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := parse("file", []byte(s))
		names, ok := naive(strings.TrimPrefix(s, "\ufeff"))
		ok = ok && !strings.HasPrefix(s, "\ufeff")
		if ok != (err == nil) {
			t.Fatalf("%q: %v, want good: %v", s, err, ok)
		}
		if err == nil {
			for i, name := range names {
				if at, ok := u.index[name]; !ok || at != i {
					t.Errorf("%q: user %q is number %d", s, name, at)
				}
			}
			if len(u.hashes) != len(names) || len(u.index) != len(names) {
				t.Errorf("%q: %d users, want %q", s, len(u.hashes), names)
			}
			return
		}
		lines := strings.Split(s, "\n")
		for _, err := range err.(interface{ Unwrap() []error }).Unwrap() {
			e, ok := err.(*Error)
			if !ok {
				continue
			}
			if e.Line < 1 || e.Line > len(lines) || e.Column < 1 || e.Column > len([]rune(lines[e.Line-1]))+1 {
				t.Errorf("%q: %v is out of the file", s, e)
			}
		}
		if plain := parseFails(s + "qzjx"); strings.Contains(plain, "qzjx") {
			t.Errorf("%q: the end of a line is told: %s", s, plain)
		}
	})
}

// parseFails returns what is said of a line of a user a.
func parseFails(hash string) string {
	hash = strings.NewReplacer("\n", "", "m=", "", "t=", "", "p=", "").Replace(hash)
	_, err := parse("file", []byte("a:"+hash))
	return fmt.Sprint(err)
}
