package precompress

import (
	"bytes"
	"errors"
	"io"
	"io/fs"

	"github.com/salver-http/salver/internal/coding"
	"github.com/salver-http/salver/internal/semantics"
)

// state is what is known of a sidecar without decoding it.
type state uint8

const (
	absent  state = iota
	current       // as a run leaves it
	foreign       // newer, or no regular file
	stale         // older, or dated as a current one without being one
)

// judge tells the state of a sidecar, nil when there is none, of source. looks says that it
// begins as its coding does.
func judge(source, sidecar fs.FileInfo, looks bool) state {
	switch {
	case sidecar == nil:
		return absent
	case !sidecar.Mode().IsRegular(), sidecar.ModTime().After(source.ModTime()):
		return foreign
	case sidecar.ModTime().Equal(source.ModTime()) && looks && sidecar.Size() < source.Size():
		return current
	}
	return stale
}

// sidecar is what stands beside a source for one coding.
type sidecar struct {
	name  string
	info  fs.FileInfo // nil when there is none
	looks bool        // it begins as its coding does
}

// sidecar looks at the sidecar of source for the coding c.
func (f *folder) sidecar(source string, c semantics.Coding) (sidecar, error) {
	s := sidecar{name: source + coding.Suffix(c)}
	info, err := f.root.Lstat(s.name)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil || !info.Mode().IsRegular() {
		s.info = info
		return s, err
	}
	file, info, err := f.open(s.name)
	if err != nil {
		return s, err
	}
	defer file.Close()
	s.info = info
	var begin [8]byte
	n, err := io.ReadFull(file, begin[:])
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	s.looks = coding.Looks(c, begin[:n])
	return s, err
}

// holds tells whether the sidecar decodes to what content yields.
func (f *folder) holds(name string, c semantics.Coding, content io.Reader) (bool, error) {
	file, _, err := f.open(name)
	if err != nil {
		return false, err
	}
	defer file.Close()
	decoded, err := coding.NewReader(c, file)
	if err != nil {
		return false, err
	}
	defer decoded.Close()
	same, err := equal(content, decoded)
	if errors.Is(err, coding.ErrFormat) {
		return false, nil
	}
	return same, err
}

// equal tells whether two readers yield the same. It reads no further than to where they
// differ.
func equal(a, b io.Reader) (bool, error) {
	var x, y [32 << 10]byte
	for {
		n, aerr := io.ReadFull(a, x[:])
		m, berr := io.ReadFull(b, y[:])
		switch {
		case !ended(aerr):
			return false, aerr
		case !ended(berr):
			return false, berr
		case !bytes.Equal(x[:n], y[:m]):
			return false, nil
		case aerr != nil: // and with that the other one has ended as well
			return true, nil
		}
	}
}

// ended tells whether err of io.ReadFull is none but that of an end.
func ended(err error) bool {
	return err == nil || err == io.EOF || err == io.ErrUnexpectedEOF
}
