package engine

import (
	"sync/atomic"
	"time"

	"github.com/salver-http/salver/internal/http2"
	"github.com/salver-http/salver/internal/semantics"
)

type dateText struct {
	sec   int64
	text  []byte
	block []byte // as a field of HTTP/2
}

var lastDate atomic.Pointer[dateText]

// dateAt is the value of Date at now (RFC 9110 §6.6.1).
func dateAt(now time.Time) []byte { return dateOf(now).text }

// dateOf is Date at now, made once a second.
func dateOf(now time.Time) *dateText {
	d := lastDate.Load()
	if d == nil || d.sec != now.Unix() {
		text := semantics.AppendDate(nil, now)
		d = &dateText{now.Unix(), text, http2.AppendDate(nil, string(text))}
		lastDate.Store(d)
	}
	return d
}
