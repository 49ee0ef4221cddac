// Command salver puts a directory on HTTP. See salver --help.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// A log reader that goes away, as in salver | head -1, must not end the server.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr, os.Getenv))
}
