//go:build !linux

package tree

// newBackend opens the directory at path.
func newBackend(path string, follow bool, _ backendKind) (backend, error) {
	return newOSRoot(path, follow)
}
