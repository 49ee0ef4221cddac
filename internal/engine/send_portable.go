//go:build !unix

package engine

// Write implements [io.Writer].
func (s *sender) Write(b []byte) (int, error) { return s.writeParts(b) }
