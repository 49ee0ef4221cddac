package plan

import "github.com/salver-http/salver/internal/tree"

// source is where the content of a representation is.
type source struct {
	file   *tree.File
	opened bool                   // file is to be closed unless a response took it
	bytes  []byte                 // all of it, where that has been read; it may be in buf
	load   func() ([]byte, error) // makes it, where it is in neither
	buf    *buffer                // nil when there is none, or a response took it
	wanted bool                   // by the response
	taken  bool                   // file is a response's
}

// examine finds out about file, and may read it.
func (src *source) examine(t *tree.Tree) (facts *tree.Facts, err error) {
	facts, src.bytes, err = t.Facts(src.file, src.buf[:])
	return facts, err
}

// become makes src where the content of f is, which has a coding.
func (src *source) become(f *form) {
	if src.opened {
		src.file.Close()
	}
	src.file, src.opened, src.bytes, src.load = nil, false, f.bytes, nil
	if f.sidecar != nil {
		src.file, src.opened = f.sidecar.File, !f.lent
	}
}

// fill says where the extents of p are, if its content is wanted.
func (src *source) fill(p *Response) (err error) {
	if !src.wanted {
		return nil
	}
	if src.load != nil {
		if src.bytes, err = src.load(); err != nil {
			return err
		}
	}
	switch {
	case src.bytes != nil:
		for i, q := range p.Pieces {
			if q.Bytes == nil {
				p.Pieces[i].Bytes = src.bytes[q.First : q.First+q.Length]
			}
		}
	case p.Length > smallContent:
		p.File, src.taken = src.file, true
		return nil
	default:
		if src.buf == nil {
			src.buf = buffers.Get().(*buffer)
		}
		if err := load(p, src.file, src.buf); err != nil {
			return err
		}
	}
	p.buf, src.buf = src.buf, nil
	return nil
}

// end lets go of what no response took.
func (src *source) end() {
	if src.buf != nil {
		buffers.Put(src.buf)
	}
	if src.opened && !src.taken {
		src.file.Close()
	}
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
