package plan

import (
	"strconv"
	"time"

	"github.com/salver-http/salver/internal/semantics"
	"github.com/salver-http/salver/internal/tree"
)

// representation is what is said of a file in its answers (RFC 9110 §8).
type representation struct {
	mediaType  string
	coding     string
	length     int64
	validators semantics.Validators
	modified   string // validators.LastModified as an HTTP-date; "" for none
}

// planFile answers with the content of f. On success f belongs to the response when
// it is in its File, and to the caller otherwise.
func (s *Site) planFile(r *semantics.Request, f *tree.File, now time.Time) (_ *Response, err error) {
	buf := buffers.Get().(*buffer)
	defer func() {
		if buf != nil {
			buffers.Put(buf)
		}
	}()
	facts, content, err := s.Tree.Facts(f, buf[:])
	if err != nil {
		return nil, err
	}
	rep := s.represent(f, facts, now)
	p, err := s.planRepresentation(r, f, &rep, content, now, &buf)
	if p != nil && f.Stamp.MTime.Time().After(now.Add(-2*time.Second)) {
		p.Fleeting = true // its date is of the future, or not yet a strong validator
	}
	return p, err
}

// planRepresentation is planFile for a file of which all is known. content is all of it
// where that has been read, in *buf; *buf is taken by a response that needs it.
func (s *Site) planRepresentation(r *semantics.Request, f *tree.File, rep *representation, content []byte, now time.Time, buf **buffer) (*Response, error) {
	switch semantics.Evaluate(r, rep.validators, now) {
	case semantics.NotModified:
		return s.notModified(rep), nil
	case semantics.PreconditionFailed:
		return s.fail(412, nil), nil
	}
	ranges, verdict := semantics.SelectRanges(r, rep.validators, rep.length, now)
	var p *Response
	switch verdict {
	case semantics.RangeUnsatisfiable:
		p := s.fail(416, nil)
		p.add("Content-Range", "bytes */"+strconv.FormatInt(rep.length, 10))
		p.add("Accept-Ranges", "bytes")
		return p, nil
	case semantics.RangePartial:
		p = partial(rep, ranges)
	}
	if p == nil {
		p = newResponse(200)
		p.describe(rep, rep.mediaType)
		p.setLength(rep.length)
		p.piece[0] = Piece{Length: rep.length}
		p.Pieces = p.piece[:]
	}
	p.replace(s.Extra)
	if r.Method == "HEAD" || p.Length == 0 {
		p.Pieces = nil
		return p, nil
	}
	if content != nil {
		for i, q := range p.Pieces {
			if q.Bytes == nil {
				p.Pieces[i].Bytes = content[q.First : q.First+q.Length]
			}
		}
		p.buf, *buf = *buf, nil
		return p, nil
	}
	if p.Length > smallContent {
		p.File = f
		return p, nil
	}
	if err := load(p, f, *buf); err != nil {
		return nil, err
	}
	p.buf, *buf = *buf, nil
	return p, nil
}

// load reads the extents of p into buf, and makes sure that they are of one version.
func load(p *Response, f *tree.File, buf *buffer) error {
	free := buf[:]
	for i, q := range p.Pieces {
		if q.Bytes != nil {
			continue
		}
		b := free[:q.Length]
		free = free[q.Length:]
		if n, err := f.ReadAt(b, q.First); n < len(b) {
			return tree.ReadError(err)
		}
		p.Pieces[i].Bytes = b
	}
	return f.Intact()
}

// represent says what an answer with f says of it.
func (s *Site) represent(f *tree.File, facts tree.Facts, now time.Time) representation {
	typ := s.Types.Of(f.Name)
	rep := representation{mediaType: typ.MediaType, length: f.Stamp.Size}
	if facts.UTF8 {
		rep.mediaType = typ.UTF8
	}
	if s.ContentType != "" {
		rep.mediaType = s.ContentType
	}
	if typ.Coding == "gzip" && facts.Gzip {
		rep.coding = typ.Coding
	}
	rep.validators.Tag = facts.Tag
	mtime := f.Stamp.MTime.Time()
	if lm, ok := semantics.LastModified(mtime, now); ok {
		rep.validators.LastModified = lm
		if rep.modified = facts.Modified; lm.Unix() != mtime.Unix() {
			rep.modified = semantics.FormatDate(lm)
		}
		// A second change within the same second would not show, §8.8.2.2.
		rep.validators.DateStrong = now.Sub(mtime) >= 2*time.Second
	}
	return rep
}

// describe adds the fields of an answer that carries content of rep.
func (p *Response) describe(rep *representation, mediaType string) {
	p.add("Content-Type", mediaType)
	if rep.coding != "" {
		p.add("Content-Encoding", rep.coding)
	}
	if rep.modified != "" {
		p.add("Last-Modified", rep.modified)
	}
	if rep.validators.Tag != "" {
		p.add("Etag", string(rep.validators.Tag))
	}
	p.add("Accept-Ranges", "bytes")
	p.add("Cache-Control", "no-cache")
}

// notModified confirms what the client has (RFC 9110 §15.4.5): the fields that a 200
// would have had for a cache to go by, and no other metadata.
func (s *Site) notModified(rep *representation) *Response {
	p := newResponse(304)
	if rep.validators.Tag != "" {
		p.add("Etag", string(rep.validators.Tag))
	} else if rep.modified != "" {
		p.add("Last-Modified", rep.modified)
	}
	p.add("Cache-Control", "no-cache")
	p.replace(s.Extra)
	return p
}
