// Package upgrade answers plain HTTP with the https address of what was asked for.
package upgrade

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/salver-http/salver"
)

// Handler redirects every request to the same path and query of a server of HTTPS on
// the same machine, by 308, which keeps the method.
type Handler struct {
	// Port is that of HTTPS.
	Port int
	// Answers reports whether the server of HTTPS answers for a host: a name in lower
	// case, or an address. Any other gets 421, so that nobody is sent elsewhere.
	Answers func(host string) bool
	// Plain holds handlers for paths that are answered without TLS.
	Plain map[string]http.Handler
	// AccessLog, when not nil, is told of every redirect and refusal.
	AccessLog func(salver.Access)
}

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if plain := h.Plain[r.URL.EscapedPath()]; plain != nil {
		plain.ServeHTTP(w, r)
		return
	}
	began := time.Now()
	status, content := http.StatusPermanentRedirect, ""
	f := w.Header()
	f.Set("Server", "salver")
	f.Set("X-Content-Type-Options", "nosniff")
	f.Set("Cache-Control", "no-cache") // it may be another port tomorrow
	host, ok := hostOf(r.Host)
	target, isPath := pathOf(r.RequestURI)
	switch {
	case !isPath:
		status, content = http.StatusBadRequest, "400: the target is no path\n"
	case !ok || !h.Answers(host) && host != localAddress(r.Context()):
		status, content = http.StatusMisdirectedRequest, "421: this server does not answer for that host\n"
	default:
		f.Set("Location", location(host, h.Port, target))
	}
	if content != "" {
		f.Set("Content-Type", "text/plain; charset=utf-8")
	} else {
		f.Set("Content-Length", "0")
	}
	w.WriteHeader(status)
	sent := 0
	if r.Method != http.MethodHead {
		sent, _ = io.WriteString(w, content)
	}
	if h.AccessLog != nil {
		h.AccessLog(salver.Access{
			Time: began, RemoteAddr: r.RemoteAddr, Host: r.Host, Method: r.Method, Target: r.RequestURI, Proto: r.Proto,
			Status: status, Length: int64(sent), Duration: time.Since(began), Referer: r.Referer(), UserAgent: r.UserAgent(),
		})
	}
}

// localAddress returns the address at which the client has reached this machine.
func localAddress(ctx context.Context) string {
	tcp, ok := ctx.Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		return ""
	}
	return tcp.AddrPort().Addr().Unmap().WithZone("").String()
}

// hostOf returns the host of a Host field without its port: a name in lower case, or an
// address without brackets. It is not ok for anything that is neither.
func hostOf(field string) (host string, ok bool) {
	host = field
	if i := strings.LastIndexByte(field, ':'); i >= 0 && !strings.HasSuffix(field, "]") {
		host = field[:i]
		if strings.Trim(field[i+1:], "0123456789") != "" {
			return "", false
		}
	}
	if inner, bracketed := strings.CutPrefix(host, "["); bracketed {
		inner, closed := strings.CutSuffix(inner, "]")
		addr, err := netip.ParseAddr(inner)
		if !closed || err != nil || !addr.Is6() || addr.Zone() != "" {
			return "", false
		}
		return addr.Unmap().String(), true
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if len(host) > 253 || strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
		return "", false
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" {
			return "", false
		}
	}
	return host, true
}
