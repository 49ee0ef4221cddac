package salver

import (
	"io"
	"net/http"
	"sync"

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

const (
	// copyLimit is up to where an extent is read and written, in bytes; above,
	// sendfile costs less.
	copyLimit = 64 << 10
	// tail is how much of a longer extent is read all the same, and held back.
	tail = 4 << 10
)

type chunk [copyLimit]byte

var chunks = sync.Pool{New: func() any { return new(chunk) }}

// copyExtent sends length bytes of f from offset first, most of a long extent by
// sendfile where w can. The last of them are read, and sent only if the file then
// still is the one that was planned: a client never takes a mixture of two versions
// for whole.
func copyExtent(w http.ResponseWriter, f *tree.File, first, length int64) (sent int64, err error) {
	buf := chunks.Get().(*chunk)
	defer chunks.Put(buf)
	if length > copyLimit {
		bulk := length - tail
		r, err := f.Section(first, bulk)
		if err != nil {
			return 0, err
		}
		sent, err = io.Copy(w, r)
		if rerr := f.Failed(); rerr != nil {
			return sent, rerr
		}
		if err != nil {
			return sent, &sendError{err}
		}
		if sent < bulk {
			return sent, tree.ErrChanged
		}
	}
	last := buf[:length-sent]
	if n, err := f.ReadAt(last, first+sent); n < len(last) {
		return sent, tree.ReadError(err)
	}
	if err := f.Intact(); err != nil {
		return sent, err
	}
	n, err := w.Write(last)
	if err != nil {
		err = &sendError{err}
	}
	return sent + int64(n), err
}
