//go:build race

package conformance

// raced says that the race detector is on, which makes everything take several times as long.
const raced = true
