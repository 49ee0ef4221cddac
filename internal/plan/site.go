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
	Hosts *Hosts // nil allows every Host
	// Admission says who is answered; nil for all.
	Admission *Admission
	Extra     []Field // for answers that carry or confirm content, grouped by name; no Content-Type
	// ContentType, when not empty, is said of every file.
	ContentType string
	NoListing   bool
	// Rules are those of the tree itself, with its error pages; nil leaves them to be files.
	Rules *RuleFiles
	Cache []CacheRule // the last that matches counts
	// App is the path, encoded, of the page that answers what is navigated to and is not
	// there; "" for none.
	App       string
	CleanURLs bool
	Origins   *Origins
	// Always are fields for every answer that does not say them itself. Strict also has browsers use
	// TLS from then on.
	Always []Field
	Strict bool
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
//  2. Is its sender answered? (401, 403)
//  3. Is the method one that files have? (204, 405, 501)
//  4. What does the target name, or what does the owner say of it? (3xx, 400, 404, 503)
//  5. Which coding is wanted? (406)
//  6. Do the preconditions hold for it, and which part is wanted? (206, 304, 412, 416)
//  7. The content itself (200).
//
// It sets the Client of r, and whether it is Secure, where a trusted proxy tells.
func (s *Site) Plan(r *semantics.Request, now time.Time) *Response { return s.PlanOn(r, now, nil) }

// PlanOn is Plan, and records in basis what the response rests on. If it is Sound then,
// and the response not Fleeting, the same request of whoever is answered has the same response
// for as long as the basis Holds.
func (s *Site) PlanOn(r *semantics.Request, now time.Time, basis *tree.Basis) *Response {
	a := askeds.Get().(*asked)
	a.Request, a.now, a.basis = r, now, basis
	r.Client = r.Peer
	p := s.finish(a, s.plan(a))
	*a = asked{}
	askeds.Put(a)
	return p
}

func (s *Site) plan(a *asked) *Response {
	if s.Hosts != nil && !s.Hosts.Allow(a.Host) {
		p := s.fail(421, nil)
		p.Fleeting = true // it rests on the Host
		return p
	}
	if p := s.refuse(a); p != nil {
		return p
	}
	switch {
	case a.Method == "GET" || a.Method == "HEAD":
	case s.Origins != nil && isPreflight(a.Request):
		return s.preflight(a)
	case a.Method == "OPTIONS":
		// The same for every target: it is not looked up (RFC 9110 §9.3.7).
		p := newResponse(204)
		p.add("Allow", allow)
		return p
	case semantics.MethodDefined(a.Method):
		p := s.fail(405, nil)
		p.add("Allow", allow)
		return p
	default:
		return s.fail(501, nil)
	}
	var err error
	for range maxAttempts {
		var p *Response
		a.reset()
		if p, err = s.planTarget(a); err == nil {
			p.Fleeting = p.Fleeting || !datesFixed(a.Request)
			return p
		}
		if !errors.Is(err, tree.ErrChanged) {
			break
		}
	}
	return s.failed(err)
}

// planTarget is Plan from step 4 on.
func (s *Site) planTarget(a *asked) (*Response, error) {
	if a.Malformed {
		return nil, tree.ErrMalformed
	}
	a.setPath()
	if f := s.fixedAt(a.path); f != nil {
		return s.planFixed(a, f)
	}
	s.readRules(a)
	return s.follow(a)
}

// planResource answers with what was found. It closes res.
func (s *Site) planResource(a *asked, res tree.Resource) (*Response, error) {
	var (
		p   *Response
		err error
	)
	defer func() { // also when a hook panics
		if p != nil {
			res.Release(p.File)
		}
		res.Close()
	}()
	if name := nameOf(&res); name != "" {
		if p := s.mayRead(a, name); p != nil {
			return p, nil
		}
	}
	switch {
	case res.Directory != nil && !s.lists():
		return nil, tree.ErrNotFound
	case res.Directory != nil:
		return s.planDirectory(a, res.Directory)
	case res.File != nil:
		p, err = s.planFile(a, res.File)
	default:
		p, err = s.planSidecars(a, res.Sidecars)
	}
	if err != nil {
		return nil, &contentError{err}
	}
	return p, nil
}

// nameOf is the name of the file that was found, "" for none.
func nameOf(res *tree.Resource) string {
	switch {
	case res.File != nil:
		return res.File.Name
	case res.Sidecars != nil:
		return nameOfSidecars(res.Sidecars)
	}
	return ""
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
