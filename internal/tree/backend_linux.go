package tree

import (
	"os"

	"golang.org/x/sys/unix"
)

// newBackend opens the directory at path.
func newBackend(path string, follow bool, kind backendKind) (backend, error) {
	if kind == anyBackend {
		// By O_PATH: a directory that may only be passed through can hold a single file.
		dir, err := os.OpenFile(path, unix.O_PATH|unix.O_DIRECTORY, 0)
		if err != nil {
			return nil, err
		}
		if b, err := newOpenat2(dir, follow); err == nil {
			return b, nil
		}
		dir.Close()
	}
	b, err := newOSRoot(path, follow)
	if err != nil {
		return nil, err
	}
	return withProbe(b), nil
}
