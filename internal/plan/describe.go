package plan

import (
	"github.com/salver-http/salver/internal/media"
	"github.com/salver-http/salver/internal/semantics"
	"github.com/salver-http/salver/internal/tree"
)

// Description is how a file would be answered, as far as that can be told without its content.
type Description struct {
	MediaType    string // without the charset that the content may have
	CacheControl string // "" for none
	Compressible bool   // it is worth a content coding, if it is long enough
	Compressed   bool   // and is compressed for answers where there is no sidecar
}

// Describe says how the file of that name would be answered at the encoded path of a target, to
// whoever names no host that rules know.
func (s *Site) Describe(path, name string) Description {
	a := &asked{Request: &semantics.Request{Method: "GET", Path: path}, path: path}
	s.readRules(a)
	var rep representation
	s.represent(&rep, a, name, &tree.Stamp{}, &tree.Facts{})
	p := newResponse(200)
	p.describe(&rep, rep.mediaType)
	p.replace(rep.extra)
	p.without(a.dropped(p, false, false), s.Extra)
	if s.Admission.allowsSome() || s.Admission.realmAt(path) != nil || s.Admission.realmOf(name) != nil {
		p.makePrivate()
	}
	d := Description{MediaType: rep.mediaType}
	for _, f := range p.Fields {
		if f.Name == "Cache-Control" {
			d.CacheControl = f.Value
		}
	}
	d.Compressible = s.Types.Of(name).Coding == "" && s.negotiable(rep.mediaType) && media.Compressible(rep.mediaType)
	d.Compressed = d.Compressible && s.Forms != nil && !rep.asIs()
	return d
}

// WorthCoding reports whether compressible content of that length is worth a sidecar, and compressed for an
// answer as well.
func WorthCoding(length int64) (sidecar, answer bool) {
	return length >= codedFrom, length >= codedFrom && length <= codedTo
}

// Answers reports whether a file, or the index of a directory, would answer at an encoded path if no
// rule had a say.
func (s *Site) Answers(path string) bool {
	res, err := s.look(&asked{Request: &semantics.Request{Method: "GET", Path: path}, path: path}, path)
	if err != nil {
		return false
	}
	defer res.Close()
	return nameOf(&res) != ""
}

// Fixes reports whether content of its own is answered at an encoded path.
func (s *Site) Fixes(path string) bool { return s.fixedAt(path) != nil }

// HasOwnPage reports whether a site can have a page of its own for a status: in any directory, or
// at its top alone.
func HasOwnPage(status int) (anywhere, top bool) {
	return status == 404, ownPages[status]
}
