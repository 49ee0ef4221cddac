package engine

import (
	"sync/atomic"
	"time"

	"github.com/salver-http/salver/internal/semantics"
)

type dateText struct {
	sec  int64
	text []byte
}

var lastDate atomic.Pointer[dateText]

// dateAt is the value of Date at now (RFC 9110 §6.6.1), made once a second.
func dateAt(now time.Time) []byte {
	d := lastDate.Load()
	if d == nil || d.sec != now.Unix() {
		d = &dateText{now.Unix(), semantics.AppendDate(nil, now)}
		lastDate.Store(d)
	}
	return d.text
}
