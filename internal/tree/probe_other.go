//go:build !unix

package tree

// probeName is a name as it is looked up.
type probeName []byte

func probeNameOf(name string) probeName { return probeName(name) }

func withProbe(b *osRoot) backend { return b }
