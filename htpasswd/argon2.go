package htpasswd

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// argon2Prefix is the beginning of hashes, of the only version that is (RFC 9106 §3.2).
const argon2Prefix = "$argon2id$"

// What a file may ask for. The most is about 4 GiB of memory written and read, some seconds.
const (
	mostMemory = 256 << 10 // KiB
	mostPasses = 16
	mostLanes  = 16
	leastSalt  = 8 // bytes (RFC 9106 §3.1)
	leastKey   = 16
	mostBytes  = 64 // of both
)

// argon2Hash is argon2id with its parameters (RFC 9106 §3.1).
type argon2Hash struct {
	memory    uint32 // m, in KiB
	passes    uint32 // t
	lanes     uint8  // p
	salt, key []byte
}

// usual is what new hashes cost: the second of the least that OWASP's cheat sheet on storing passwords recommends.
var usual = argon2Hash{memory: 19 << 10, passes: 2, lanes: 1}

func (h argon2Hash) derive(password string, length int) []byte {
	return argon2.IDKey([]byte(password), h.salt, h.passes, h.memory, h.lanes, uint32(length))
}

func (h argon2Hash) takes(string) bool { return true }

func (h argon2Hash) cost() string {
	return fmt.Sprintf("argon2id m=%d,t=%d,p=%d,%d", h.memory, h.passes, h.lanes, len(h.key))
}

func (h argon2Hash) matches(password string) bool {
	return subtle.ConstantTimeCompare(h.derive(password, len(h.key)), h.key) == 1
}

// String returns h as it stands in a file.
func (h argon2Hash) String() string {
	return fmt.Sprintf("%sv=%d$m=%d,t=%d,p=%d$%s$%s", argon2Prefix, argon2.Version, h.memory, h.passes, h.lanes,
		base64.RawStdEncoding.EncodeToString(h.salt), base64.RawStdEncoding.EncodeToString(h.key))
}

// Hash returns a hash of a password by argon2id (RFC 9106) with 19 MiB of memory, two passes and one lane, and
// a random salt. The error is of a password that is no good: one that is empty, or has control characters.
func Hash(password string) (string, error) {
	if err := passwordFault(password); err != nil {
		return "", err
	}
	h := usual
	h.salt = make([]byte, 16)
	rand.Read(h.salt) // never fails
	h.key = h.derive(password, 32)
	return h.String(), nil
}

// argon2Form is what a hash looks like.
const argon2Form = "expected $argon2id$v=19$m=19456,t=2,p=1$, then salt and hash in base64 with a $ between"

// parseArgon2 reads a hash that begins as one of argon2id.
func parseArgon2(text string) (hash, *fault) {
	parts := strings.Split(text, "$")
	var at [6]int // where the parts begin
	for i := 1; i < len(at) && i < len(parts); i++ {
		at[i] = at[i-1] + len(parts[i-1]) + 1
	}
	switch {
	case parts[2] != "v=19":
		return nil, faultf(at[2], "the version is not that of RFC 9106, v=19: %s", argon2Form)
	case len(parts) < len(at):
		return nil, faultf(len(text), "the hash ends early: %s", argon2Form)
	case len(parts) > len(at):
		return nil, faultf(at[5]+len(parts[5]), "the hash goes on: %s", argon2Form)
	}
	var h argon2Hash
	n, wrong := parseParameters(parts[3])
	if wrong == nil {
		h.memory, h.passes, h.lanes = uint32(n[0]), uint32(n[1]), uint8(n[2])
		if least := 8 * n[2]; n[0] < least {
			wrong = faultf(0, "m=%d is less memory than %d lanes take: expected at least %d", n[0], n[2], least)
		}
	}
	if wrong != nil {
		return nil, &fault{at[3] + wrong.at, wrong.text}
	}
	if h.salt, wrong = parseBytes("salt", parts[4], leastSalt); wrong != nil {
		return nil, &fault{at[4] + wrong.at, wrong.text}
	}
	if h.key, wrong = parseBytes("hash", parts[5], leastKey); wrong != nil {
		return nil, &fault{at[5] + wrong.at, wrong.text}
	}
	return h, nil
}

// parseParameters reads m, t and p.
func parseParameters(text string) (n [3]int, _ *fault) {
	at := 0
	values := strings.Split(text, ",")
	for i, p := range []struct {
		name string
		most int
		unit string
	}{{"m=", mostMemory, " (KiB)"}, {"t=", mostPasses, ""}, {"p=", mostLanes, ""}} {
		if i >= len(values) {
			return n, faultf(len(text), "%s is missing: %s", p.name[:1], argon2Form)
		}
		digits, ok := strings.CutPrefix(values[i], p.name)
		if !ok || digits == "" || strings.Trim(digits, "0123456789") != "" || digits[0] == '0' {
			return n, faultf(at, "%s and a number is missing: %s", p.name, argon2Form)
		}
		v, err := strconv.Atoi(digits)
		if err != nil || v > p.most {
			return n, faultf(at, "%s takes too much to check: expected at most %d%s", values[i], p.most, p.unit)
		}
		n[i] = v
		at += len(values[i]) + 1
	}
	if len(values) > len(n) {
		return n, faultf(at, "there are parameters beside m, t and p: %s", argon2Form)
	}
	return n, nil
}

// parseBytes reads base64 (RFC 4648 §4) without padding.
func parseBytes(what, text string, least int) ([]byte, *fault) {
	b, err := base64.RawStdEncoding.Strict().DecodeString(text)
	at := strings.IndexByte(text, '\r') // which the decoder passes over
	if e, ok := err.(base64.CorruptInputError); ok && at < 0 {
		at = int(e)
	}
	if at >= 0 {
		return nil, faultf(min(at, len(text)), "the %s is not base64 without padding: %s", what, argon2Form)
	}
	if len(b) < least || len(b) > mostBytes {
		return nil, faultf(0, "the %s has %d bytes: expected %d to %d", what, len(b), least, mostBytes)
	}
	return b, nil
}
