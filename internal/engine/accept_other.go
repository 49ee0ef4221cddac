//go:build !linux

package engine

import (
	"net"
	"syscall"
)

func (e *Engine) prepare(net.Listener) syscall.RawConn { return nil }

func (e *Engine) acceptMore(syscall.RawConn, net.Listener, *handedListener) {}

// peer is the address of the other end, where net does not tell.
type peer struct{}

func (*peer) addr() net.Addr { return nil }
