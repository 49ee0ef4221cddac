package htpasswd

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
)

// users are those of one content of a file, and the pairs that were right since. With another content both go.
type users struct {
	hashes []hash
	index  map[string]int // of a user's hash
	good   pairs
}

// find returns the hash of a user. For one who is not known it is that of some other, which is to be computed
// all the same so that the time does not tell; always of the same one, as a known user has one. nil when there are no users.
func (u *users) find(user string) (h hash, known bool) {
	if i, ok := u.index[user]; ok {
		return u.hashes[i], true
	}
	if len(u.hashes) == 0 {
		return nil, false
	}
	m := hmac.New(sha256.New, secret)
	m.Write([]byte(user))
	return u.hashes[binary.BigEndian.Uint64(m.Sum(nil))%uint64(len(u.hashes))], false
}

// secret keys what is derived of names and passwords. It is another one in each process, and never leaves it.
var secret = func() []byte {
	b := make([]byte, sha256.BlockSize)
	rand.Read(b) // never fails
	return b
}()
