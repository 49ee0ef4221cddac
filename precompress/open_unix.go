//go:build unix

package precompress

import "syscall"

// nonBlocking keeps an open from waiting, should a FIFO have come where a file was.
const nonBlocking = syscall.O_NONBLOCK | syscall.O_NOCTTY
