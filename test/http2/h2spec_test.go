// Package http2 compares salver's HTTP/2 with what others make of it: h2spec, strict, runs against
// the lane of salver.Server, and golang.org/x/net reads the same frames. It is a module of its own,
// so that the others do without these.
package http2

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http/httptest"
	"path"
	"testing"
	"testing/fstest"
	"time"

	"github.com/summerwind/h2spec/config"
	"github.com/summerwind/h2spec/generic"
	"github.com/summerwind/h2spec/hpack"
	"github.com/summerwind/h2spec/http2"
	"github.com/summerwind/h2spec/spec"

	"github.com/salver-http/salver"
)

// excepted are the cases that have to fail: h2spec is of RFC 7540, and of servers that speak
// nothing but HTTP/2.
var excepted = map[string]string{
	"cleartext/http2/3.5/2": "RFC 9113 §3.4: who begins with something else does not speak HTTP/2, and is answered by HTTP/1.1",
}

// TestH2spec runs each case over TLS and without.
func TestH2spec(t *testing.T) {
	for _, over := range []string{"tls", "cleartext"} {
		t.Run(over, func(t *testing.T) {
			c := &config.Config{
				Host: "127.0.0.1", Port: serve(t, over == "tls"), Path: "/", Timeout: 2 * time.Second,
				MaxHeaderLen: 4000, Strict: true, TLS: over == "tls", Insecure: true,
			}
			cases := 0
			for _, group := range []*spec.TestGroup{generic.Spec(), http2.Spec(), hpack.Spec()} {
				cases += run(t, c, group)
			}
			const all = 146
			if cases != all {
				t.Errorf("%d cases, want %d", cases, all)
			}
		})
	}
}

// run runs the cases of a group, and returns how many there are.
func run(t *testing.T, c *config.Config, group *spec.TestGroup) (cases int) {
	parent := t.Name()
	for i, tc := range append(group.Tests, group.StrictTests...) {
		cases++
		name := fmt.Sprintf("%s/%d", group.ID(), i+1) // as the command calls it
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := try(c, tc)
			switch why, ok := excepted[path.Base(parent)+"/"+name]; {
			case errors.Is(err, spec.ErrSkipped):
				t.Errorf("%s: it was skipped", tc.Desc)
			case ok && err == nil:
				t.Errorf("%s: it passes, in spite of %s", tc.Desc, why)
			case !ok && err != nil:
				t.Errorf("%s: %s: %v", tc.Desc, tc.Requirement, err)
			}
		})
	}
	for _, g := range group.Groups {
		cases += run(t, c, g)
	}
	return cases
}

// try runs a case on a connection of its own.
func try(c *config.Config, tc *spec.TestCase) error {
	conn, err := spec.Dial(c)
	if err != nil {
		return err
	}
	defer conn.Close()
	return tc.Run(c, conn)
}

// serve serves a page that is longer than what flow control is tried on, and returns the port.
func serve(t *testing.T, secure bool) int {
	t.Helper()
	h, err := salver.New(salver.Config{FS: fstest.MapFS{
		"index.html": {Data: bytes.Repeat([]byte("<p>A page.</p>\n"), 1000), ModTime: time.Unix(1700000000, 0)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &salver.Server{Handler: h, ErrorLog: log.New(t.Output(), "", 0)}
	served := make(chan struct{})
	go func() {
		defer close(served)
		if secure {
			s.TLSConfig = &tls.Config{Certificates: certificates()}
			s.ServeTLS(l, "", "")
		} else {
			s.Serve(l)
		}
	}()
	t.Cleanup(func() {
		s.Close()
		<-served
	})
	return l.Addr().(*net.TCPAddr).Port
}

// certificates are of a test's own.
func certificates() []tls.Certificate {
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	return s.TLS.Certificates
}
