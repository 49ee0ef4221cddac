package browser

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/salver-http/salver"
	"github.com/salver-http/salver/markdown"
)

// site is a directory that is served over loopback.
type site struct {
	t      testing.TB
	dir    string
	origin string

	mu       sync.Mutex
	accesses []salver.Access
}

// serve serves a new directory, with READMEs and as c says.
func serve(t testing.TB, c salver.Config) *site {
	t.Helper()
	s, h := makeSite(t, c)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	s.origin = server.URL
	return s
}

// makeSite makes a new directory, and what answers for it.
func makeSite(t testing.TB, c salver.Config) (*site, *salver.Handler) {
	t.Helper()
	s := &site{t: t, dir: t.TempDir()}
	c.Root = s.dir
	c.Readme = markdown.Render
	c.AccessLog = func(a salver.Access) {
		s.mu.Lock()
		s.accesses = append(s.accesses, a)
		s.mu.Unlock()
	}
	h, err := salver.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s, h
}

// write makes a file, and the directories above it.
func (s *site) write(name, content string) {
	s.t.Helper()
	if err := s.tryWrite(name, content); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) tryWrite(name, content string) error {
	path := filepath.Join(s.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(content), 0o644)
}

// stamp sets the modification time of a file or directory.
func (s *site) stamp(name string, at time.Time) {
	s.t.Helper()
	if err := os.Chtimes(filepath.Join(s.dir, filepath.FromSlash(name)), at, at); err != nil {
		s.t.Fatal(err)
	}
}

// answers returns the statuses that a target has been answered with, in order.
func (s *site) answers(target string) []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	var statuses []int
	for _, a := range s.accesses {
		if a.Target == target {
			statuses = append(statuses, a.Status)
		}
	}
	return statuses
}
