package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/salver-http/salver/accesslog"
)

const (
	headTimeout  = 10 * time.Second
	idleTimeout  = 60 * time.Second
	drainTimeout = 30 * time.Second
	maxHead      = 16 << 10
)

// server is an http.Server that knows which of its connections are at work.
type server struct {
	http.Server

	mu     sync.Mutex
	fresh  map[net.Conn]struct{} // no request has come yet
	active map[net.Conn]struct{} // a request is being answered
}

func newServer(h http.Handler, tlsConfig *tls.Config, http10 bool, stderr *accesslog.Log) *server {
	s := &server{fresh: map[net.Conn]struct{}{}, active: map[net.Conn]struct{}{}}
	s.Server = http.Server{
		Handler:                      h,
		TLSConfig:                    tlsConfig,
		ReadHeaderTimeout:            headTimeout,
		IdleTimeout:                  idleTimeout,
		MaxHeaderBytes:               maxHead,
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     log.New(&serverLines{w: stderr, now: time.Now}, "", 0),
		ConnState:                    s.track,
	}
	if http10 {
		s.SetKeepAlivesEnabled(false)
		s.Protocols = new(http.Protocols)
		s.Protocols.SetHTTP1(true) // HTTP/2 can't close after an answer
	}
	return s
}

// serve begins to serve. What it returns gets the error of a listener that failed.
func (s *server) serve(listeners []net.Listener) <-chan error {
	failed := make(chan error, len(listeners))
	https := s.TLSConfig != nil // Serve makes one, too
	for _, ln := range listeners {
		go func() {
			if https {
				failed <- s.ServeTLS(ln, "", "")
			} else {
				failed <- s.Serve(ln)
			}
		}()
	}
	return failed
}

func (s *server) track(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.fresh, c)
	delete(s.active, c)
	switch state {
	case http.StateNew:
		s.fresh[c] = struct{}{}
	case http.StateActive:
		s.active[c] = struct{}{}
	}
}

// atWork returns how many connections have an answer in flight.
func (s *server) atWork() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.active)
}

// drain closes the listeners, waits for the answers in flight until ctx is done,
// and returns how many connections were cut off then.
func (s *server) drain(ctx context.Context) int {
	// Shutdown would wait five seconds for a connection on which nothing has been
	// asked, and browsers open such in advance.
	s.RegisterOnShutdown(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for c := range s.fresh {
			c.Close()
		}
	})
	if s.Shutdown(ctx) == nil {
		return 0
	}
	cut := s.atWork()
	s.Close()
	return cut
}

// wait waits for a signal that ends the server, or for its failure.
func wait(s *server, failed <-chan error, signals <-chan os.Signal, quiet bool, stdout, stderr io.Writer) error {
	var sig os.Signal
	select {
	case err := <-failed:
		s.Close()
		return failure("serving ended: " + err.Error())
	case sig = <-signals:
	}
	if sig == os.Interrupt && !quiet {
		io.WriteString(stdout, "\nKeyboard interrupt received, exiting.\n")
	}
	if n := s.atWork(); n > 0 && !quiet {
		fmt.Fprintf(stderr, "salver: %s in flight, waiting up to %v; another signal ends at once\n", count(n, "answer"), drainTimeout)
	}
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	go func() {
		select {
		case <-signals:
			cancel()
		case <-ctx.Done():
		}
	}()
	if n := s.drain(ctx); n > 0 {
		fmt.Fprintf(stderr, "salver: %s cut off\n", count(n, "answer"))
	}
	return nil
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
