// Package engine accepts connections and keeps each in its lane: a goroutine that
// answers what internal/http1 recognises, until it meets something else and hands the
// connection, with the bytes it has read, to net/http.
package engine

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/tree"
)

// Limits are how long a connection may take, all positive.
type Limits struct {
	Head  time.Duration // for a head, from its first byte on
	Idle  time.Duration // between an answer and the next head
	Stall time.Duration // for a write that makes no progress
}

// slack is by how much a deadline that is set may be early, or a new one late: setting
// one costs as much as parsing a head.
func slack(limit time.Duration) time.Duration { return limit / 12 }

// Engine serves listeners. Its fields are not changed once it serves.
type Engine struct {
	Site   *plan.Site
	Limits Limits
	// Rest judges the connections that are handed over. Its Handler answers as Site
	// does.
	Rest *http.Server
	// Done is told of every answer of the lane, after its last byte. It must not block.
	Done func(*Exchange)

	mu        sync.Mutex
	conns     map[*conn]struct{}        // guarded by mu
	listeners map[net.Listener]struct{} // guarded by mu
	handed    *handedListener           // guarded by mu; nil until something serves
	closing   bool                      // guarded by mu
	idle      sync.Cond                 // of mu: a connection has ended
}

// Serve answers the connections of l until it fails or the engine is shut down, which
// is http.ErrServerClosed.
func (e *Engine) Serve(l net.Listener) error {
	if !e.begin(l) {
		l.Close()
		return http.ErrServerClosed
	}
	defer e.end(l)
	var wait time.Duration
	for {
		nc, err := l.Accept()
		if err != nil {
			if e.isClosing() {
				return http.ErrServerClosed
			}
			if !tree.IsExhausted(err) && !errors.Is(err, syscall.ECONNABORTED) {
				return err
			}
			wait = min(max(2*wait, 5*time.Millisecond), time.Second)
			time.Sleep(wait)
			continue
		}
		wait = 0
		tcp, ok := nc.(*net.TCPConn)
		if !ok {
			e.handed.give(nc)
			continue
		}
		c := newConn(e, tcp)
		if !e.add(c) {
			tcp.Close()
			continue
		}
		go c.serve()
	}
}

func (e *Engine) begin(l net.Listener) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closing {
		return false
	}
	if e.handed == nil {
		e.conns, e.listeners = map[*conn]struct{}{}, map[net.Listener]struct{}{}
		e.idle.L = &e.mu
		e.handed = newHandedListener(l.Addr())
		go e.Rest.Serve(e.handed)
	}
	e.listeners[l] = struct{}{}
	return true
}

func (e *Engine) end(l net.Listener) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.listeners, l)
}

func (e *Engine) isClosing() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.closing
}

func (e *Engine) add(c *conn) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.closing {
		e.conns[c] = struct{}{}
	}
	return !e.closing
}

func (e *Engine) remove(c *conn) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.conns, c)
	e.idle.Broadcast()
}

// closeListeners stops accepting, and says which connections there are.
func (e *Engine) closeListeners() []*conn {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closing = true
	for l := range e.listeners {
		l.Close()
	}
	var conns []*conn
	for c := range e.conns {
		conns = append(conns, c)
	}
	return conns
}

// Shutdown closes the listeners and the connections at rest, waits for answers in
// flight until ctx is done, and then returns its error. Connections of net/http are
// waited for, too.
func (e *Engine) Shutdown(ctx context.Context) error {
	for _, c := range e.closeListeners() {
		c.retire()
	}
	stop := context.AfterFunc(ctx, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.idle.Broadcast()
	})
	defer stop()
	e.mu.Lock()
	for len(e.conns) > 0 && ctx.Err() == nil {
		e.idle.Wait()
	}
	handed := e.handed
	e.mu.Unlock()
	if handed != nil {
		defer handed.Close()
	}
	if err := e.Rest.Shutdown(ctx); err != nil {
		return err
	}
	return ctx.Err()
}

// Close closes all listeners and connections at once.
func (e *Engine) Close() error {
	for _, c := range e.closeListeners() {
		c.tcp.Close()
	}
	err := e.Rest.Close()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.handed != nil {
		e.handed.Close()
	}
	return err
}

// AtWork returns how many connections of the lane have an answer in flight.
func (e *Engine) AtWork() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for c := range e.conns {
		if c.state.Load() == atWork {
			n++
		}
	}
	return n
}
