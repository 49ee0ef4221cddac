package htpasswd

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
)

// users are those of one content of a file, and the pairs that were right since. With another content both go.
type users struct {
	hashes []hash
	index  map[string]int // of a user's hash
	good   pairs

	byCost []hash // those of the same cost beside each other
	key    []byte // of which of them stands for whom
}

// order makes byCost and key. The key is of one of the hashes, which nobody knows: so it is the same after a restart,
// and mostly after an edit.
func (u *users) order() {
	u.byCost = slices.Clone(u.hashes)
	slices.SortStableFunc(u.byCost, func(a, b hash) int { return cmp.Compare(a.cost(), b.cost()) })
	for _, h := range u.hashes {
		if sum := sha256.Sum256(fmt.Append(nil, h)); u.key == nil || bytes.Compare(sum[:], u.key) < 0 {
			u.key = sum[:]
		}
	}
}

// find returns the hash of a user. For one who is not known it is that of some other, which is to be computed
// all the same so that the time does not tell: always one of the same cost, as a known user has one, also when some lines
// come or go, but for few. nil when there are no users.
func (u *users) find(user string) (h hash, known bool) {
	if i, ok := u.index[user]; ok {
		return u.hashes[i], true
	}
	if len(u.byCost) == 0 {
		return nil, false
	}
	m := hmac.New(sha256.New, u.key)
	m.Write([]byte(user))
	i, _ := bits.Mul64(binary.BigEndian.Uint64(m.Sum(nil)), uint64(len(u.byCost)))
	return u.byCost[i], false
}

// secret keys what is kept of names and passwords. It is another one in each process, and never leaves it.
var secret = func() []byte {
	b := make([]byte, sha256.BlockSize)
	rand.Read(b) // never fails
	return b
}()
