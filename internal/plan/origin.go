package plan

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/salver-http/salver/internal/semantics"
)

// Origins are those whose pages may read what is served, and send requests that ask before (Fetch §3.3).
// It is immutable; nil is for none but the own.
type Origins struct {
	any   bool
	names map[string]bool
}

// NewOrigins makes Origins of names as browsers send them, or "*" for any. It returns nil
// when there are none.
func NewOrigins(names []string) (*Origins, error) {
	if len(names) == 0 {
		return nil, nil
	}
	o := &Origins{names: make(map[string]bool)}
	var errs []error
	for _, name := range names {
		if name == "*" {
			o.any = true
			continue
		}
		u, err := url.Parse(name)
		if err != nil || u.Scheme == "" || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.ForceQuery || strings.Contains(name, "#") {
			errs = append(errs, fmt.Errorf(`%q is not an origin: it is written as "https://example.org"`, name))
			continue
		}
		if why := unsent(u); why != "" {
			errs = append(errs, fmt.Errorf("%q: %s", name, why))
			continue
		}
		if u.Scheme == "http" && u.Port() == "80" || u.Scheme == "https" && u.Port() == "443" {
			errs = append(errs, fmt.Errorf("%q: browsers leave the port away that its scheme has anyway", name))
			continue
		}
		o.names[strings.ToLower(name)] = true
	}
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	return o, nil
}

// unsent says why no browser names an origin so (URL Standard, host and port serialising), "" where one may.
func unsent(u *url.URL) string {
	host, port := u.Hostname(), u.Port()
	switch {
	case strings.Contains(host, "*"):
		return "origins are named one by one, and * is for all there are"
	case strings.ContainsFunc(host, func(r rune) bool { return r > '~' }):
		return "it is not ASCII: browsers send such names in the form xn--…"
	case host == "":
		return "its host is missing"
	case strings.HasSuffix(u.Host, ":"), len(port) > 1 && port[0] == '0', len(port) > 5, len(port) == 5 && port > "65535":
		return "its port is not one that browsers send"
	}
	return ""
}

// allow adds what tells the browser whether a page of another origin may read p.
func (o *Origins) allow(r *semantics.Request, p *Response) {
	if p.Get("Access-Control-Allow-Origin") != "" {
		return // the owner has said it for the path
	}
	if o.any {
		p.add("Access-Control-Allow-Origin", "*")
		p.add("Access-Control-Expose-Headers", "*")
		return
	}
	p.vary(VaryOrigin)
	if r != nil && r.Origin.Present && o.names[strings.ToLower(r.Origin.Text)] {
		p.add("Access-Control-Allow-Origin", r.Origin.Text)
		p.add("Access-Control-Expose-Headers", "*")
	}
}

// isPreflight reports whether a browser asks whether it may send a request (Fetch §3.3.2).
func isPreflight(r *semantics.Request) bool {
	return r.Method == "OPTIONS" && r.Origin.Present && r.RequestMethod.Present
}

// preflight answers what a browser asks before a request; whether the origin may, is added
// as to every answer, unless a rule says it for the path.
func (s *Site) preflight(a *asked) *Response {
	p := newResponse(204)
	p.add("Allow", allow)
	p.add("Access-Control-Allow-Methods", allow)
	p.add("Access-Control-Allow-Headers", "Authorization, *")
	p.add("Access-Control-Max-Age", "600") // seconds
	if !a.Malformed {
		a.setPath()
		s.readRules(a)
	}
	for _, f := range a.set {
		if strings.HasPrefix(f.Name, "Access-Control-") && !strings.HasPrefix(f.Name, "Access-Control-Expose-") {
			p.replace([]Field{f})
		}
	}
	return p
}

// isNamed reports whether host is a name that others than this machine know: of such a one a browser
// may be told to use TLS for ever (RFC 6797 §8.3).
func isNamed(host string) bool {
	if host == "" || host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasPrefix(host, "[") {
		return false
	}
	_, err := netip.ParseAddr(host)
	return err != nil
}

// acceptsHTML reports whether the client wants to see a page.
func acceptsHTML(a *asked) bool {
	return a.Accept.Present && semantics.Negotiate(a.Accept, "text/html") != ""
}
