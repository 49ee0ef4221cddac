package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"

	"github.com/salver-http/salver"
	"github.com/salver-http/salver/accesslog"
)

// secretsNotice returns the line that says which secrets lie at the top of the
// tree, "" if there are none to speak of.
func secretsNotice(c salver.Config, reachable, quiet bool) string {
	if quiet && !(c.ServeSecrets && reachable) {
		return ""
	}
	served := c.ServeSecrets
	c.Hidden, c.ServeSecrets = true, true
	all := topNames(c)
	c.ServeSecrets = false
	kept := topNames(c)
	secrets := slices.DeleteFunc(all, func(name string) bool { return slices.Contains(kept, name) })
	return secretsLine(secrets, served, reachable)
}

// secretsLine words the notice for the names.
func secretsLine(names []string, served, reachable bool) string {
	if len(names) == 0 {
		return ""
	}
	const shown = 3
	var b []byte
	for i, name := range names {
		if i == shown {
			b = fmt.Appendf(b, " and %d more", len(names)-shown)
			break
		}
		if i > 0 {
			b = append(b, ", "...)
		}
		b = accesslog.AppendEscaped(b, name)
	}
	switch {
	case served && reachable:
		return fmt.Sprintf("salver: WARNING: EVERYBODY WHO REACHES THIS SERVER CAN READ %s\n", b)
	case served:
		return fmt.Sprintf("salver: warning: %s can be read\n", b)
	}
	return fmt.Sprintf("salver: %s kept back; --serve-secrets serves them\n", b)
}

// topNames returns what a server of c shows at the top of its tree. Asking the
// handler keeps the rule of what is secret in one place.
func topNames(c salver.Config) []string {
	var names []string
	c.Index = []string{}
	c.NoListing = false
	c.AllowedHosts, c.AccessLog, c.Header = nil, nil, nil
	c.ErrorLog = slog.New(slog.NewTextHandler(io.Discard, nil))
	c.List = func(d salver.Directory) (salver.Page, error) {
		for _, e := range d.Entries {
			names = append(names, e.Name)
		}
		return salver.Page{}, nil
	}
	h, err := salver.New(c)
	if err != nil {
		return nil
	}
	h.ServeHTTP(&sink{header: http.Header{}}, &http.Request{
		Method: http.MethodGet, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		URL: &url.URL{Path: "/"}, RequestURI: "/", Header: http.Header{}, Host: "localhost",
	})
	return names
}

// sink is an http.ResponseWriter that keeps nothing.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }
func (s *sink) WriteHeader(int)             {}
