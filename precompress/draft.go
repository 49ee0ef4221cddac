package precompress

import (
	"errors"
	"io/fs"
	"os"
	"time"
)

// draft is a sidecar under its temporary name.
type draft struct {
	folder *folder
	name   string
	file   *os.File
}

// draftError says that a directory does not take a file.
type draftError struct{ err error }

func (e *draftError) Error() string { return e.err.Error() }

func (e *draftError) Unwrap() error { return e.err }

// newDraft begins a sidecar of source. Nobody else can read it before it is whole, and no
// symlink is followed, because the name has to be a new one.
func newDraft(f *folder, source, suffix string) (*draft, error) {
	d := &draft{folder: f, name: temporaryName(source, suffix)}
	var err error
	if d.file, err = f.root.OpenFile(d.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		return nil, &draftError{err}
	}
	return d, nil
}

// publish gives d the mode and the time of its source, and its name. Another run that began
// meanwhile may have taken it for a leftover; then it is as if the source had changed.
func (d *draft) publish(name string, source fs.FileInfo) error {
	err := errors.Join(d.file.Chmod(source.Mode().Perm()), d.file.Close())
	if err == nil {
		err = d.folder.root.Chtimes(d.name, time.Time{}, source.ModTime())
	}
	if err == nil {
		err = d.folder.root.Rename(d.name, name)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return errChanged
	}
	if err == nil {
		d.name = ""
	}
	return err
}

// discard removes d unless it was published. A nil draft needs no removing.
func (d *draft) discard() {
	if d == nil || d.name == "" {
		return
	}
	d.file.Close()
	d.folder.root.Remove(d.name) // or else the next run will
}
