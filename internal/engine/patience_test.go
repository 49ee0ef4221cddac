package engine

import (
	"io"
	"testing"
	"time"
)

// TestRateLimit: a client that takes something all the time, but too little, is let go
// after Grace.
func TestRateLimit(t *testing.T) {
	const grace = 500 * time.Millisecond
	failed := make(chan error, 1)
	_, addr := start(t, Limits{Head: time.Hour, Idle: time.Hour, Stall: 200 * time.Millisecond, Rate: 1 << 30, Grace: grace},
		func(x Exchange) { failed <- x.Err })
	c := dial(t, addr)
	c.SetReadBuffer(64 << 10)
	began := time.Now()
	io.WriteString(c, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
	for b := make([]byte, 16<<10); ; time.Sleep(10 * time.Millisecond) { // 64 MiB would take 40 s
		if _, err := io.ReadFull(c, b); err != nil {
			break
		}
	}
	if took := time.Since(began); took < grace || took > patience {
		t.Errorf("let go after %v", took)
	}
	if err := <-failed; err == nil {
		t.Error("64 MiB were sent to a client that takes 1.6 MiB a second")
	}
}
