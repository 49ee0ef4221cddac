package plan

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"github.com/salver-http/salver/internal/listing"
	"github.com/salver-http/salver/internal/semantics"
	"github.com/salver-http/salver/internal/tree"
)

// planDirectory answers with the listing of d.
func (s *Site) planDirectory(r *asked, d *tree.Directory) (*Response, error) {
	var (
		page   Page
		by     Vary
		fields []Field
		err    error
	)
	path := "/"
	if d.Name != "." {
		path += d.Name + "/"
	}
	g := &gated{Directory: d}
	defer g.leave()
	if s.List != nil {
		if page, err = s.List(path, g, r.Request); err != nil {
			return nil, &contentError{fmt.Errorf("listing hook: %w", err)}
		}
	} else if page, by, fields, err = s.list(r.Request, path, g); err != nil {
		return nil, &contentError{err}
	}
	f, err := s.choosePage(r, page)
	if !s.NoCodings {
		by |= VaryAcceptEncoding
	}
	fleeting := s.List != nil || f.fleeting
	status := 200
	if err == errNotAcceptable {
		status = 406
	} else if err != nil {
		return nil, err
	}
	switch verdict := semantics.Evaluate(r.Request, semantics.Validators{Tag: f.tag}, r.now); {
	case status == 406, verdict == semantics.PreconditionFailed:
		if status == 200 {
			status = 412
		}
		p := s.fail(status, nil)
		p.Fleeting = p.Fleeting || fleeting
		p.Vary = by // each format has a tag of its own
		return p, nil
	case verdict == semantics.NotModified:
		status = 304
	}
	p := newResponse(status)
	p.Fleeting = fleeting
	p.add("Etag", string(f.tag))
	p.add("Cache-Control", "no-cache")
	p.vary(by)
	if status == 200 {
		p.Fields = append(p.Fields, fields...)
		p.add("Content-Type", page.MediaType)
		if f.coding != semantics.Identity {
			p.add("Content-Encoding", f.coding.String())
		}
		p.setBytes(f.bytes)
	}
	r.listed = true
	p.replace(overlay(notContent(withoutCaching(r.set), fields), s.Extra))
	return p, nil
}

// choosePage selects the form of page to answer r with.
func (s *Site) choosePage(r *asked, page Page) (form, error) {
	sum := sha256.Sum256(page.Content)
	digest := base64.RawURLEncoding.EncodeToString(sum[:16])
	c := &content{
		tag: semantics.StrongTag(digest), digest: digest, mediaType: page.MediaType, length: int64(len(page.Content)),
		load:    func() ([]byte, error) { return page.Content, nil },
		sidecar: func(semantics.Coding) (*tree.Sidecar, error) { return nil, nil },
	}
	f := c.plain()
	if !s.NoCodings {
		var err error
		if f, err = s.choose(r, c); err != nil {
			return form{}, err
		}
	}
	if f.coding == semantics.Identity {
		f.bytes = page.Content
	}
	return f, nil
}

// list is the built-in listing, in the format that was asked for, or by Accept
// (RFC 9110 §12.5.1) when none was; a client that accepts none of them gets HTML.
func (s *Site) list(r *semantics.Request, path string, d *gated) (page Page, by Vary, fields []Field, err error) {
	o := listing.ParseQuery(r.Query)
	if !o.FormatAsked {
		o.Format = negotiated(r.Accept)
		by = VaryAccept
	}
	l, err := listing.Gather(path, d, o)
	if err != nil {
		return Page{}, 0, nil, err
	}
	if o.Format == listing.HTML {
		fields = append(fields,
			Field{"Content-Security-Policy", listing.ContentSecurityPolicy},
			Field{"Referrer-Policy", "no-referrer"})
		l.ReadmeName, l.ReadmeHTML = s.readme(l, d.Directory)
	}
	if next := l.Next(o.Format); next != "" {
		fields = append(fields, Field{"Link", "<" + next + `>; rel="next"`}) // RFC 8288
	}
	return Page{listing.MediaType(o.Format), l.Append(nil, o.Format)}, by, fields, nil
}

func negotiated(accept semantics.Value) listing.Format {
	const html, json, text = "text/html", "application/json", "text/plain"
	switch semantics.Negotiate(accept, html, json, text) {
	case json:
		return listing.JSON
	case text:
		return listing.Text
	}
	return listing.HTML
}
