package engine

import (
	"errors"
	"net"
	"sync"
	"time"
)

// occasion is something that the log is told of now and then. It may be used concurrently.
type occasion struct {
	mu   sync.Mutex
	last time.Time // guarded by mu
}

// again reports whether it is time to tell, which it is once in every period.
func (o *occasion) again(period time.Duration) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	if !o.last.IsZero() && now.Sub(o.last) < period {
		return false
	}
	o.last = now
	return true
}

func isClosed(err error) bool { return errors.Is(err, net.ErrClosed) }
