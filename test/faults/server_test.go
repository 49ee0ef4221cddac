// Package faults holds what goes wrong around a server of files against salver: odd
// metadata, deploys, files that change or fail while they are sent, special files,
// requests that ask for too much, and too few descriptors.
package faults

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
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

func serve(t testing.TB, c salver.Config) *server {
	t.Helper()
	log := &journal{}
	c.ErrorLog = slog.New(slog.NewTextHandler(log, nil))
	h, err := salver.New(c)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	client := s.Client()
	client.Timeout = patience
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &server{t: t, origin: s.URL, client: client, log: log}
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
