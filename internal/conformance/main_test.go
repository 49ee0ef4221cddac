package conformance

import (
	"os"
	"runtime"
	"testing"
)

// TestMain sees to two processors. On one, what is compressed better in the background
// leaves none to compress an answer, which is then sent as it is: right, and another answer.
func TestMain(m *testing.M) {
	runtime.GOMAXPROCS(max(2, runtime.GOMAXPROCS(0)))
	os.Exit(m.Run())
}
