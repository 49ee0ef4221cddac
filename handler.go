package salver

import (
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/tree"
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
	// scarce is when the log was last told that the system is short of something, in
	// Unix nanoseconds.
	scarce atomic.Int64
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
	cause := causeOf(p.Cause, err)
	if isFault(p.Status, p.Cause, err) && (err == nil || r.Context().Err() == nil) {
		h.logFault(r.Method, r.RequestURI, p.Status, cause)
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

// causeOf is why an answer is an error or was cut short by err.
func causeOf(cause, err error) error {
	if err != nil {
		return err
	}
	return cause
}

// isFault reports whether what happened is the server's own fault, and not that the
// client left.
func isFault(status int, cause, err error) bool {
	_, gone := errors.AsType[*tree.WriteError](err)
	return err != nil && !gone || status >= 500 && cause != nil
}

// repeatLog is how often the log is told of what every request fails by.
const repeatLog = 10 * time.Second

func (h *Handler) logFault(method, target string, status int, cause error) {
	if tree.IsExhausted(cause) {
		now, last := time.Now().UnixNano(), h.scarce.Load()
		if now-last < int64(repeatLog) || !h.scarce.CompareAndSwap(last, now) {
			return
		}
	}
	h.config.ErrorLog.Error("request failed", "method", method, "target", target, "status", status, "cause", cause)
}
