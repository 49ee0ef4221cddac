//go:build !linux

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "bench: CPU time and memory of servers are read from /proc: run it on Linux")
	os.Exit(1)
}
