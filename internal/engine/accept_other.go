//go:build !linux

package engine

import (
	"net"
	"syscall"
)

func (e *Engine) prepare(net.Listener) syscall.RawConn { return nil }

func tellQueue(syscall.RawConn) {}

func (e *Engine) acceptMore(syscall.RawConn, net.Listener, *door) {}
