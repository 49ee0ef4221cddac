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
	"time"

	"github.com/salver-http/salver"
	"github.com/salver-http/salver/accesslog"
)

const drainTimeout = 30 * time.Second

func newServer(h http.Handler, o options, tlsConfig *tls.Config, stderr *accesslog.Log) *salver.Server {
	s := &salver.Server{
		Handler:   h,
		TLSConfig: tlsConfig,
		ErrorLog:  log.New(&serverLines{w: stderr, now: time.Now}, "", 0),
		Memory:    o.memory,
		NetHTTP:   o.netHTTP,
	}
	if o.http10 {
		s.Protocols = new(http.Protocols)
		s.Protocols.SetHTTP1(true) // HTTP/2 can't close after an answer
		s.SetKeepAlivesEnabled(false)
	}
	return s
}

// serveAll begins to serve. What it returns gets the error of a listener that failed.
func serveAll(s *salver.Server, listeners []net.Listener) <-chan error {
	failed := make(chan error, len(listeners))
	for _, ln := range listeners {
		go func() {
			if s.TLSConfig != nil {
				failed <- s.ServeTLS(ln, "", "")
			} else {
				failed <- s.Serve(ln)
			}
		}()
	}
	return failed
}

// drain closes the listeners, waits for the answers in flight until ctx is done,
// and returns how many connections were cut off then.
func drain(ctx context.Context, s *salver.Server) int {
	if s.Shutdown(ctx) == nil {
		return 0
	}
	cut := s.InFlight()
	s.Close()
	return cut
}

// wait waits for a signal that ends the server, or for its failure.
func wait(s *salver.Server, failed <-chan error, signals <-chan os.Signal, quiet bool, stdout, stderr io.Writer) error {
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
	if n := s.InFlight(); n > 0 && !quiet {
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
	if n := drain(ctx, s); n > 0 {
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
