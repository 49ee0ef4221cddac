package precompress

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/salver-http/salver/internal/coding"
	"github.com/salver-http/salver/internal/semantics"
)

// unit is one sidecar that is to be decoded or made.
type unit struct {
	dir, name string // of its source
	index     int    // of its coding, in run.codings
	size      int64  // of its source, when it was looked at
	counted   int64  // of size, in the progress
}

// errChanged says that a source was written while it was read.
var errChanged = errors.New("it changed while it was read")

// attempts is how often a source is read that changes meanwhile.
const attempts = 3

// do does a unit, and tells what came of it.
func (r *run) do(ctx context.Context, u *unit) {
	defer func() {
		if ctx.Err() == nil {
			r.advance(u, u.size-u.counted)
		}
	}()
	f, err := openFolder(r.top, u.dir)
	if err != nil {
		r.fail(u.dir, err)
		return
	}
	defer f.root.Close()
	for range attempts {
		if r.refused(f.name) || ctx.Err() != nil {
			return
		}
		if err = r.attempt(ctx, f, u); !errors.Is(err, errChanged) {
			break
		}
	}
	if ctx.Err() != nil {
		return
	}
	if e := new(draftError); errors.As(err, &e) {
		r.refuse(f.name)
		r.fail(f.name, err)
	} else {
		r.fail(f.path(u.name), err)
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		r.stop()
	}
}

// attempt looks again at the sidecar of u, which somebody else may have made meanwhile, and
// makes it.
func (r *run) attempt(ctx context.Context, f *folder, u *unit) error {
	c := r.codings[u.index]
	source, info, err := f.open(u.name)
	if err != nil {
		return err
	}
	defer source.Close()
	s, err := f.sidecar(u.name, c)
	if err != nil {
		return err
	}
	why := Missing
	switch state := judge(info, s.info, s.looks); state {
	case stale:
		why = OutOfDate
	case current, foreign:
		if r.options.Verify && s.info.Mode().IsRegular() {
			same, err := f.holds(s.name, c, r.reader(ctx, u, source))
			if err == nil && !same {
				err = unchanged(f, u.name, source, info) // or it is no wonder
				why = Wrong
			}
			if err != nil {
				return err
			}
		}
		if why != Wrong {
			r.settle(u.index, state, info, s.info)
			return nil
		}
		if _, err := source.Seek(0, io.SeekStart); err != nil {
			return err
		}
	}
	return r.make(ctx, f, u, source, info, s, why)
}

// make encodes source and puts the result in the place of the sidecar s.
func (r *run) make(ctx context.Context, f *folder, u *unit, source *os.File, info fs.FileInfo, s sidecar, why Reason) error {
	d, length, err := r.encode(ctx, f, u, source, info.Size())
	defer d.discard()
	if cerr := unchanged(f, u.name, source, info); cerr != nil {
		return cerr
	}
	if err != nil {
		return err
	}
	switch {
	case length < info.Size():
		if d != nil {
			if err := d.publish(s.name, info); err != nil {
				return err
			}
		}
		r.changed(f.path(s.name), why, func(sum *Summary) {
			sum.Codings[u.index].Written++
			sum.Codings[u.index].add(info.Size(), length)
		})
	case s.looks:
		return r.remove(f, u.index, s.name, Useless)
	default:
		r.count(func(sum *Summary) { sum.Codings[u.index].Unshrunken++ })
	}
	return nil
}

// streamAbove is where encoding in one piece would take too much memory. It is also the
// longest content that the server looks into (tree.HashLimit).
const streamAbove = 8 << 20

// encode encodes source, of that size, and returns how long that is. There is a draft of it
// if it is worth one and a change of the directory is wanted.
func (r *run) encode(ctx context.Context, f *folder, u *unit, source *os.File, size int64) (d *draft, length int64, err error) {
	c := r.codings[u.index]
	if size <= r.options.streamAbove {
		content := make([]byte, size+1)
		n, err := io.ReadFull(source, content)
		if err != io.ErrUnexpectedEOF || int64(n) != size {
			return nil, 0, cause(err, errChanged)
		}
		coded, err := encode(ctx, c, content[:size])
		if length = int64(len(coded)); err != nil || r.options.Check || length >= size {
			return nil, length, err
		}
		if d, err = newDraft(f, u.name, coding.Suffix(c)); err == nil {
			_, err = d.file.Write(coded)
		}
		return d, length, err
	}
	out := io.Discard
	if !r.options.Check {
		if d, err = newDraft(f, u.name, coding.Suffix(c)); err != nil {
			return nil, 0, err
		}
		out = d.file
	}
	length, err = stream(c, out, r.reader(ctx, u, source), size)
	return d, length, err
}

// cause is err, unless that only says that there is more or less content than expected.
func cause(err, otherwise error) error {
	if ended(err) {
		return otherwise
	}
	return err
}

// encode is coding.Encode, which it does not wait for once ctx is done.
func encode(ctx context.Context, c semantics.Coding, content []byte) ([]byte, error) {
	type result struct {
		coded []byte
		err   error
	}
	done := make(chan result, 1)
	go func() {
		coded, err := coding.Encode(c, coding.Best, content)
		done <- result{coded, err}
	}()
	select {
	case r := <-done:
		return r.coded, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// unchanged fails when source is not what it was when info was had of it, or is not what the
// name leads to any more.
func unchanged(f *folder, name string, source *os.File, info fs.FileInfo) error {
	now, err := source.Stat()
	if err != nil {
		return err
	}
	named, err := f.root.Lstat(name)
	if err != nil {
		return err
	}
	if now.Size() != info.Size() || !now.ModTime().Equal(info.ModTime()) || !os.SameFile(named, info) {
		return errChanged
	}
	return nil
}

// reader reads source until ctx is done, and counts what it reads in the progress.
func (r *run) reader(ctx context.Context, u *unit, source io.Reader) io.Reader {
	return readerFunc(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		n, err := source.Read(p)
		r.advance(u, int64(n))
		return n, err
	})
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// advance counts n bytes of u, which counts for no more than its size.
func (r *run) advance(u *unit, n int64) {
	if n = min(n, u.size-u.counted); n > 0 {
		u.counted += n
		r.progress(n)
	}
}

// refused tells whether a directory has taken no file before.
func (r *run) refused(dir string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.readOnly[dir]
}

// refuse keeps in mind that a directory takes no files.
func (r *run) refuse(dir string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.readOnly[dir] = true
}
