// Command salver puts a directory on HTTP. See salver --help.
package main

import (
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

func main() {
	// A log reader that goes away, as in salver | head -1, must not end the server.
	signal.Ignore(syscall.SIGPIPE)
	// On one processor two threads run Go: while one compresses the system lets the other
	// answer. Go itself would change between them every 10 ms.
	if runtime.GOMAXPROCS(0) == 1 && os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(2)
	}
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr, os.Getenv))
}
