package precompress

import (
	"crypto/rand"
	"strings"

	"github.com/salver-http/salver/internal/coding"
)

const (
	temporaryMark   = ".salver-"
	temporaryRandom = 8
	longestName     = 255 // in bytes, on most file systems
)

// temporaryName returns a new name for a sidecar that is not whole yet. The dot keeps it
// from being served.
func temporaryName(source, suffix string) string {
	rest := suffix + temporaryMark + strings.ToLower(rand.Text()[:temporaryRandom])
	return "." + source[:min(len(source), longestName-1-len(rest))] + rest
}

// isTemporary tells whether a name is one that temporaryName makes.
func isTemporary(name string) bool {
	if len(name) < 1+temporaryRandom || name[0] != '.' {
		return false
	}
	name, random := name[1:len(name)-temporaryRandom], name[len(name)-temporaryRandom:]
	if strings.Trim(random, "abcdefghijklmnopqrstuvwxyz234567") != "" {
		return false
	}
	name, ok := strings.CutSuffix(name, temporaryMark)
	if !ok {
		return false
	}
	for _, c := range coding.All {
		if source, ok := strings.CutSuffix(name, coding.Suffix(c)); ok && source != "" {
			return true
		}
	}
	return false
}
