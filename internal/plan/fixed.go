package plan

import (
	"crypto/sha256"
	"encoding/base64"

	"github.com/salver-http/salver/internal/semantics"
	"github.com/salver-http/salver/internal/tree"
)

// fixed is content that is answered at a path of its own, whatever the tree has there.
type fixed struct {
	content []byte
	rep     representation
}

// Fix makes content the answer at name, as [tree.ParsePath] gives it. Extra is to be set
// before; own fields go before those of the same name in it, and are grouped by name.
func (s *Site) Fix(name, mediaType string, content []byte, own []Field) {
	var extra []Field
	for _, f := range s.Extra {
		// What the files are all coded in, this is not.
		if f.Name != "Content-Encoding" && !hasField(own, f.Name) {
			extra = append(extra, f)
		}
	}
	sum := sha256.Sum256(content)
	tag := semantics.StrongTag(base64.RawURLEncoding.EncodeToString(sum[:16]))
	if s.fixed == nil {
		s.fixed = make(map[string]*fixed)
	}
	s.fixed[name] = &fixed{content, representation{
		mediaType: mediaType, length: int64(len(content)), validators: semantics.Validators{Tag: tag}, extra: append(extra, own...),
	}}
}

func hasField(fields []Field, name string) bool {
	for _, f := range fields {
		if f.Name == name {
			return true
		}
	}
	return false
}

// fixedAt returns what is fixed at the path of a target, nil for most.
func (s *Site) fixedAt(path string) *fixed {
	if len(s.fixed) == 0 {
		return nil
	}
	name, slash, err := tree.ParsePath(path)
	if err != nil || slash {
		return nil
	}
	return s.fixed[name]
}

// planFixed answers as if f were a file. There is one form of it, so that nothing varies.
func (s *Site) planFixed(a *asked, f *fixed) (*Response, error) {
	rep, src := f.rep, source{bytes: f.content}
	p := s.planRepresentation(a, &rep, &src)
	return p, src.fill(p)
}
