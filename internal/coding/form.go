package coding

import (
	"crypto/sha256"
	"encoding/base64"
	"sync/atomic"

	"github.com/salver-http/salver/internal/semantics"
)

// Form is content in a coding, as it is sent. It does not change but for Stale, and stays
// valid when the store lets go of it.
type Form struct {
	Coding semantics.Coding
	Bytes  []byte
	Sum    string // 8 characters of base64url of SHA-256 of Bytes: for the entity tag

	stale atomic.Bool
	given wants // the store's
}

// Stale is set when a shorter form for the same request has taken the place of f.
func (f *Form) Stale() *atomic.Bool { return &f.stale }

// newForm makes a form that keeps no more memory than b takes.
func newForm(c semantics.Coding, b []byte) *Form {
	if cap(b) > len(b) {
		b = append(make([]byte, 0, len(b)), b...)
	}
	return &Form{Coding: c, Bytes: b, Sum: fingerprint(sha256.Sum256(b))}
}

func fingerprint(sum [sha256.Size]byte) string {
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

// again is f for those that were not answered with it yet.
func (f *Form) again(given wants) *Form {
	return &Form{Coding: f.Coding, Bytes: f.Bytes, Sum: f.Sum, given: given}
}

// wants are sets of codings: the bit 1<<s says that the set s is one of them.
type wants uint16

func (w *wants) add(s Set) { *w |= 1 << s }

// with are those of w that have c, and without the others.
func (w wants) with(c semantics.Coding) (with, without wants) {
	for s := range Set(16) {
		if s.Has(c) {
			with |= w & (1 << s)
		}
	}
	return with, w &^ with
}
