//go:build !unix

package engine

import "syscall"

func (c *conn) serveRaw(syscall.RawConn) next { return c.loop() }
