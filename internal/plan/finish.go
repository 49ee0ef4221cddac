package plan

import (
	"slices"
	"strings"
)

// finish gives a response what does not depend on how it has come about. a is nil when there
// is no request.
func (s *Site) finish(a *asked, p *Response) *Response {
	isError := p.bare
	if p.bare {
		s.dress(a, p)
	}
	ownPolicy := a != nil && (a.listed || isError) && hasField(p.Fields, policy) // of a page of salver's own
	if a == nil {
		s.always(nil, p)
		return p
	}
	p.Fleeting = p.Fleeting || a.fleeting
	if isError {
		p.Vary |= a.by
		if a.by&VaryCookie != 0 { // no cache keeps it, and yet: who looks at it learns what it was chosen by
			p.vary(VaryCookie)
		}
		s.setForError(a, p)
	} else if a.by != 0 {
		p.vary(a.by)
	}
	s.always(a, p)
	p.without(a.dropped(p, isError, ownPolicy), s.Extra)
	if a.private || s.Admission.allowsSome() || s.Admission.realmAt(a.Path) != nil {
		p.makePrivate()
	}
	if a.Method == "HEAD" {
		p.dropContent()
	}
	return p
}

// setForError adds the fields that rules set for the path and that an error can have, too:
// none that are about content or its caching.
func (s *Site) setForError(a *asked, p *Response) {
	p.replace(slices.DeleteFunc(notContent(a.set, p.Fields), func(f Field) bool { return isCaching(f.Name) }))
}

// always adds what goes with every answer that does not say it itself.
func (s *Site) always(a *asked, p *Response) {
	for _, f := range s.Always {
		if p.Status == 304 && f.Name == "Referrer-Policy" {
			continue // a listing has one of its own, which it would take the place of
		}
		if !hasField(p.Fields, f.Name) {
			p.Fields = append(p.Fields, f)
		}
	}
	if a == nil {
		return
	}
	if s.Strict {
		p.Vary |= VarySecure | VaryHost
		if a.Secure && isNamed(HostName(a.Host)) && !hasField(p.Fields, strict.Name) {
			p.Fields = append(p.Fields, strict)
		}
	}
	if s.Origins != nil {
		s.Origins.allow(a.Request, p)
	}
}

// strict tells a browser to use TLS for a year (RFC 6797 §6.1).
var strict = Field{"Strict-Transport-Security", "max-age=31536000"}

// policy is the field that keeps the pages of salver's own from loading or running anything.
const policy = "Content-Security-Policy"

// dropped are the names of fields that rules take away from p.
func (a *asked) dropped(p *Response, isError, ownPolicy bool) []string {
	switch {
	case len(a.drop) == 0:
		return nil
	case p.Status/100 == 3 && p.Status != 304:
		return nil // rules for fields are about what is sent there
	case isError || a.fallback || a.listed: // that it is not kept is not theirs to say
		return slices.DeleteFunc(slices.Clone(a.drop), func(name string) bool { return isCaching(name) || ownPolicy && name == policy })
	case a.chosen: // before whatever rules say
		return slices.DeleteFunc(slices.Clone(a.drop), func(name string) bool { return name == "Cache-Control" })
	}
	return a.drop
}

// without takes away the fields of names, but for those in kept.
func (p *Response) without(names []string, kept []Field) {
	if len(names) == 0 {
		return
	}
	p.Fields = slices.DeleteFunc(p.Fields, func(f Field) bool {
		return slices.Contains(names, f.Name) && !hasField(kept, f.Name) && !essential[f.Name]
	})
}

// essential are the fields without which an answer would be another one.
var essential = map[string]bool{
	"Accept-Ranges": true, "Allow": true, "Content-Encoding": true, "Content-Length": true, "Content-Range": true, "Content-Type": true,
	"Etag": true, "Last-Modified": true, "Location": true, "Retry-After": true, "Vary": true, "Www-Authenticate": true,
}

// makePrivate tells caches that others use to leave the answer alone.
func (p *Response) makePrivate() {
	var said []string
	p.Fields = slices.DeleteFunc(p.Fields, func(f Field) bool {
		if f.Name == "Cache-Control" {
			said = append(said, f.Value)
		}
		// A cache that one of the others is for goes by that alone (RFC 9213 §2.2).
		return isCaching(f.Name) && f.Name != "Expires" && f.Name != "Pragma" && (f.Name == "Cache-Control" || !listed(f.Value, "no-store"))
	})
	p.add("Cache-Control", private(strings.Join(said, ", ")))
}
