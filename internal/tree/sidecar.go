package tree

import (
	"errors"
	"io"

	"github.com/salver-http/salver/internal/coding"
	"github.com/salver-http/salver/internal/semantics"
)

// Sidecar is a file that holds in a content coding what another name stands for.
type Sidecar struct {
	*File
	Coding semantics.Coding
	// Decoded are the facts of the content without the coding, and Length is how long that
	// is. Only of content up to HashLimit are they known; else Decoded is zero.
	Decoded Facts
	Length  int64
}

// errStale says that a sidecar is not, or not any more, of the content that it stands for.
var errStale = errors.New("sidecar does not hold the content of its file")

// Sidecar opens what stands beside f and holds its content in the coding c, nil when there
// is nothing of use: a sidecar that is not smaller, that is older, or that decodes to
// something else. The facts of f must be known. The error is one of IsExhausted, or
// ErrChanged.
func (t *Tree) Sidecar(f *File, c semantics.Coding, basis *Basis) (*Sidecar, error) {
	if t.single != "" || t.options.NoSidecars {
		return nil, nil
	}
	s, err := t.openSidecar(f.Name, c, basis)
	if s == nil || err != nil {
		return nil, err
	}
	switch {
	case s.Stamp.Size >= f.Stamp.Size, s.Stamp.MTime.Time().Before(f.Stamp.MTime.Time()):
		err = errStale
	case f.digest == "" && s.Stamp.CTime.Time().Before(f.Stamp.CTime.Time()):
		err = errStale // f may have been written since, whatever its date
	case f.digest == "":
		// Too long to look into: its beginning and its dates are believed.
		err = t.checkBeginning(s)
	default:
		if err = t.decodeFacts(s); err == nil && s.Decoded.digest != f.digest {
			err = errStale
		}
	}
	if err == nil {
		return s, nil
	}
	s.Close()
	if IsExhausted(err) || errors.Is(err, ErrChanged) {
		return nil, err
	}
	return nil, nil
}

// sidecarsAlone opens what holds the content of name where there is no file of that name:
// every sidecar that is whole and of the same content as the first.
func (t *Tree) sidecarsAlone(name string, basis *Basis) (found []*Sidecar, err error) {
	if t.options.NoSidecars || !t.options.Secrets && mayHoldPrivateKey(name) {
		return nil, nil
	}
	defer func() {
		if err != nil {
			closeAll(found)
			found = nil
		}
	}()
	for _, c := range coding.All {
		s, err := t.openSidecar(name, c, basis)
		if err != nil {
			return found, err
		}
		if s == nil {
			continue
		}
		found = append(found, s)
		err = t.decodeFacts(s)
		if errors.Is(err, errLong) {
			err = t.checkBeginning(s)
		}
		if IsExhausted(err) || errors.Is(err, ErrChanged) {
			return found, err
		}
		if err != nil || s.Decoded.digest != found[0].Decoded.digest || s.Decoded.digest == "" && len(found) > 1 {
			s.Close()
			found = found[:len(found)-1]
		}
	}
	if len(found) == 0 {
		return nil, nil
	}
	return found, nil
}

// openSidecar opens the sidecar of name for the coding c, nil when there is none that may be
// opened.
func (t *Tree) openSidecar(name string, c semantics.Coding, basis *Basis) (*Sidecar, error) {
	f, err := t.openFile(name+coding.Suffix(c), basis)
	switch {
	case err == nil:
		return &Sidecar{File: f, Coding: c}, nil
	case IsExhausted(err):
		return nil, err
	}
	return nil, nil
}

// checkBeginning reports by an error that s does not begin as its coding does.
func (t *Tree) checkBeginning(s *Sidecar) error {
	var begin [8]byte
	n, err := s.ReadAt(begin[:], 0)
	if err != nil && err != io.EOF {
		return err
	}
	if !coding.Looks(s.Coding, begin[:n]) {
		return coding.ErrFormat
	}
	return nil
}

func closeAll(sidecars []*Sidecar) {
	for _, s := range sidecars {
		s.Close()
	}
}
