package salver

import (
	"net/http"
	"net/url"

	"github.com/salver-http/salver/internal/engine"
	"github.com/salver-http/salver/internal/message"
)

// router asks a mux which requests are for a [Handler].
type router struct{ mux *http.ServeMux }

// route returns the site of a request; nil when the mux gives it to somebody else.
func (t *router) route(h *message.Head) *engine.Site {
	target := string(h.Path)
	if h.Query != nil {
		target += "?" + string(h.Query)
	}
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return nil
	}
	handler, _ := t.mux.Handler(&http.Request{Method: string(h.Method), URL: u, Host: string(h.Host)})
	site, ok := handler.(*Handler)
	if !ok {
		return nil
	}
	return site.lane()
}
