package salver

import (
	"io"
	"net/http"

	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/tree"
)

// sendError is a failure to write to the client.
type sendError struct{ error }

func (e *sendError) Unwrap() error { return e.error }

// write is the send of this lane. It returns how much of the content was sent, and
// why that is not all.
func write(w http.ResponseWriter, p *plan.Response) (sent int64, err error) {
	h := w.Header()
	values := make([]string, len(p.Fields)) // one allocation for all fields
	for i, f := range p.Fields {
		if had, ok := h[f.Name]; ok && i > 0 && p.Fields[i-1].Name == f.Name {
			h[f.Name] = append(had, f.Value)
			continue
		}
		values[i] = f.Value
		h[f.Name] = values[i : i+1 : i+1]
	}
	w.WriteHeader(p.Status)
	for _, piece := range p.Pieces {
		var n int64
		if piece.Bytes != nil {
			var m int
			m, err = w.Write(piece.Bytes)
			n = int64(m)
			if err != nil {
				err = &sendError{err}
			}
		} else {
			n, err = copyExtent(w, p.File, piece.First, piece.Length)
		}
		sent += n
		if err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// held is how much of an extent is kept back until it is known that all of it is of
// one version of the file, in bytes.
const held = 4 << 10

// copyExtent sends length bytes of f from offset first, by sendfile where w can. The
// last of them are sent only if the file is still the one that was planned.
func copyExtent(w http.ResponseWriter, f *tree.File, first, length int64) (int64, error) {
	var buf [held]byte
	last := buf[:min(length, held)]
	body := length - int64(len(last))
	if body > 0 {
		r, err := f.Section(first, body)
		if err != nil {
			return 0, err
		}
		n, err := io.Copy(w, r)
		if err != nil {
			return n, &sendError{err}
		}
		if n < body {
			return n, tree.ErrChanged
		}
	}
	if n, err := f.ReadAt(last, first+body); n < len(last) {
		return body, tree.ReadError(err)
	}
	if err := f.Intact(); err != nil {
		return body, err
	}
	n, err := w.Write(last)
	if err != nil {
		err = &sendError{err}
	}
	return body + int64(n), err
}
