// Package precompress writes files in content codings beside the files of a directory,
// where servers find them: style.css.zst, style.css.br and style.css.gz beside style.css.
// It is what salver precompress does.
//
// A sidecar is given the modification time of its source, to the nanosecond, and by that it
// is known again: one of the right format, shorter than its source and of the same time is
// up to date. An older one is replaced, and so removed where the content no longer shrinks.
// A newer one, and whatever is no regular file, was made by somebody else and is left alone.
//
// A sidecar comes whole or not at all: it is written under a temporary name, and renamed
// once its source was seen not to have changed. A run that is killed leaves nothing but such
// temporaries, which the next one removes, and the next one goes on where it ended.
package precompress

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/salver-http/salver/internal/coding"
	"github.com/salver-http/salver/internal/media"
	"github.com/salver-http/salver/internal/semantics"
)

// MinSize is the length, in bytes, of the shortest file that is given sidecars.
const MinSize = 256

// Options are what can be chosen. The zero Options are those of salver precompress DIR.
type Options struct {
	// Codings are those to make sidecars of, by the names that HTTP has for them: "zstd",
	// "br", "gzip". Default: all.
	Codings []string
	// Jobs is how many sidecars are worked on at once. Default: GOMAXPROCS. Each takes up to
	// some 200 MiB of memory.
	Jobs int
	// Hidden includes names that begin with a dot; without it they are passed over, a
	// .well-known right below the directory apart. Secrets, as .git and .env, always are.
	Hidden bool
	// MediaTypes are media types of extensions with the dot, as in salver.Config; only files
	// of types that are worth compressing are given sidecars.
	MediaTypes map[string]string

	// Verify decodes what would else be believed to be up to date, or is newer than its
	// source, and replaces it when it does not hold the content of its source.
	Verify bool
	// Check changes nothing: what would be done is reported and counted as if it had been.
	Check bool
	// Remove removes the sidecars instead: those that are up to date, and those that would
	// have been replaced. It goes with neither Check nor Verify.
	Remove bool

	// Progress is told how many bytes of content have been worked through, of how many; a
	// file counts once for each coding. It is not called before the directory has been
	// looked through, nor twice at once.
	Progress func(done, total int64)
	// Changed is told of every sidecar that is written or removed, or with Check would be:
	// its slash-separated name relative to the directory, and why. It is not called twice at
	// once.
	Changed func(sidecar string, why Reason)

	streamAbove int64 // the length of the longest content that is encoded in one piece
}

// OptionError is one mistake in [Options].
type OptionError struct {
	Field string // of Options
	Err   error
}

func (e *OptionError) Error() string { return "precompress: Options." + e.Field + ": " + e.Err.Error() }

// Unwrap returns what is wrong.
func (e *OptionError) Unwrap() error { return e.Err }

// Reason is why a sidecar is changed.
type Reason int

// The reasons: those to write it, then those to remove it.
const (
	Missing   Reason = iota + 1 // there is none
	OutOfDate                   // it is older than its source, or it is damaged
	Wrong                       // it does not decode to the content of its source
	Useless                     // it is out of date, and the content does not shrink any more
	Unwanted                    // removing was asked for
)

// String words r, as what is said of the sidecar.
func (r Reason) String() string {
	switch r {
	case Missing:
		return "missing"
	case OutOfDate:
		return "out of date"
	case Wrong:
		return "wrong"
	case Useless:
		return "useless"
	case Unwanted:
		return "unwanted"
	}
	return "unknown"
}

// Codings returns the names that Options.Codings takes, in the order in which they are used.
func Codings() []string {
	var names []string
	for _, c := range coding.All {
		names = append(names, c.String())
	}
	return names
}

// Run brings the sidecars of all files in dir and below up to date. Symlinks in it are not
// followed, and nothing outside of it is opened, however it changes meanwhile.
//
// The Summary counts what was done, also when there is an error. The error joins an
// [*OptionError] for every mistake in the options, and then nothing was done; or else an
// [*fs.PathError] for each of the first 100 files and directories that failed, whose Path is
// slash-separated and relative to dir; the others are done all the same. A full disk ends the
// run. When ctx is done Run ends within a moment, leaving only whole sidecars, and the error
// is also that of ctx; a coder that was at work may need some seconds more of a processor.
//
// Run may be called concurrently, but not for directories that lie in one another.
func Run(ctx context.Context, dir string, o Options) (Summary, error) {
	r, err := newRun(o)
	if err != nil {
		return Summary{}, err
	}
	if r.top, err = os.OpenRoot(dir); err != nil {
		return Summary{}, err
	}
	defer r.top.Close()
	var within context.Context
	within, r.stop = context.WithCancel(ctx)
	defer r.stop()
	r.survey(within)
	r.work(within)
	return r.summary, errors.Join(append(r.errs, ctx.Err())...)
}

// run is one call of Run.
type run struct {
	options Options
	codings []semantics.Coding
	types   *media.Types
	top     *os.Root
	stop    context.CancelFunc // on a full disk
	units   []unit

	mu       sync.Mutex // held for what is below, and for calls of the hooks
	summary  Summary
	errs     []error
	told     map[string]bool // the texts of errs
	done     int64           // bytes of content
	total    int64
	readOnly map[string]bool // directories that took no file
}

func newRun(o Options) (*run, error) {
	r := &run{options: o, told: make(map[string]bool), readOnly: make(map[string]bool)}
	var errs []error
	wrong := func(field string, err error) {
		if err != nil {
			errs = append(errs, &OptionError{field, err})
		}
	}
	var err error
	r.codings, err = codingsOf(o.Codings)
	wrong("Codings", err)
	r.types, err = media.New(o.MediaTypes, "", nil)
	wrong("MediaTypes", err)
	if o.Jobs < 0 {
		wrong("Jobs", errors.New("is negative"))
	}
	if o.streamAbove == 0 {
		r.options.streamAbove = streamAbove
	}
	if o.Jobs == 0 {
		r.options.Jobs = runtime.GOMAXPROCS(0)
	}
	if o.Remove && (o.Check || o.Verify) {
		wrong("Remove", errors.New("goes with neither Check nor Verify"))
	}
	for _, c := range r.codings {
		r.summary.Codings = append(r.summary.Codings, CodingSummary{Coding: c.String()})
	}
	return r, errors.Join(errs...)
}

// codingsOf finds codings by their names.
func codingsOf(names []string) (found []semantics.Coding, err error) {
	for _, name := range names {
		if !slices.Contains(Codings(), name) {
			err = errors.Join(err, errors.New(`"`+name+`" is none of `+strings.Join(Codings(), ", ")))
		}
	}
	for _, c := range coding.All {
		if len(names) == 0 || slices.Contains(names, c.String()) {
			found = append(found, c)
		}
	}
	return found, err
}

// work does what the survey found to be done, the longest first: whoever is last has then
// little left to do.
func (r *run) work(ctx context.Context) {
	slices.SortStableFunc(r.units, func(a, b unit) int { return cmp.Compare(b.size, a.size) })
	r.progress(0)
	units := make(chan *unit)
	var jobs sync.WaitGroup
	for range min(r.options.Jobs, len(r.units)) {
		jobs.Go(func() {
			for u := range units {
				r.do(ctx, u)
			}
		})
	}
	for i := range r.units {
		select {
		case units <- &r.units[i]:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(units)
	jobs.Wait()
}

// progress tells that n more bytes are done.
func (r *run) progress(n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done += n
	if r.options.Progress != nil && r.total > 0 {
		r.options.Progress(r.done, r.total)
	}
}

// changed counts a change of a sidecar, and tells of it.
func (r *run) changed(sidecar string, why Reason, count func(*Summary)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	count(&r.summary)
	if r.options.Changed != nil {
		r.options.Changed(sidecar, why)
	}
}

// count changes the summary.
func (r *run) count(change func(*Summary)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.summary)
}

// maxErrors is how many files are named; a tree that is read-only has no end of them.
const maxErrors = 100

// fail counts a file that failed, and keeps its error. What is gone is none: trees change.
func (r *run) fail(name string, err error) {
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return
	}
	if e := new(fs.PathError); errors.As(err, &e) {
		err = e.Err // which has a name below a directory
	} else if e := new(os.LinkError); errors.As(err, &e) {
		err = e.Err
	}
	err = &fs.PathError{Op: "precompress", Path: name, Err: err}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.told[err.Error()] {
		return
	}
	r.told[err.Error()] = true
	if r.summary.Failed++; len(r.errs) < maxErrors {
		r.errs = append(r.errs, err)
	}
}
