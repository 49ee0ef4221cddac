//go:build !unix

package tree

import "os"

// stampOfFile is the stamp of an open file.
func stampOfFile(f *os.File) (Stamp, error) {
	info, err := f.Stat()
	if err != nil {
		return Stamp{}, err
	}
	return stampOf(info), nil
}

// nonBlocking has no meaning where opening never waits.
const nonBlocking = 0
