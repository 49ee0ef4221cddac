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
	src := source{file: f, buf: buffers.Get().(*buffer)}
	defer src.end()
	facts, err := src.examine(s.Tree)
	if err != nil {
		return nil, err
	}
	p, err := s.planContent(a, facts, &src)
	if err != nil {
		return nil, err
	}
	return p, src.fill(p)
}

// planContent answers with the content of src.file, of which facts are known, and leaves it to be
// filled in from src: what is planned is not on the stack any more then, of which every connection
// keeps what it once needed.
func (s *Site) planContent(a *asked, facts *tree.Facts, src *source) (p *Response, err error) {
	f := src.file
	var rep representation
	s.represent(&rep, a, f.Name, &f.Stamp, facts)
	if rep.coding != "" || !s.negotiable(rep.mediaType) {
		p = s.planRepresentation(a, &rep, src)
	} else {
		p, err = s.planChosen(a, s.contentOf(f, facts, &rep, a.basis), &rep, src)
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
	var rep representation
	s.represent(&rep, a, nameOfSidecars(all), &stamp, &facts)
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
	src := source{load: c.load}
	defer src.end()
	p, err := s.planChosen(a, c, &rep, &src)
	if err != nil {
		return nil, err
	}
	if stamp.MTime.Time().After(a.now.Add(-2 * time.Second)) {
		p.Fleeting = true
	}
	return p, src.fill(p)
}

// nameOfSidecars is the name that they all stand for.
func nameOfSidecars(all []*tree.Sidecar) string {
	return strings.TrimSuffix(all[0].Name, coding.Suffix(all[0].Coding))
}

// planChosen answers with the form of c that r asks for. rep and src are of the content
// without a coding, and become those of the form.
func (s *Site) planChosen(a *asked, c *content, rep *representation, src *source) (*Response, error) {
	f, err := s.choose(a, c)
	if err == errNotAcceptable {
		p := s.fail(406, nil)
		p.vary(VaryAcceptEncoding)
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	rep.validators.Tag, rep.vary = f.tag, VaryAcceptEncoding
	if f.coding != semantics.Identity {
		rep.coding, rep.length = f.coding.String(), f.length
		// The same date is that of all forms, and of a better one that comes later (RFC 9110 §8.8.1).
		rep.validators.DateStrong = false
		src.become(&f)
	}
	p := s.planRepresentation(a, rep, src)
	p.Fleeting = p.Fleeting || f.fleeting
	return p, nil
}

// planRepresentation answers with rep, of which all is known, and tells src whether its content is wanted.
func (s *Site) planRepresentation(a *asked, rep *representation, src *source) *Response {
	switch semantics.Evaluate(a.Request, rep.validators, a.now) {
	case semantics.NotModified:
		return notModified(rep)
	case semantics.PreconditionFailed:
		p := s.fail(412, nil)
		p.vary(rep.vary)
		return p
	}
	ranges, verdict := semantics.SelectRanges(a.Request, rep.validators, rep.length, a.now)
	var p *Response
	switch verdict {
	case semantics.RangeUnsatisfiable:
		p := s.fail(416, nil)
		p.add("Content-Range", "bytes */"+strconv.FormatInt(rep.length, 10))
		p.add("Accept-Ranges", "bytes")
		p.vary(rep.vary)
		return p
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
		return p
	}
	src.wanted = true
	return p
}

// represent makes rep, which is empty, what an answer says of the file with that name.
func (s *Site) represent(rep *representation, a *asked, name string, stamp *tree.Stamp, facts *tree.Facts) {
	typ := s.Types.Of(name)
	rep.mediaType, rep.length, rep.extra = typ.MediaType, stamp.Size, s.extra(a, name)
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
