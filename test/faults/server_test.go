package faults

import (
	"bytes"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/salver-http/salver"
)

// patience is how long anything may take before it counts as hanging.
const patience = 20 * time.Second

// server serves over loopback.
type server struct {
	t      testing.TB
	addr   string
	origin string
	client *http.Client
	log    *journal
}

// journal keeps what the server logs.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

func (j *journal) lines() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return bytes.Count(j.text.Bytes(), []byte("\n"))
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// start begins to serve in one of the lanes, until the test ends.
type start func(testing.TB, salver.Config) *server

// lanes runs a test in the HTTP/1.1 lane and in net/http's.
func lanes(t *testing.T, test func(t *testing.T, serve start)) {
	t.Helper()
	for name, nethttp := range map[string]bool{"lane": false, "nethttp": true} {
		t.Run(name, func(t *testing.T) {
			test(t, func(t testing.TB, c salver.Config) *server {
				t.Helper()
				return serve(t, c, &salver.Server{NetHTTP: nethttp})
			})
		})
	}
}

// serve serves c by way of s until the test ends.
func serve(t testing.TB, c salver.Config, s *salver.Server) *server {
	t.Helper()
	journal := &journal{}
	c.ErrorLog = slog.New(slog.NewTextHandler(journal, nil))
	h, err := salver.New(c)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Handler, s.ErrorLog = h, log.New(journal, "", 0)
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		s.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Serve returned %v", err)
		}
	})
	addr := l.Addr().String()
	return &server{t: t, addr: addr, origin: "http://" + addr, log: journal, client: &http.Client{
		Timeout: patience, Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// ask sends a request and returns the answer, whose content is still to be read.
func (s *server) ask(method, target string, fields ...string) *http.Response {
	s.t.Helper()
	r, err := s.tryAsk(method, target, fields...)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

func (s *server) tryAsk(method, target string, fields ...string) (*http.Response, error) {
	req, err := http.NewRequest(method, s.origin+target, nil)
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(fields); i += 2 {
		req.Header.Set(fields[i], fields[i+1])
	}
	return s.client.Do(req)
}

// get returns the status and the content of a target.
func (s *server) get(target string) (int, string) {
	s.t.Helper()
	status, content, err := s.tryGet(target)
	if err != nil {
		s.t.Fatal(err)
	}
	return status, content
}

func (s *server) tryGet(target string) (int, string, error) {
	r, err := s.tryAsk("GET", target)
	if err != nil {
		return 0, "", err
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	return r.StatusCode, string(b), err
}

func write(t testing.TB, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
