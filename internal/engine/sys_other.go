//go:build !unix

package engine

type receiver struct{}
