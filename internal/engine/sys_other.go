//go:build !unix

package engine

import "errors"

type receiver struct{}

// read is for descriptors, which there are none of here.
func (*receiver) read(int, []byte) (n int, drained bool, err error) { return 0, true, errAgain }

var errAgain = errors.New("no descriptor")

func isInterrupted(error) bool { return false }

// gather is of no use here.
type gather struct{}
