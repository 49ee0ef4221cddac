package plan

import (
	"cmp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/salver-http/salver/internal/coding"
	"github.com/salver-http/salver/internal/semantics"
	"github.com/salver-http/salver/internal/tree"
)

// representation is what is said of a file in its answers (RFC 9110 §8).
type representation struct {
	mediaType  string
	coding     string
	length     int64
	validators semantics.Validators
	modified   string  // validators.LastModified as an HTTP-date; "" for none
	vary       Vary    // what of the request it was chosen by
	extra      []Field // further fields of its answers, grouped by name
}

// asIs reports whether the owner wants the content to be sent as it is (RFC 9111 §5.2.2.6).
func (r *representation) asIs() bool {
	for _, f := range r.extra {
		if f.Name == "Cache-Control" && listed(f.Value, "no-transform") {
			return true
		}
	}
	return false
}

// planFile answers with the content of f. When f is the File of the response it belongs to
// it, and to the caller otherwise.
func (s *Site) planFile(a *asked, f *tree.File) (*Response, error) {
	buf := buffers.Get().(*buffer)
	defer func() {
		if buf != nil {
			buffers.Put(buf)
		}
	}()
	facts, read, err := s.Tree.Facts(f, buf[:])
	if err != nil {
		return nil, err
	}
	rep := s.represent(a, f.Name, f.Stamp, &facts)
	src := source{file: f, bytes: read, buf: &buf}
	var p *Response
	if rep.coding != "" || !s.negotiable(rep.mediaType) {
		p, err = s.planRepresentation(a, &rep, &src)
	} else {
		p, err = s.planChosen(a, s.contentOf(f, &facts, &rep, a.basis), &rep, &src)
	}
	if p != nil && f.Stamp.MTime.Time().After(a.now.Add(-2*time.Second)) {
		p.Fleeting = true // its date is of the future, or not yet a strong validator
	}
	return p, err
}

// decodes bounds how many sidecars are decoded for an answer at once.
var decodes = make(chan struct{}, runtime.GOMAXPROCS(0))

// planSidecars answers where there is content in codings only, of one content all. Who
// accepts none of them gets it decoded.
func (s *Site) planSidecars(a *asked, all []*tree.Sidecar) (*Response, error) {
	first := all[0]
	stamp := first.Stamp
	for _, sidecar := range all {
		if sidecar.Stamp.MTime.Time().After(stamp.MTime.Time()) {
			stamp = sidecar.Stamp
		}
	}
	facts := first.Decoded
	facts.Modified = semantics.FormatDate(stamp.MTime.Time())
	if stamp.Size = first.Length; facts.Digest() == "" {
		stamp.Size = -1
	}
	rep := s.represent(a, nameOfSidecars(all), stamp, &facts)
	c := &content{
		tag: facts.Tag, digest: facts.Digest(), mediaType: rep.mediaType, length: stamp.Size, lent: true,
		load: func() ([]byte, error) {
			if !enter(decodes) {
				return nil, errCompressing
			}
			defer func() { <-decodes }()
			return s.Tree.Decode(first)
		},
		sidecar: func(c semantics.Coding) (*tree.Sidecar, error) {
			if i := slices.IndexFunc(all, func(s *tree.Sidecar) bool { return s.Coding == c }); i >= 0 {
				return all[i], nil
			}
			return nil, nil
		},
	}
	var buf *buffer
	src := source{load: c.load, buf: &buf}
	p, err := s.planChosen(a, c, &rep, &src)
	if p != nil && stamp.MTime.Time().After(a.now.Add(-2*time.Second)) {
		p.Fleeting = true
	}
	return p, err
}

// nameOfSidecars is the name that they all stand for.
func nameOfSidecars(all []*tree.Sidecar) string {
	return strings.TrimSuffix(all[0].Name, coding.Suffix(all[0].Coding))
}

// planChosen answers with the form of c that r asks for. rep and src are of the content
// without a coding.
func (s *Site) planChosen(a *asked, c *content, rep *representation, src *source) (p *Response, err error) {
	f, err := s.choose(a, c)
	if err == errNotAcceptable {
		p = s.fail(406, nil)
		p.vary(VaryAcceptEncoding)
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() {
		if p == nil || f.sidecar != nil && p.File != f.sidecar.File {
			f.close()
		}
	}()
	rep.validators.Tag, rep.vary = f.tag, VaryAcceptEncoding
	if f.coding != semantics.Identity {
		rep.coding, rep.length = f.coding.String(), f.length
		src.file, src.bytes, src.load = nil, f.bytes, nil
		if f.sidecar != nil {
			src.file = f.sidecar.File
		}
	}
	p, err = s.planRepresentation(a, rep, src)
	if p != nil {
		p.Fleeting = p.Fleeting || f.fleeting
	}
	return p, err
}

// source is where the content of a representation is.
type source struct {
	file  *tree.File
	bytes []byte                 // all of it, where that has been read; it may be in *buf
	load  func() ([]byte, error) // makes it, where it is in neither
	buf   **buffer               // taken by a response that needs it
}

// planRepresentation answers with rep, of which all is known.
func (s *Site) planRepresentation(a *asked, rep *representation, src *source) (*Response, error) {
	switch semantics.Evaluate(a.Request, rep.validators, a.now) {
	case semantics.NotModified:
		return notModified(rep), nil
	case semantics.PreconditionFailed:
		p := s.fail(412, nil)
		p.vary(rep.vary)
		return p, nil
	}
	ranges, verdict := semantics.SelectRanges(a.Request, rep.validators, rep.length, a.now)
	var p *Response
	switch verdict {
	case semantics.RangeUnsatisfiable:
		p := s.fail(416, nil)
		p.add("Content-Range", "bytes */"+strconv.FormatInt(rep.length, 10))
		p.add("Accept-Ranges", "bytes")
		p.vary(rep.vary)
		return p, nil
	case semantics.RangePartial:
		// A Content-Encoding beside several parts would be taken for theirs together.
		if len(ranges) == 1 || rep.coding == "" {
			p = partial(rep, ranges)
		}
	}
	if p == nil {
		p = newResponse(200)
		p.describe(rep, rep.mediaType)
		p.setLength(rep.length)
		p.piece[0] = Piece{Length: rep.length}
		p.Pieces = p.piece[:]
	}
	p.replace(rep.extra)
	if a.Method == "HEAD" || p.Length == 0 {
		p.Pieces = nil
		return p, nil
	}
	if err := s.fill(p, src); err != nil {
		return nil, err
	}
	return p, nil
}

// fill says where the extents of p are.
func (s *Site) fill(p *Response, src *source) (err error) {
	if src.load != nil {
		if src.bytes, err = src.load(); err != nil {
			return err
		}
	}
	if src.bytes != nil {
		for i, q := range p.Pieces {
			if q.Bytes == nil {
				p.Pieces[i].Bytes = src.bytes[q.First : q.First+q.Length]
			}
		}
		p.buf, *src.buf = *src.buf, nil
		return nil
	}
	if p.Length > smallContent {
		p.File = src.file
		return nil
	}
	if *src.buf == nil {
		*src.buf = buffers.Get().(*buffer)
	}
	if err := load(p, src.file, *src.buf); err != nil {
		return err
	}
	p.buf, *src.buf = *src.buf, nil
	return nil
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

// represent is what an answer says of the file with that name.
func (s *Site) represent(a *asked, name string, stamp tree.Stamp, facts *tree.Facts) representation {
	typ := s.Types.Of(name)
	rep := representation{mediaType: typ.MediaType, length: stamp.Size, extra: s.extra(a, name)}
	if facts.UTF8 {
		rep.mediaType = typ.UTF8
	}
	if own := cmp.Or(s.ContentType, a.typ); own != "" {
		rep.mediaType = own
	}
	if typ.Coding == "gzip" && facts.Gzip {
		rep.coding = typ.Coding
	}
	rep.validators.Tag = facts.Tag
	mtime := stamp.MTime.Time()
	if lm, ok := semantics.LastModified(mtime, a.now); ok {
		rep.validators.LastModified = lm
		if rep.modified = facts.Modified; lm.Unix() != mtime.Unix() {
			rep.modified = semantics.FormatDate(lm)
		}
		// A second change within the same second would not show, §8.8.2.2.
		rep.validators.DateStrong = a.now.Sub(mtime) >= 2*time.Second
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
	p.vary(rep.vary)
}

// notModified confirms what the client has (RFC 9110 §15.4.5): the fields that a 200
// would have had for a cache to go by, and no other metadata.
func notModified(rep *representation) *Response {
	p := newResponse(304)
	if rep.validators.Tag != "" {
		p.add("Etag", string(rep.validators.Tag))
	} else if rep.modified != "" {
		p.add("Last-Modified", rep.modified)
	}
	p.add("Cache-Control", "no-cache")
	p.vary(rep.vary)
	p.replace(rep.extra)
	return p
}
