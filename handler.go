package salver

import (
	"errors"
	"net/http"
	"time"

	"github.com/salver-http/salver/internal/plan"
)

// Handler serves the tree of a [Config] over HTTP. It may be used by any number of
// goroutines at once, below any mux, [http.StripPrefix] and middleware.
//
// It ends a response short, by panicking with [http.ErrAbortHandler], when the file
// was cut or rewritten while it was sent: the client then sees a failure rather than
// a mixture.
type Handler struct {
	site   *plan.Site
	config *Config // a copy, not changed
}

// Secrets returns up to limit names at the top of the tree that
// [Config.ServeSecrets] is about, sorted, whether or not they are served: something
// to warn of at start.
func (h *Handler) Secrets(limit int) ([]string, error) { return h.site.Tree.Secrets(limit) }

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// The walk: parse, resolve, choose and plan, send.
	now := time.Now()
	req := requestOf(r)
	p := h.site.Plan(&req, now)
	defer p.Close()
	sent, err := write(w, p)
	cause := p.Cause
	if err != nil {
		cause = err
	}
	if err != nil && !isClientGone(r, err) || p.Status >= 500 && cause != nil {
		h.config.ErrorLog.Error("request failed", "method", r.Method, "target", r.RequestURI, "status", p.Status, "cause", cause)
	}
	if h.config.AccessLog != nil {
		h.config.AccessLog(Access{
			Time: now, RemoteAddr: r.RemoteAddr, Host: r.Host,
			Method: r.Method, Target: r.RequestURI, Proto: r.Proto,
			Status: p.Status, Length: sent, Duration: time.Since(now),
			Referer: r.Referer(), UserAgent: r.UserAgent(), Cause: cause,
		})
	}
	if err != nil {
		abort(w)
	}
}

// isClientGone reports whether err is the client's doing, which is no failure of ours.
func isClientGone(r *http.Request, err error) bool {
	var w *sendError
	return errors.As(err, &w) || err != nil && r.Context().Err() != nil
}
