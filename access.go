package salver

import (
	"time"

	"github.com/salver-http/salver/internal/engine"
	"github.com/salver-http/salver/internal/message"
)

// accessOf is what the log is told of an answer of the HTTP/1.1 lane.
func accessOf(x *engine.Exchange) Access {
	a := Access{
		Time: x.Began, RemoteAddr: x.Remote, Proto: protocols[x.Major],
		Status: x.Status, Length: x.Sent, Duration: time.Since(x.Began),
		Cause: causeOf(x.Cause, x.Err),
	}
	if x.Client.IsValid() {
		a.RemoteAddr = x.Client.String()
	}
	if x.Head != nil {
		a.copyHead(x.Head)
	}
	return a
}

// protocols are the versions of HTTP of the lanes, as net/http names them.
var protocols = [...]string{1: "HTTP/1.1", 2: "HTTP/2.0"}

// copyHead sets what the head tells. The strings are parts of one: a copy of each
// would cost more than all else that is done here.
func (a *Access) copyHead(h *message.Head) {
	var buf [256]byte // what most heads fit in
	b := append(buf[:0], h.Method...)
	b = append(b, h.Path...)
	if h.Query != nil {
		b = append(b, '?')
		b = append(b, h.Query...)
	}
	target := len(b) - len(h.Method)
	b = append(b, h.Host...)
	b = append(b, h.Referer...)
	rest := string(append(b, h.UserAgent...))
	take := func(n int) (s string) {
		s, rest = rest[:n], rest[n:]
		return s
	}
	a.Method, a.Target, a.Host = take(len(h.Method)), take(target), take(len(h.Host))
	a.Referer, a.UserAgent = take(len(h.Referer)), rest
}
