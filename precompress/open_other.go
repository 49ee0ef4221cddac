//go:build !unix

package precompress

// nonBlocking has no meaning where opening never waits.
const nonBlocking = 0
