// Package engine accepts connections and keeps each in its lane: a goroutine that
// answers what internal/http1 recognises, until it meets something else and hands the
// connection, with the bytes it has read, to net/http.
package engine

import (
	"context"
	"crypto/tls"
	"log"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/salver-http/salver/internal/hot"
	"github.com/salver-http/salver/internal/message"
	"github.com/salver-http/salver/internal/plan"
)

// Limits are how long a connection may take, and how many there may be.
type Limits struct {
	Head  time.Duration // for a head, from its first byte on, and for that first byte to come
	Idle  time.Duration // between an answer and the next head
	Brief time.Duration // Idle while there are nearly as many connections as there may be
	Stall time.Duration // for a write that makes no progress

	// Rate is what a client takes at least on the average, in bytes per second, once an
	// answer has taken Grace; 0 for anything.
	Rate  int
	Grace time.Duration

	// Conns bounds the connections; 0 for as many as the system's limit allows.
	Conns int
}

// slack is by how much a deadline that is set may be early, or a new one late: setting
// one costs as much as parsing a head.
func slack(limit time.Duration) time.Duration { return limit / 12 }

// Site is what the lane answers for.
type Site struct {
	*plan.Site
	Revalidate time.Duration // how old a look at what a hot answer rests on may be
	// Done is told of the answers of the lane, after the last byte: of All, or of those
	// that failed. It must not block.
	Done func(Exchange)
	All  bool
	// Replaced says that there is another one in place of this, so that nothing that was kept
	// of it is an answer any more.
	Replaced atomic.Bool
}

// Engine serves listeners. Its fields are not changed once it serves.
type Engine struct {
	// Sites returns what the lane answers for, by the Host of a request; never nil. It may return
	// another one at any time. ByHost says that it depends on the host.
	// Where it is nil, Route says so for each request by its method, its host and its
	// target; nil is for a request that is not the lane's. Without either, none is.
	Sites  func(host []byte) *Site
	ByHost bool
	Route  func(*message.Head) *Site

	Limits Limits
	Hot    *hot.Set // keeps answers of the lane; nil for none
	// Rest judges the connections that are not the lane's. Its Handler answers as the
	// sites do. Its ConnState is the engine's.
	Rest *http.Server

	// NoCleartextHTTP2 leaves to net/http who speaks HTTP/2 without TLS.
	NoCleartextHTTP2 bool

	once    sync.Once
	began   time.Time
	closing atomic.Bool
	noReuse atomic.Bool // every answer is the last of its connection
	busy    occasion    // for the log

	mu        sync.Mutex
	conns     map[*client]struct{}             // guarded by mu
	listeners map[*handedListener]net.Listener // guarded by mu
	brief     time.Time                        // when it was last looked for connections to close early; guarded by mu
	noneRests bool                             // none could be closed then; guarded by mu
	ended     sync.Cond                        // of mu: a connection has
}

func (e *Engine) init() {
	e.once.Do(func() {
		e.began = time.Now()
		e.conns, e.listeners = map[*client]struct{}{}, map[*handedListener]net.Listener{}
		e.ended.L = &e.mu
		e.Rest.ConnState = follow
		if e.hasLane() {
			e.tellTLS()
		}
		if e.Limits.Conns == 0 {
			e.Limits.Conns = connLimit()
		}
	})
}

// follow keeps account of what a connection of net/http is doing.
func follow(nc net.Conn, state http.ConnState) {
	for { // below TLS
		t, ok := nc.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		nc = t.NetConn()
	}
	h, ok := nc.(*handed)
	if !ok {
		return
	}
	switch state {
	case http.StateActive:
		h.begin()
	case http.StateIdle:
		if !h.client.rest(time.Now()) {
			h.Close()
		}
	case http.StateHijacked:
		h.begin()
	}
}

// Serve answers the connections of l until it fails or the engine is shut down, which
// is http.ErrServerClosed.
func (e *Engine) Serve(l net.Listener) error {
	rest, err := e.begin(l)
	if err != nil {
		return err
	}
	defer rest.Close()
	go e.Rest.Serve(rest)
	return e.accept(l, &door{rest: rest, lane: e.hasLane()})
}

// hasLane reports whether any request is the lane's.
func (e *Engine) hasLane() bool { return e.Sites != nil || e.Route != nil }

// ServeTLS is Serve over TLS. Config has a certificate, and the protocols to choose from.
func (e *Engine) ServeTLS(l net.Listener, config *tls.Config) error {
	rest, err := e.begin(l)
	if err != nil {
		return err
	}
	if e.hasLane() {
		defer rest.Close()
		go e.Rest.Serve(rest)
		return e.accept(l, &door{rest: rest, lane: true, tls: config})
	}
	failed := make(chan error, 1)
	go func() {
		failed <- e.accept(l, &door{rest: rest})
		rest.Close()
	}()
	err = e.Rest.Serve(tls.NewListener(rest, config))
	l.Close()
	if accept := <-failed; e.closing.Load() || accept == http.ErrServerClosed {
		return http.ErrServerClosed
	} else if err == nil || err == http.ErrServerClosed || isClosed(err) {
		return accept
	}
	return err
}

// begin takes on a listener, and makes the one that net/http accepts from.
func (e *Engine) begin(l net.Listener) (*handedListener, error) {
	e.init()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closing.Load() {
		l.Close()
		return nil, http.ErrServerClosed
	}
	rest := newHandedListener(l.Addr())
	e.listeners[rest] = l
	return rest, nil
}

// closes reports whether every answer is the last of its connection.
func (e *Engine) closes() bool { return e.noReuse.Load() }

// SetKeepAlives says whether a connection may carry more than one request.
func (e *Engine) SetKeepAlives(on bool) {
	e.noReuse.Store(!on)
	e.Rest.SetKeepAlivesEnabled(on)
}

// replace gives c another net.Conn for the same connection.
func (e *Engine) replace(c *client, nc net.Conn) {
	e.mu.Lock()
	defer e.mu.Unlock()
	c.Conn = nc
}

func (e *Engine) remove(c *client) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.conns, c)
	e.ended.Broadcast()
}

// stop stops accepting, and says which connections there are.
func (e *Engine) stop() []*client {
	e.init()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closing.Store(true)
	for _, l := range e.listeners {
		l.Close()
	}
	conns := make([]*client, 0, len(e.conns))
	for c := range e.conns {
		conns = append(conns, c)
	}
	return conns
}

// Shutdown closes the listeners and the connections at rest, waits for answers in
// flight until ctx is done, and then returns its error.
func (e *Engine) Shutdown(ctx context.Context) error {
	for _, c := range e.stop() {
		c.retire()
	}
	wake := context.AfterFunc(ctx, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.ended.Broadcast()
	})
	defer wake()
	err := e.Rest.Shutdown(ctx)
	e.mu.Lock()
	for len(e.conns) > 0 && ctx.Err() == nil {
		e.ended.Wait()
	}
	e.mu.Unlock()
	if err != nil {
		return err
	}
	return ctx.Err()
}

// Close closes all listeners and connections at once.
func (e *Engine) Close() error {
	e.stop()
	err := e.Rest.Close()
	e.mu.Lock()
	defer e.mu.Unlock()
	for c := range e.conns {
		c.Close()
	}
	return err
}

// AtWork returns how many connections have an answer in flight.
func (e *Engine) AtWork() int {
	e.init()
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for c := range e.conns {
		if c.atWork() {
			n++
		}
	}
	return n
}

// Logf tells the error log.
func (e *Engine) Logf(format string, args ...any) {
	if e.Rest.ErrorLog != nil {
		e.Rest.ErrorLog.Printf(format, args...)
	} else {
		log.Printf(format, args...)
	}
}

// logPanic tells of a hook that panicked, in the words of net/http.
func (e *Engine) logPanic(remote net.Addr, cause any) {
	if cause != http.ErrAbortHandler {
		e.Logf("http: panic serving %v: %v\n%s", remote, cause, debug.Stack())
	}
}
