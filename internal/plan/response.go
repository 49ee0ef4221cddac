// Package plan decides the whole response to a request: status, fields and
// content. It sends nothing, and is the only place where a status meets its fields.
package plan

import (
	"strconv"
	"strings"
	"sync"

	"github.com/salver-http/salver/internal/tree"
)

// Response is all that goes on the wire except what belongs to the connection: it
// knows no HTTP version, no connection and no date. Whoever got it calls Close.
type Response struct {
	Status int
	// Fields are in the order to send, with names in canonical form.
	Fields []Field
	// Vary is what the answer was chosen by. Not every answer says so in a field: an error
	// that no cache keeps need not.
	Vary Vary
	// Length is that of the content in bytes, also when it is not to be sent; -1
	// when the status has none (RFC 9110 §6.4.1).
	Length int64
	// Pieces are the content to send, in order: none for HEAD. Their lengths add up
	// to Length.
	Pieces []Piece
	// File is what pieces without bytes are extents of.
	File *tree.File
	// Fleeting says that the answer may be another one next time though nothing that it
	// rests on has changed: a hook made it, or it depends on the time.
	Fleeting bool
	// bare says that it is an error without content yet, and page where in the tree that may be.
	bare bool
	page string
	// Cause is why the answer is an error, for the log; nil when that says nothing.
	Cause error

	fields [14]Field // backs Fields
	piece  [1]Piece  // backs Pieces
	buf    *buffer
}

// Field is one field line (RFC 9110 §5).
type Field struct{ Name, Value string }

// Vary is a set of what can choose between answers: requests that agree in those of an answer,
// and in all that is no such thing, have the same answer. Most are fields (RFC 9110 §12.5.5).
type Vary uint8

const (
	VaryAccept Vary = 1 << iota
	VaryAcceptEncoding
	VaryCookie
	VaryOrigin
	VaryFetchMode
	// These a cache has in the URI.
	VaryHost
	VarySecure
)

// varied are the names of the fields, by the bits of a Vary.
var varied = [...]string{"Accept", "Accept-Encoding", "Cookie", "Origin", "Sec-Fetch-Mode"}

// varyTexts are all the values that a Vary field can have.
var varyTexts = func() (texts [1 << len(varied)]string) {
	for set := range texts {
		var names []string
		for i, name := range varied {
			if set>>i&1 != 0 {
				names = append(names, name)
			}
		}
		texts[set] = strings.Join(names, ", ")
	}
	return texts
}()

// String is v as a Vary field has it.
func (v Vary) String() string { return varyTexts[int(v)%len(varyTexts)] }

// Piece is bytes, or where they are nil an extent of the response's File.
type Piece struct {
	Bytes         []byte
	First, Length int64
}

// smallContent is up to where content is read before it is sent, in bytes: one
// read and one write then cost less than sendfile.
const smallContent = 64 << 10

type buffer [smallContent]byte

var buffers = sync.Pool{New: func() any { return new(buffer) }}

var responses = sync.Pool{New: func() any { return new(Response) }}

func newResponse(status int) *Response {
	p := responses.Get().(*Response)
	p.Status, p.Length = status, -1
	p.Fields = append(p.fields[:0], Field{"Server", "salver"}, Field{"X-Content-Type-Options", "nosniff"})
	return p
}

func (p *Response) add(name, value string) { p.Fields = append(p.Fields, Field{name, value}) }

// Get returns the value of the first field of that canonical name, or "".
func (p *Response) Get(name string) string {
	for _, f := range p.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// vary says, in a field too, that the answer was chosen by the fields of by.
func (p *Response) vary(by Vary) {
	if p.Vary |= by; p.Vary.String() != "" {
		p.setVary("")
	}
}

// setVary makes one line of the names of p.Vary, of what Vary lines there are, and of
// more, each once.
func (p *Response) setVary(more string) {
	names := p.Vary.String()
	kept := p.Fields[:0]
	for _, f := range p.Fields {
		if f.Name == "Vary" {
			names = joinNames(names, f.Value)
		} else {
			kept = append(kept, f)
		}
	}
	p.Fields = append(kept, Field{"Vary", joinNames(names, more)})
}

// joinNames adds to a list of field names those of more that are not in it.
func joinNames(names, more string) string {
	if names == "" {
		return more
	}
	for name := range strings.SplitSeq(more, ",") {
		if name = strings.Trim(name, " \t"); name != "" && !hasName(names, name) {
			names += ", " + name
		}
	}
	return names
}

func hasName(names, name string) bool {
	for n := range strings.SplitSeq(names, ",") {
		if strings.EqualFold(strings.Trim(n, " \t"), name) {
			return true
		}
	}
	return false
}

// setLength says how long the content is.
func (p *Response) setLength(n int64) {
	p.Length = n
	p.add("Content-Length", strconv.FormatInt(n, 10))
}

// setBytes makes b the content.
func (p *Response) setBytes(b []byte) {
	p.setLength(int64(len(b)))
	if len(b) > 0 {
		p.piece[0] = Piece{Bytes: b, Length: int64(len(b))}
		p.Pieces = p.piece[:]
	}
}

// dropContent keeps the fields and forgets the content, as HEAD wants it (RFC 9110
// §9.3.2).
func (p *Response) dropContent() {
	p.Pieces = nil
	p.release()
}

// Close releases the response and what it holds. It is not to be used afterwards.
func (p *Response) Close() {
	p.release()
	*p = Response{}
	responses.Put(p)
}

// release lets go of the content.
func (p *Response) release() {
	if p.File != nil {
		p.File.Close()
		p.File = nil
	}
	if p.buf != nil {
		buffers.Put(p.buf)
		p.buf, p.Pieces = nil, nil
	}
}

// replace lets fields take the place of those of the same name; names in Vary are
// added to what is there.
func (p *Response) replace(fields []Field) {
	for i, f := range fields {
		if f.Name == "Vary" {
			p.setVary(f.Value)
			continue
		}
		if i > 0 && fields[i-1].Name == f.Name {
			p.Fields = append(p.Fields, f)
			continue
		}
		kept := p.Fields[:0]
		for _, g := range p.Fields {
			if g.Name != f.Name {
				kept = append(kept, g)
			}
		}
		p.Fields = append(kept, f)
	}
}
