package plan

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/salver-http/salver/internal/semantics"
	"github.com/salver-http/salver/internal/tree"
)

const pageFormat = `<!DOCTYPE HTML>
<html lang="en">
    <head>
        <meta charset="utf-8">
        <meta name="color-scheme" content="light dark">
        <meta name="viewport" content="width=device-width">
        <title>Error response</title>
    </head>
    <body>
        <h1>Error response</h1>
        <p>Error code: %d</p>
        <p>Message: %s.</p>
        <p>Error code explanation: %[1]d - %[3]s.</p>
    </body>
</html>
`

// pages are the built-in error pages.
var pages = sync.OnceValue(func() map[int][]byte {
	m := make(map[int][]byte, len(reasons))
	for status, r := range reasons {
		m[status] = fmt.Appendf(nil, pageFormat, status, r[0], r[1])
	}
	return m
})

// problem is an error as programs read it (RFC 9457).
type problem struct {
	Title  string `json:"title"` // that of the status, as there is no type (RFC 9457 §4.2.1)
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

const (
	typeHTML    = "text/html"
	typeJSON    = "application/json"
	typeProblem = "application/problem+json"
)

// dress gives an error its content: of the hook, as the client accepts it, of the site's own pages, or
// the built-in page. a is nil when there is no request.
func (s *Site) dress(a *asked, p *Response) {
	p.bare = false
	reason := reasons[p.Status]
	if s.ErrorPage != nil {
		p.Fleeting = true
		page := s.ErrorPage(p.Status, reason[0])
		p.add("Content-Type", page.MediaType)
		p.setBytes(page.Content)
		return
	}
	if a != nil {
		p.Vary |= VaryAccept
		if t := semantics.NegotiateNamed(a.Accept, typeHTML, typeJSON, typeProblem); t != typeHTML {
			b, err := json.Marshal(problem{reason[2], p.Status, reason[1]})
			if err == nil {
				p.add("Content-Type", t)
				p.setBytes(append(b, '\n'))
				return
			}
		}
		if s.Rules != nil && s.ownPage(a, p) {
			return
		}
	}
	p.add("Content-Type", "text/html; charset=utf-8")
	p.add("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	p.setBytes(pages()[p.Status])
}

// ownPages are the statuses that a site can have pages of its own for. The others say that the request
// is wrong or the server is, so that a file would be of no use, or could not be opened.
var ownPages = map[int]bool{401: true, 403: true, 404: true, 405: true, 410: true, 451: true, 500: true}

// ownPage gives p the content of a page of the site: the one that a rule names, or that is named by the
// status, for 404 in the nearest directory up the tree. It reports whether there is one.
func (s *Site) ownPage(a *asked, p *Response) bool {
	if !ownPages[p.Status] {
		return false
	}
	name := fmt.Sprintf("%d.html", p.Status)
	var f *tree.File
	var err error
	if p.page != "" {
		f, err = s.openPage(a, p)
	}
	if f == nil && err == nil {
		from := "/"
		if p.Status == 404 {
			from = a.path
		}
		f, err = s.Tree.Nearest(from, name, func(page string) bool { return s.mayShow(a, p, page) }, a.basis)
	}
	if err == nil && f != nil {
		err = s.carry(a, p, f)
	}
	if err != nil && !tree.IsMissing(err) {
		p.Fleeting = true // it is not known whether there is one
	}
	return err == nil && f != nil
}

// mayShow reports whether who asks for the target may see a page of that name as well.
func (s *Site) mayShow(a *asked, p *Response, name string) bool {
	in := s.Admission.realmOf(name)
	switch {
	case in == nil:
		return true
	case a.stranger, a.Malformed: // nobody has been asked for a password: what is no path is in no part
		return false
	}
	return p.Status == 401 || in == s.Admission.realmAt(a.Path)
}

// openPage opens what a rule names as the page of an error. What is not for whoever asks is as what is not there.
func (s *Site) openPage(a *asked, p *Response) (*tree.File, error) {
	if name, _, err := tree.ParsePath(p.page); err != nil || !s.mayShow(a, p, name) {
		return nil, nil
	}
	res, err := s.look(a, p.page)
	if err != nil {
		if tree.IsMissing(err) {
			return nil, nil
		}
		return nil, err
	}
	f := res.File
	res.Release(f)
	res.Close()
	if f != nil && !s.mayShow(a, p, f.Name) {
		f.Close()
		return nil, nil
	}
	return f, nil
}

// carry makes f, which belongs to it then, the content of an error, in the coding that is wanted most.
func (s *Site) carry(a *asked, p *Response, f *tree.File) error {
	src := source{file: f, opened: true, buf: buffers.Get().(*buffer)}
	defer src.end()
	facts, err := src.examine(s.Tree)
	if err != nil {
		return changing(p, err)
	}
	typ := s.Types.Of(f.Name)
	rep := representation{mediaType: typ.MediaType, length: f.Stamp.Size}
	if facts.UTF8 {
		rep.mediaType = typ.UTF8
	}
	if s.negotiable(rep.mediaType) {
		if err := s.encode(a, p, s.contentOf(f, facts, &rep, a.basis), &rep, &src); err != nil {
			return changing(p, err)
		}
	}
	before := len(p.Fields)
	p.add("Content-Type", rep.mediaType)
	if rep.coding != "" {
		p.add("Content-Encoding", rep.coding)
	}
	p.setLength(rep.length)
	if p.Length > 0 {
		p.piece[0] = Piece{Length: p.Length}
		p.Pieces = p.piece[:]
		src.wanted = true
		if err := src.fill(p); err != nil {
			p.Fields, p.Pieces, p.Length = p.Fields[:before], nil, -1
			return changing(p, err)
		}
	}
	p.vary(rep.vary)
	return nil
}

// encode makes rep and src those of the form of c that is wanted most. Where none is acceptable, or too much
// is being compressed, an error is told without a coding all the same (RFC 9110 §12.5.3).
func (s *Site) encode(a *asked, p *Response, c *content, rep *representation, src *source) error {
	rep.vary = VaryAcceptEncoding
	w := semantics.CodingsAccepted(a.AcceptEncoding)
	f, err := s.best(c, &w, a.basis)
	switch {
	case err == errNotAcceptable:
		return nil
	case err == errCompressing:
		p.Fleeting = true
		return nil
	case err != nil:
		return err
	}
	p.Fleeting = p.Fleeting || f.fleeting
	if f.coding != semantics.Identity {
		rep.coding, rep.length = f.coding.String(), f.length
		src.become(&f)
	}
	return nil
}

// changing says that p, whose content could not be had because of err, may have it the next time.
func changing(p *Response, err error) error {
	if errors.Is(err, tree.ErrChanged) {
		p.Fleeting = true
	}
	return err
}
