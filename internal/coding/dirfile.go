package coding

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/salver-http/salver/internal/semantics"
)

// madeBy is the version of what Best makes. What another one made is not used.
const madeBy = "2"

// A file of a Dir has a head, and after it the bytes of a form. The head is the magic, how
// many bytes there are (64 bits, the highest first), and a SHA-256 over the digest of the
// content, the coding and the SHA-256 of the bytes.
const (
	fileMagic = "salver\x00\x01"
	headSize  = len(fileMagic) + 8 + sha256.Size

	tempSuffix = ".tmp"
)

// errDamaged says that a file does not hold what its name says.
var errDamaged = errors.New("the file is damaged")

// fileName is the name of the file of a form. It has a hash of the digest, so that it is a
// name on every system, also where a and A are the same.
func fileName(digest string, c semantics.Coding) string {
	sum := sha256.Sum256([]byte(digest))
	return hex.EncodeToString(sum[:16]) + "-" + madeBy + Suffix(c)
}

// ours reports whether a file of that name may be one of ours, whole or temporary.
func ours(name string) (whole, temporary bool) {
	hash, rest, _ := strings.Cut(name, "-")
	version, rest, _ := strings.Cut(rest, ".")
	suffix, random, temporary := strings.Cut(rest, ".")
	known := slices.ContainsFunc(All[:], func(c semantics.Coding) bool { return "."+suffix == Suffix(c) })
	switch {
	case !known, len(hash) != 32, strings.Trim(hash, "0123456789abcdef") != "":
		return false, false
	case version == "", strings.Trim(version, "0123456789") != "":
		return false, false
	case temporary:
		random, ok := strings.CutSuffix("."+random, tempSuffix)
		return false, ok && len(random) > 1 && !strings.Contains(random[1:], ".")
	}
	return true, false
}

func fileHead(digest string, f *Form) []byte {
	return appendHead(nil, digest, f.Coding, len(f.Bytes), sha256.Sum256(f.Bytes))
}

func appendHead(b []byte, digest string, c semantics.Coding, length int, sum [sha256.Size]byte) []byte {
	h := sha256.New()
	io.WriteString(h, digest)
	h.Write([]byte{0, byte(c)})
	h.Write(sum[:])
	b = append(b, fileMagic...)
	b = binary.BigEndian.AppendUint64(b, uint64(length))
	return h.Sum(b)
}

// parseFile reads the file of a form, and keeps b.
func parseFile(b []byte, digest string, c semantics.Coding) (*Form, error) {
	if len(b) < headSize {
		return nil, errDamaged
	}
	coded := b[headSize:]
	sum := sha256.Sum256(coded)
	if !bytes.Equal(b[:headSize], appendHead(nil, digest, c, len(coded), sum)) {
		return nil, errDamaged
	}
	return &Form{Coding: c, Bytes: coded, Sum: fingerprint(sum)}, nil
}
