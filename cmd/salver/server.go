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
	"sync/atomic"
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

// serveAll begins to serve. failed gets the error of a listener that fails.
func serveAll(s *salver.Server, listeners []net.Listener, failed chan<- error) {
	for _, ln := range listeners {
		go func() {
			if s.TLSConfig != nil {
				failed <- s.ServeTLS(ln, "", "")
			} else {
				failed <- s.Serve(ln)
			}
		}()
	}
}

// servers are the one of the site and, with --tls-redirect, that of plain HTTP.
type servers []*salver.Server

func (all servers) inFlight() (n int) {
	for _, s := range all {
		n += s.InFlight()
	}
	return n
}

func (all servers) close() {
	for _, s := range all {
		s.Close()
	}
}

// drain closes the listeners, waits for the answers in flight until ctx is done,
// and returns how many connections were cut off then.
func (all servers) drain(ctx context.Context) (cut int) {
	var (
		group sync.WaitGroup
		late  atomic.Bool
	)
	for _, s := range all {
		group.Go(func() {
			if s.Shutdown(ctx) != nil {
				late.Store(true)
			}
		})
	}
	group.Wait()
	if late.Load() {
		cut = all.inFlight()
		all.close()
	}
	return cut
}

// wait waits for a signal that ends the servers, or for the failure of one.
func wait(all servers, failed <-chan error, signals <-chan os.Signal, quiet bool, stdout, stderr io.Writer) error {
	var sig os.Signal
	select {
	case err := <-failed:
		all.close()
		return failure("serving ended: " + err.Error())
	case sig = <-signals:
	}
	if sig == os.Interrupt && !quiet {
		io.WriteString(stdout, "\nKeyboard interrupt received, exiting.\n")
	}
	if n := all.inFlight(); n > 0 && !quiet {
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
	if n := all.drain(ctx); n > 0 {
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
