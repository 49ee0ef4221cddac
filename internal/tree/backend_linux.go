package tree

import "os"

// newBackend opens the directory at path.
func newBackend(path string, follow bool, kind backendKind) (backend, error) {
	if kind == anyBackend {
		dir, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		if b, err := newOpenat2(dir, follow); err == nil {
			return b, nil
		}
		dir.Close()
	}
	return newOSRoot(path, follow)
}
