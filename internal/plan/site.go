package plan

import (
	"errors"
	"strings"
	"time"

	"github.com/salver-http/salver/internal/coding"
	"github.com/salver-http/salver/internal/listing"
	"github.com/salver-http/salver/internal/media"
	"github.com/salver-http/salver/internal/semantics"
	"github.com/salver-http/salver/internal/tree"
)

// Site is a tree with all that its owner chose about how it is served. It is not
// changed once in use, and may then be used concurrently.
type Site struct {
	Tree  *tree.Tree
	Types *media.Types
	Hosts *Hosts  // nil allows every Host
	Extra []Field // for answers that carry or confirm content, grouped by name; no Content-Type
	// ContentType, when not empty, is said of every file.
	ContentType string
	NoListing   bool
	// NoCodings sends all content as it is. Forms, when not nil, keeps what is compressed
	// for an answer; without it only sidecars are sent.
	NoCodings bool
	Forms     *coding.Store
	// List makes the page of a directory; nil means the built-in listing.
	List func(path string, d listing.Dir, r *semantics.Request) (Page, error)
	// ErrorPage makes the content of an error; nil means the built-in page.
	ErrorPage func(status int, reason string) Page
	// Readme makes safe HTML of Markdown; nil shows no README.
	Readme func(markdown []byte) ([]byte, error)

	readmes readmes
	fixed   map[string]*fixed // by name
}

// Page is content that a hook made; MediaType is never empty.
type Page struct {
	MediaType string
	Content   []byte
}

const allow = "GET, HEAD, OPTIONS"

// maxAttempts is how often a file that changes while it is read is begun anew.
const maxAttempts = 4

// Plan decides the response to r at the time now:
//
//  1. Is the request meant for this server? (421)
//  2. Is the method one that files have? (204, 405, 501)
//  3. What does the target name? (301, 400, 404, 503)
//  4. Which coding is wanted? (406)
//  5. Do the preconditions hold for it, and which part is wanted? (206, 304, 412, 416)
//  6. The content itself (200).
func (s *Site) Plan(r *semantics.Request, now time.Time) *Response { return s.PlanOn(r, now, nil) }

// PlanOn is Plan, and records in basis what the response rests on. If it is Sound then,
// and the response not Fleeting, the same request has the same response for as long as
// the basis Holds.
func (s *Site) PlanOn(r *semantics.Request, now time.Time, basis *tree.Basis) *Response {
	p := s.plan(r, now, basis)
	if r.Method == "HEAD" {
		p.dropContent()
	}
	return p
}

func (s *Site) plan(r *semantics.Request, now time.Time, basis *tree.Basis) *Response {
	if s.Hosts != nil && !s.Hosts.Allow(r.Host) {
		p := s.fail(421, nil)
		p.Fleeting = true // it rests on the Host
		return p
	}
	switch {
	case r.Method == "GET" || r.Method == "HEAD":
	case r.Method == "OPTIONS":
		// The same for every target: it is not looked up (RFC 9110 §9.3.7).
		p := newResponse(204)
		p.add("Allow", allow)
		return p
	case semantics.MethodDefined(r.Method):
		p := s.fail(405, nil)
		p.add("Allow", allow)
		return p
	default:
		return s.fail(501, nil)
	}
	var err error
	for range maxAttempts {
		var p *Response
		basis.Reset()
		if p, err = s.planResource(r, now, basis); err == nil {
			p.Fleeting = p.Fleeting || !datesFixed(r)
			return p
		}
		if !errors.Is(err, tree.ErrChanged) {
			break
		}
	}
	return s.failed(err)
}

// planResource is Plan from step 3 on.
func (s *Site) planResource(r *semantics.Request, now time.Time, basis *tree.Basis) (*Response, error) {
	if r.Malformed {
		return nil, tree.ErrMalformed
	}
	path := r.Path
	if path == "" && strings.HasSuffix(r.Mount, "/") {
		path = "/" // a mux took the slash away with the prefix
	}
	if f := s.fixedAt(path); f != nil {
		return s.planFixed(r, f, now)
	}
	res, err := s.Tree.Resolve(path, basis)
	switch {
	case err != nil:
		return nil, err
	case res.Unslashed:
		return redirect(r), nil
	}
	var p *Response
	defer func() { // also when a hook panics
		if p != nil {
			res.Release(p.File)
		}
		res.Close()
	}()
	switch {
	case res.Directory != nil && s.NoListing:
		return nil, tree.ErrNotFound
	case res.Directory != nil:
		return s.planDirectory(r, res.Directory, now, basis)
	case res.File != nil:
		p, err = s.planFile(r, res.File, now, basis)
	default:
		p, err = s.planSidecars(r, res.Sidecars, now, basis)
	}
	if err != nil {
		return nil, &contentError{err}
	}
	return p, nil
}

// datesFixed reports whether the dates of r, if any, mean the same at any time: those
// with two digits for the year do not (RFC 9110 §5.6.7).
func datesFixed(r *semantics.Request) bool {
	for _, v := range [...]semantics.Value{r.IfModifiedSince, r.IfUnmodifiedSince, r.IfRange} {
		if strings.Contains(v.Text, "-") && !strings.Contains(v.Text, `"`) {
			return false // only the obsolete form has a hyphen
		}
	}
	return true
}
