package salver

import (
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/salver-http/salver/internal/engine"
	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/semantics"
	"github.com/salver-http/salver/internal/tree"
)

// Handler serves the tree of a [Config] over HTTP. It may be used by any number of
// goroutines at once, below any mux, [http.StripPrefix] and middleware.
//
// It ends a response short, by panicking with [http.ErrAbortHandler], when the file
// was cut or rewritten while it was sent: the client then sees a failure rather than
// a mixture.
type Handler struct {
	state atomic.Pointer[state]
	// formBytes is how much compressed content is kept.
	formBytes atomic.Int64
	// scarce is when the log was last told that the system is short of something, in
	// Unix nanoseconds.
	scarce atomic.Int64
}

// state is what a Handler serves by. It is not changed.
type state struct {
	site   *plan.Site
	config *Config // a copy
	lane   *engine.Site
}

// take makes st what h serves by.
func (h *Handler) take(st *state) {
	st.lane = &engine.Site{
		Site: st.site, Revalidate: st.config.Revalidate, All: st.config.AccessLog != nil,
		Done: func(x engine.Exchange) { h.done(st.config, x) },
	}
	if st.site.Forms != nil {
		st.site.Forms.SetBytes(h.formBytes.Load())
	}
	if last := h.state.Swap(st); last != nil {
		last.lane.Replaced.Store(true)
	}
}

// setFormBytes bounds the compressed content that h keeps.
func (h *Handler) setFormBytes(n int64) {
	h.formBytes.Store(n)
	if forms := h.state.Load().site.Forms; forms != nil {
		forms.SetBytes(n)
	}
}

// lane is what h serves by, for a [Server].
func (h *Handler) lane() *engine.Site { return h.state.Load().lane }

// Secrets returns up to limit names at the top of the tree that
// [Config.ServeSecrets] is about, sorted, whether or not they are served: something
// to warn of at start.
func (h *Handler) Secrets(limit int) ([]string, error) {
	return h.state.Load().site.Tree.Secrets(limit)
}

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// The walk: parse, resolve, choose and plan, send.
	now := time.Now()
	req := requestOf(r)
	st := h.state.Load()
	p := st.site.Plan(&req, now)
	defer p.Close()
	sent, err := write(w, p)
	cause := causeOf(p.Cause, err)
	if isFault(p.Status, p.Cause, err) && (err == nil || r.Context().Err() == nil) {
		h.logFault(st.config, r.Method, r.RequestURI, p.Status, cause)
	}
	if st.config.AccessLog != nil {
		st.config.AccessLog(Access{
			Time: now, RemoteAddr: remoteOf(r.RemoteAddr, &req), Host: r.Host,
			Method: r.Method, Target: r.RequestURI, Proto: r.Proto,
			Status: p.Status, Length: sent, Duration: time.Since(now),
			Referer: r.Referer(), UserAgent: r.UserAgent(), Cause: cause,
		})
	}
	if err != nil {
		abort(w)
	}
}

// remoteOf is who the log is told of: the peer, or who a trusted proxy tells of.
func remoteOf(peer string, r *semantics.Request) string {
	if r.Client == r.Peer || !r.Client.IsValid() {
		return peer
	}
	return r.Client.String()
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

func (h *Handler) logFault(c *Config, method, target string, status int, cause error) {
	if tree.IsExhausted(cause) {
		now, last := time.Now().UnixNano(), h.scarce.Load()
		if now-last < int64(repeatLog) || !h.scarce.CompareAndSwap(last, now) {
			return
		}
	}
	c.ErrorLog.Error("request failed", "method", method, "target", target, "status", status, "cause", cause)
}
