package precompress

import (
	"context"
	"io/fs"

	"github.com/salver-http/salver/internal/coding"
	"github.com/salver-http/salver/internal/media"
)

// survey looks through all directories. It does at once what takes no time, and makes units
// of the rest. One directory is open at a time, however deep they lie.
func (r *run) survey(ctx context.Context) {
	directories := []string{"."}
	for len(directories) > 0 && ctx.Err() == nil {
		name := directories[len(directories)-1]
		directories = directories[:len(directories)-1]
		f, err := openFolder(r.top, name)
		if err != nil {
			r.fail(name, err)
			continue
		}
		for _, below := range r.folder(ctx, f) {
			directories = append(directories, f.path(below))
		}
		f.root.Close()
	}
	for i := range r.units {
		r.total += r.units[i].size
	}
}

// folder surveys one directory, and returns those in it.
func (r *run) folder(ctx context.Context, f *folder) (directories []string) {
	names, err := f.names()
	r.fail(f.name, err)
	directories, files, err := f.served(r.options.Hidden)
	r.fail(f.name, err)
	for _, name := range files {
		if ctx.Err() != nil {
			return nil
		}
		if t := r.types.Of(name); t.Coding == "" && media.Compressible(t.MediaType) {
			r.fail(f.path(name), r.file(f, name, names))
		}
	}
	for name := range names {
		if isTemporary(name) && !r.options.Check {
			r.fail(f.path(name), r.removeTemporary(f, name))
		}
	}
	return directories
}

func (r *run) removeTemporary(f *folder, name string) error {
	info, err := f.root.Lstat(name)
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	if err := f.root.Remove(name); err != nil {
		return err
	}
	r.count(func(s *Summary) { s.Temporaries++ })
	return nil
}

// file surveys the sidecars of one file of a type that is worth compressing. names are all
// in its directory.
func (r *run) file(f *folder, name string, names map[string]bool) error {
	info, err := f.root.Lstat(name)
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	// Only a type that was given by hand can be that of a private key.
	if len(r.options.MediaTypes) > 0 && f.withheld(name) {
		return nil
	}
	if info.Size() >= MinSize {
		r.count(func(s *Summary) { s.Files++ })
	}
	for i, c := range r.codings {
		s := sidecar{name: name + coding.Suffix(c)}
		if names[s.name] {
			if s, err = f.sidecar(name, c); err != nil {
				r.fail(f.path(s.name), err)
				continue
			}
		}
		state := judge(info, s.info, s.looks)
		switch r.options.step(state, s, info.Size()) {
		case count:
			r.settle(i, state, info, s.info)
		case drop:
			r.fail(f.path(s.name), r.remove(f, i, s.name, r.options.reasonToRemove()))
		case work:
			r.units = append(r.units, unit{dir: f.name, name: name, index: i, size: info.Size()})
		}
	}
	return nil
}

// step is what becomes of a sidecar.
type step uint8

const (
	pass  step = iota // nothing
	count             // it stays
	drop              // it goes
	work              // it is to be decoded or made
)

// step decides by the state of a sidecar, of a source of that size. What is not of the
// format that its name says is never removed: it may be something else altogether.
func (o *Options) step(state state, s sidecar, size int64) step {
	obsolete := state == stale && s.looks
	switch {
	case o.Remove && (obsolete || state == current):
		return drop
	case o.Remove && state == foreign:
		return count
	case o.Remove:
		return pass
	case size < MinSize && obsolete:
		return drop
	case size < MinSize:
		return pass
	case state == absent, state == stale:
		return work
	case o.Verify && s.info.Mode().IsRegular():
		return work
	}
	return count
}

func (o *Options) reasonToRemove() Reason {
	if o.Remove {
		return Unwanted
	}
	return Useless
}

// settle counts a sidecar that stays as it is.
func (r *run) settle(index int, state state, source, sidecar fs.FileInfo) {
	r.count(func(s *Summary) {
		c := &s.Codings[index]
		if state == foreign {
			c.LeftAlone++
			return
		}
		c.UpToDate++
		c.add(source.Size(), sidecar.Size())
	})
}

// remove removes a sidecar.
func (r *run) remove(f *folder, index int, name string, why Reason) error {
	if !r.options.Check {
		if err := f.root.Remove(name); err != nil {
			return err
		}
	}
	r.changed(f.path(name), why, func(s *Summary) { s.Codings[index].Removed++ })
	return nil
}
