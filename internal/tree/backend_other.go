//go:build !linux

package tree

// newBackend opens the directory at path.
func newBackend(path string, follow bool, _ backendKind) (backend, error) {
	b, err := newOSRoot(path, follow)
	if err != nil {
		return nil, err
	}
	return withProbe(b), nil
}
