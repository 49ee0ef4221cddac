package htpasswd

import (
	"fmt"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

const (
	leastBcrypt     = 10 // cost of new hashes
	mostBcrypt      = 16 // 64 times as long as 10; 31 would take two million times as long
	longestBcrypt   = 72 // bytes of a password
	bcryptPrefix    = len("$2y$10$")
	bcryptEncoded   = 22 + 31 // characters of salt and hash
	bcryptAlphabet  = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	bcryptLastMasks = 3 // of its value in the alphabet: bits of the last character that stand for nothing
)

// bcryptHash is the text of a hash.
type bcryptHash string

func (h bcryptHash) takes(password string) bool { return len(password) <= longestBcrypt }

func (h bcryptHash) cost() string { return "bcrypt " + string(h[4:6]) }

func (h bcryptHash) matches(password string) bool {
	return h.takes(password) && bcrypt.CompareHashAndPassword([]byte(h), []byte(password)) == nil
}

// parseBcrypt reads a hash that begins as one of bcrypt. Its end has to be as bcrypt writes it: with another it could
// never match.
func parseBcrypt(text string) (hash, *fault) {
	cost, rest, ok := strings.Cut(text[4:], "$")
	switch {
	case !ok || len(cost) != 2 || !isDigit(cost[0]) || !isDigit(cost[1]):
		return nil, faultf(4, "the cost of bcrypt is wrong: expected two digits and a $")
	case cost < fmt.Sprintf("%02d", bcrypt.MinCost):
		return nil, faultf(4, "a cost of %s is less than bcrypt has: expected at least %02d", cost, bcrypt.MinCost)
	case cost > fmt.Sprint(mostBcrypt):
		return nil, faultf(4, "a cost of %s takes too long to check: expected at most %d", cost, mostBcrypt)
	}
	if i := strings.IndexFunc(rest, func(r rune) bool { return !strings.ContainsRune(bcryptAlphabet, r) }); i >= 0 && i < bcryptEncoded {
		return nil, faultf(bcryptPrefix+i, "a character is not one of bcrypt's: expected letters, digits, dots and slashes")
	}
	switch {
	case len(rest) < bcryptEncoded:
		return nil, faultf(len(text), "the hash ends early: expected %d characters after the cost, not %d", bcryptEncoded, len(rest))
	case len(rest) > bcryptEncoded:
		return nil, faultf(bcryptPrefix+bcryptEncoded, "the hash goes on: expected %d characters after the cost", bcryptEncoded)
	case strings.IndexByte(bcryptAlphabet, rest[bcryptEncoded-1])&bcryptLastMasks != 0:
		return nil, faultf(len(text)-1, "the hash ends in a character with which none by bcrypt does: expected all of it, as it was made")
	}
	return bcryptHash(text), nil
}

// HashBcrypt returns a hash of a password by bcrypt, as Apache's htpasswd -B makes. The cost is from
// 10 to 16; each step takes twice as long. The error is of a cost or a password that is no good: one that is
// empty, has control characters, or more than 72 bytes, of which bcrypt would not see the rest.
func HashBcrypt(password string, cost int) (string, error) {
	if cost < leastBcrypt || cost > mostBcrypt {
		return "", fmt.Errorf("a cost of %d is not accepted: it is from %d to %d", cost, leastBcrypt, mostBcrypt)
	}
	if err := passwordFault(password); err != nil {
		return "", err
	}
	if len(password) > longestBcrypt {
		return "", fmt.Errorf("the password has %d bytes, and bcrypt sees no more than %d", len(password), longestBcrypt)
	}
	b, err := bcrypt.GenerateFromPassword([]byte(password), cost)
	if err != nil {
		return "", err
	}
	return "$2y$" + string(b[4:]), nil // Apache's name for the same function
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
