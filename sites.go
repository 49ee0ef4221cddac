package salver

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/salver-http/salver/internal/engine"
	"github.com/salver-http/salver/internal/plan"
)

// Sites serves several [Handler]s, each for some hosts. It may be used by any number of goroutines
// at once.
type Sites struct {
	table     atomic.Pointer[siteTable]
	formBytes atomic.Int64 // of compressed content, for all of them; 0 where each has its own
}

// siteTable says who answers for a host. It is not changed.
type siteTable struct {
	names    map[string]*Handler
	suffixes []siteSuffix // the longest first
	rest     *Handler     // never nil
}

type siteSuffix struct {
	suffix  string // with the leading dot
	handler *Handler
}

// NewSites makes Sites of handlers by the names of their hosts, without a port; "*.example.org" stands for every name
// below example.org, unless a longer name matches. Any other host is answered by rest, or
// where that is nil with 421 (Misdirected Request).
func NewSites(hosts map[string]*Handler, rest *Handler) (*Sites, error) {
	s := new(Sites)
	return s, s.Set(hosts, rest)
}

// Set replaces the handlers from the next request on. On an error nothing changes.
func (s *Sites) Set(hosts map[string]*Handler, rest *Handler) error {
	t := &siteTable{names: make(map[string]*Handler), rest: rest}
	var errs []error
	for _, host := range slices.Sorted(maps.Keys(hosts)) {
		h := hosts[host]
		switch name, wild, err := plan.ParseHost(host); {
		case err != nil:
			errs = append(errs, err)
		case h == nil:
			errs = append(errs, fmt.Errorf("there is no handler for %q", host))
		case wild:
			t.suffixes = append(t.suffixes, siteSuffix{name, h})
		case t.names[name] != nil:
			errs = append(errs, fmt.Errorf("%q is there twice", host))
		default:
			t.names[name] = h
		}
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	slices.SortFunc(t.suffixes, func(a, b siteSuffix) int { return len(b.suffix) - len(a.suffix) })
	if t.rest == nil {
		t.rest = nobody()
	}
	s.share(t)
	s.table.Store(t)
	return nil
}

// setFormBytes bounds the compressed content that all of them keep together.
func (s *Sites) setFormBytes(n int64) {
	s.formBytes.Store(n)
	s.share(s.table.Load())
}

// share gives each handler of t its part.
func (s *Sites) share(t *siteTable) {
	n := s.formBytes.Load()
	if n == 0 {
		return
	}
	all := make(map[*Handler]bool)
	add := func(h *Handler) {
		if h.state.Load().site.Forms != nil {
			all[h] = true
		}
	}
	add(t.rest)
	for _, h := range t.names {
		add(h)
	}
	for _, x := range t.suffixes {
		add(x.handler)
	}
	for h := range all {
		h.setFormBytes(n / int64(len(all)))
	}
}

// nobody answers 421.
func nobody() *Handler {
	h := new(Handler)
	h.take(&state{site: &plan.Site{Hosts: plan.NoHosts()}, config: &Config{ErrorLog: slog.Default()}})
	return h
}

// of returns who answers for the Host of a request.
func (s *Sites) of(host string) *Handler {
	t := s.table.Load()
	if h := t.names[host]; h != nil {
		return h // as most are written
	}
	host = plan.HostName(host)
	if h := t.names[host]; h != nil {
		return h
	}
	for _, x := range t.suffixes {
		if strings.HasSuffix(host, x.suffix) && len(host) > len(x.suffix) {
			return x.handler
		}
	}
	return t.rest
}

// ServeHTTP implements [http.Handler].
func (s *Sites) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.of(r.Host).ServeHTTP(w, r) }

func (s *Sites) laneOf(host []byte) *engine.Site {
	if h := s.table.Load().names[string(host)]; h != nil {
		return h.lane() // without an allocation
	}
	return s.of(string(host)).lane()
}
