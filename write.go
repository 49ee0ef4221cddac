package salver

import (
	"net"
	"net/http"

	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/tree"
)

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
				err = &tree.WriteError{Err: err}
			}
		} else {
			n, err = p.File.CopyExtent(w, piece.First, piece.Length)
		}
		sent += n
		if err != nil {
			return sent, err
		}
	}
	return sent, nil
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
		if t, ok := inner.(interface{ SetLinger(int) error }); ok {
			t.SetLinger(0)
		}
		inner.Close()
	}
	panic(http.ErrAbortHandler)
}
