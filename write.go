package salver

import (
	"io"
	"net"
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
	// holdFrom is from which length on the end of an extent is held back, in
	// bytes. What is shorter is all with the kernel before there is time to check.
	holdFrom = 256 << 10
	// held is how much that is.
	held = 4 << 10
)

var tails = sync.Pool{New: func() any { return new([held]byte) }}

// copyExtent sends length bytes of f from offset first, by sendfile where w can. It
// fails when the file is then no longer the one that was planned, and has kept the end
// of a long extent back until that was known: a client never takes a mixture of two
// versions for whole.
func copyExtent(w http.ResponseWriter, f *tree.File, first, length int64) (sent int64, err error) {
	bulk := length
	if length >= holdFrom {
		bulk -= held
	}
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
	if bulk == length {
		return sent, f.Intact()
	}
	buf := tails.Get().(*[held]byte)
	defer tails.Put(buf)
	if n, err := f.ReadAt(buf[:], first+bulk); n < len(buf) {
		return sent, tree.ReadError(err)
	}
	if err := f.Intact(); err != nil {
		return sent, err
	}
	n, err := w.Write(buf[:])
	if err != nil {
		err = &sendError{err}
	}
	return sent + int64(n), err
}

// abort ends a response of which not all that was promised can be sent, so that the
// client cannot take it for whole. It does not return: what is left in the socket's
// buffer is dropped where the connection carries nothing else (RFC 9112 §8), and
// net/http resets the stream in HTTP/2.
func abort(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		inner := conn
		if t, ok := inner.(interface{ NetConn() net.Conn }); ok {
			inner = t.NetConn()
		}
		if t, ok := inner.(*net.TCPConn); ok {
			t.SetLinger(0)
		}
		inner.Close()
	}
	panic(http.ErrAbortHandler)
}
