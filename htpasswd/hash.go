package htpasswd

import (
	"errors"
	"fmt"
	"strings"
)

// hash is what a file says of a password.
type hash interface {
	// takes reports, at no cost, whether a password can be the one at all.
	takes(password string) bool
	// matches computes the hash of the password, and compares.
	matches(password string) bool
	// cost is what that takes, in words: the same for hashes that take the same.
	cost() string
}

// fault is what is wrong with a part of a line.
type fault struct {
	at   int // index in the part, in bytes
	text string
}

func faultf(at int, format string, a ...any) *fault { return &fault{at, fmt.Sprintf(format, a...)} }

// expected is what hashes are to be.
const expected = "expected one by bcrypt ($2a$, $2b$, $2y$) or argon2id ($argon2id$), as salver passwd makes"

// others are hashes that are known by their beginning, and not accepted.
var others = []struct{ prefix, name string }{
	{"$apr1$", "a hash by MD5 ($apr1$)"},
	{"$1$", "a hash by MD5 ($1$)"},
	{"$5$", "a hash by SHA-256 ($5$)"},
	{"$6$", "a hash by SHA-512 ($6$)"},
	{"$2$", "a hash by the first bcrypt ($2$)"},
	{"$2x$", "a hash by a bcrypt that was wrong ($2x$)"},
	{"$argon2i$", "a hash by argon2i"},
	{"$argon2d$", "a hash by argon2d"},
	{"$y$", "a hash by yescrypt"},
	{"$7$", "a hash by scrypt"},
	{"{SHA}", "a hash by SHA-1 ({SHA})"},
	{"{SSHA}", "a hash by SHA-1 ({SSHA})"},
}

// parseHash reads a hash.
func parseHash(text string) (hash, *fault) {
	switch {
	case strings.HasPrefix(text, "$2a$"), strings.HasPrefix(text, "$2b$"), strings.HasPrefix(text, "$2y$"):
		return parseBcrypt(text)
	case strings.HasPrefix(text, argon2Prefix):
		return parseArgon2(text)
	case text == "":
		return nil, faultf(0, "the hash is missing: %s", expected)
	}
	for _, o := range others {
		if strings.HasPrefix(text, o.prefix) {
			return nil, faultf(0, "%s is not accepted: %s", o.name, expected)
		}
	}
	// The text may be a password, which no log should have.
	return nil, faultf(0, "a password in the clear, or a hash of an unknown kind, is not accepted: %s", expected)
}

// passwordFault tells why a password is not hashed.
func passwordFault(password string) error {
	switch {
	case password == "":
		return errors.New("the password is empty")
	case hasControl(password):
		return errors.New("the password has a control character in it, which cannot be sent (RFC 7617 §2)")
	}
	return nil
}
