//go:build !unix

package certfile

import "io/fs"

// identityOf is for systems where a stat by name does not tell which file it is.
func identityOf(fs.FileInfo) string { return "" }
