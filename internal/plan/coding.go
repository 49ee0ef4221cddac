package plan

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/salver-http/salver/internal/coding"
	"github.com/salver-http/salver/internal/media"
	"github.com/salver-http/salver/internal/semantics"
	"github.com/salver-http/salver/internal/tree"
)

const (
	// codedFrom is the shortest content that is worth compressing, in bytes.
	codedFrom = 256
	// codedTo is the longest that is compressed for an answer.
	codedTo = tree.HashLimit
)

// errNotAcceptable says that the client accepts no coding that there is.
var errNotAcceptable = errors.New("no content coding that there is is acceptable")

// errCompressing is more compressing than is taken on at once.
var errCompressing = fmt.Errorf("%w: content to compress", errBusy)

// content is what is negotiated about: content without a coding, as far as there is any.
type content struct {
	tag       semantics.Tag // of it
	digest    string        // of it; "" when not known
	mediaType string
	length    int64 // of it; -1 where it cannot be had without a coding
	load      func() ([]byte, error)
	// sidecar is what holds it in a coding, nil when nothing does; lent says that it is not
	// for who asks to close.
	sidecar func(semantics.Coding) (*tree.Sidecar, error)
	lent    bool
}

// form is the representation that was chosen: content in a coding.
type form struct {
	coding  semantics.Coding
	tag     semantics.Tag
	length  int64
	bytes   []byte        // all of it, where it has been read
	sidecar *tree.Sidecar // to be closed unless lent; nil without
	lent    bool
	// fleeting says that another form would be chosen at another time.
	fleeting bool
}

// negotiable reports whether a file of the type may be sent in a coding.
func (s *Site) negotiable(mediaType string) bool {
	return !s.NoCodings && !media.Compressed(mediaType)
}

// choose selects the form of c to answer r with (RFC 9110 §12.1).
//
// What a tag of the request names is chosen if it is acceptable: the client has it, or has
// a part of it. A range of something else is one of the identity, so that parts of it that
// were had before fit. Else the coding with the highest weight is chosen, among equals the
// shortest form that there is.
func (s *Site) choose(r *asked, c *content) (form, error) {
	w := semantics.CodingsAccepted(r.AcceptEncoding)
	if r.IfNoneMatch.Present && !r.IfMatch.Present {
		if tag, k, ok := semantics.ListedForm(r.IfNoneMatch.Text, c.tag, &w); ok {
			return form{coding: k, tag: tag.As(c.tag), length: c.length}, nil // it will be confirmed, and no more
		}
	}
	ranged := semantics.AsksForRange(r.Request)
	named := r.IfMatch
	if !named.Present && ranged { // else If-Range says nothing (RFC 9110 §13.1.5)
		named = r.IfRange
	}
	if named.Present {
		switch tag, k, ok := semantics.ListedForm(named.Text, c.tag, &w); {
		case ok && k == semantics.Identity && c.length >= 0:
			return c.plain(), nil
		case ok:
			f, err := s.formIn(c, k, r.basis)
			if err != nil || f.tag == tag {
				return f, err
			}
			f.close()
		}
	}
	if ranged && w.Accepts(semantics.Identity) && c.length >= 0 {
		return c.plain(), nil
	}
	return s.best(c, &w, r.basis)
}

// plain is c without a coding.
func (c *content) plain() form { return form{tag: c.tag, length: c.length} }

// best is the form with the highest weight, the shortest among equals.
func (s *Site) best(c *content, w *semantics.CodingWeights, basis *tree.Basis) (form, error) {
	chosen, weight := form{length: -1}, int16(0)
	if c.length >= 0 && w.Accepts(semantics.Identity) {
		chosen, weight = c.plain(), w[semantics.Identity]
	}
	var busy bool
	for _, level := range levels(w) {
		if level < weight {
			break
		}
		f, err := s.shortest(c, w, level, basis)
		if err == errCompressing {
			busy = true
			continue
		}
		if err != nil {
			return form{}, err
		}
		if f.coding == semantics.Identity {
			continue
		}
		if chosen.length < 0 || level > weight || f.length < chosen.length {
			chosen, weight = f, level
			break
		}
		f.close()
	}
	switch {
	case chosen.length >= 0:
		chosen.fleeting = chosen.fleeting || busy
		return chosen, nil
	case busy:
		return form{}, errCompressing
	}
	return form{}, errNotAcceptable
}

// levels are the weights that w gives to codings other than identity, the highest first.
func levels(w *semantics.CodingWeights) []int16 {
	var all [len(coding.All)]int16
	n := 0
	for {
		next := int16(0)
		for _, c := range coding.All {
			if v := w[c]; v > next && (n == 0 || v < all[n-1]) {
				next = v
			}
		}
		if next == 0 {
			return all[:n]
		}
		all[n] = next
		n++
	}
}

// shortest is the shortest form in one of the codings with the weight level: of the sidecars,
// or where there is none, compressed now. It has no coding when there is no form.
func (s *Site) shortest(c *content, w *semantics.CodingWeights, level int16, basis *tree.Basis) (f form, err error) {
	var set coding.Set
	for _, k := range coding.All {
		if w[k] != level {
			continue
		}
		set |= coding.SetOf(k)
		sidecar, err := c.sidecar(k)
		switch {
		case err != nil:
			f.close()
			return form{}, err
		case sidecar == nil:
		case f.sidecar == nil || sidecar.Stamp.Size < f.length:
			f.close()
			f = form{coding: k, length: sidecar.Stamp.Size, sidecar: sidecar, lent: c.lent}
		default:
			(&form{sidecar: sidecar, lent: c.lent}).close()
		}
	}
	if f.sidecar != nil {
		return f, s.tagSidecar(c, &f)
	}
	return s.compressed(c, set, !w.Accepts(semantics.Identity), basis)
}

// formIn is the form of c in one coding.
func (s *Site) formIn(c *content, k semantics.Coding, basis *tree.Basis) (form, error) {
	var w semantics.CodingWeights
	w[k] = 1
	f, err := s.shortest(c, &w, 1, basis)
	if err == errCompressing {
		return form{}, nil
	}
	return f, err
}

// tagSidecar finds the entity tag of a form that is a sidecar.
func (s *Site) tagSidecar(c *content, f *form) error {
	buf := buffers.Get().(*buffer)
	defer buffers.Put(buf)
	facts, read, err := s.Tree.Facts(f.sidecar.File, buf[:])
	if err != nil {
		f.close()
		*f = form{}
		return err
	}
	if read != nil {
		f.bytes = bytes.Clone(read) // what the tag is of
	}
	if c.tag == "" { // of the content itself nothing is known
		f.tag = facts.Tag
		return nil
	}
	f.tag = semantics.FormTag(c.tag, f.coding, fingerprint(facts.Tag))
	if facts.Tag.Weak() {
		f.tag = f.tag.Weakened()
	}
	return nil
}

// fingerprint is what tells a sidecar from another one of the same content.
func fingerprint(tag semantics.Tag) string {
	const hashed = len(`"0123456789abcdefghijkl"`)
	s := string(tag[1 : len(tag)-1])
	if tag.Weak() {
		s = string(tag[3 : len(tag)-1])
	} else if len(tag) == hashed {
		s = s[:8]
	}
	return s
}

// compressed is c in one of the codings of set, compressed now or before. must says that
// there is no other form.
func (s *Site) compressed(c *content, set coding.Set, must bool, basis *tree.Basis) (form, error) {
	switch {
	case s.Forms == nil || c.digest == "" || c.length < 1 || c.length > codedTo:
		return form{}, nil
	case !must && (c.length < codedFrom || !media.Compressible(c.mediaType)):
		return form{}, nil
	}
	stored, busy, err := s.Forms.Get(c.digest, set, c.load)
	switch {
	case err != nil:
		return form{}, err
	case busy:
		return form{}, errCompressing
	case stored == nil:
		return form{}, nil
	}
	basis.Until(stored.Stale())
	return form{
		coding: stored.Coding, tag: semantics.FormTag(c.tag, stored.Coding, stored.Sum),
		length: int64(len(stored.Bytes)), bytes: stored.Bytes,
	}, nil
}

func (f *form) close() {
	if f.sidecar != nil && !f.lent {
		f.sidecar.Close()
	}
	f.sidecar = nil
}

// contentOf is what is negotiated about for f.
func (s *Site) contentOf(f *tree.File, facts *tree.Facts, rep *representation, basis *tree.Basis) *content {
	digest := facts.Digest()
	if rep.asIs() {
		digest = "" // without which it is not compressed
	}
	return &content{
		tag: facts.Tag, digest: digest, mediaType: rep.mediaType, length: f.Stamp.Size, load: f.Content,
		sidecar: func(c semantics.Coding) (*tree.Sidecar, error) { return s.Tree.Sidecar(f, c, basis) },
	}
}
