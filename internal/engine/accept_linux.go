package engine

import (
	"net"
	"os"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/salver-http/salver/internal/http1"
	"github.com/salver-http/salver/internal/tree"
)

// batch is how many connections are taken before the listener is asked again whether it
// is closed, and turn after how many the others have their turn.
const (
	batch = 64
	turn  = 16
)

// prepare makes the connections of l inherit what the lane wants of them, and returns
// what acceptMore needs; nil where connections are to be accepted one by one.
func (e *Engine) prepare(l net.Listener) syscall.RawConn {
	tcp, ok := l.(*net.TCPListener)
	if !ok {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	raw.Control(func(fd uintptr) {
		unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
		unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_INQ, 1)
		// Not of its connections, but of l: one is accepted once its first bytes are
		// there, or after a second or so without any.
		unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT, 1)
	})
	return raw
}

// tellQueue does for a connection what prepare does for those of a listener: reads tell how much more has come.
func tellQueue(raw syscall.RawConn) {
	if raw != nil {
		raw.Control(func(fd uintptr) { unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_INQ, 1) })
	}
}

// acceptMore takes the connections that wait behind one that was accepted, without net,
// which would tell the poller of each before it is known whether that is needed.
func (e *Engine) acceptMore(raw syscall.RawConn, l net.Listener, d *door) {
	for n := batch; n == batch; {
		n = 0
		raw.Control(func(fd uintptr) { n = e.acceptBatch(int(fd), l.Addr(), d) })
	}
}

// acceptBatch takes up to batch connections, and returns how many. What else there is to
// know of the listener, the next Accept will tell.
func (e *Engine) acceptBatch(listener int, local net.Addr, d *door) (n int) {
	var c *conn
	for n < batch && !e.closing.Load() {
		fd, peer, err := accept4(listener)
		if err == unix.EINTR || err == unix.ECONNABORTED {
			continue
		}
		if err != nil {
			return n
		}
		if n++; n%turn == 0 {
			runtime.Gosched()
		}
		if c == nil {
			c = &conn{client: client{Conn: &tcpConn{local: local}, e: e}, rest: d.rest}
		}
		c.Conn.(*tcpConn).peer = peer
		c.to, c.fd = &c.client, fd
		if d.tls == nil && c.first() {
			closeSocket(fd)
			c.leaveDesk()
			c.dropOutput()
			*c = conn{client: client{Conn: c.Conn, e: e}, rest: d.rest, host: c.host, asked: c.asked}
			continue
		}
		c.settle(fd, d)
		c = nil
	}
	return n
}

// first answers the first request if it is there, whole and hot, and short enough that
// the system takes the answer at once. It reports whether the connection ends with it.
func (c *conn) first() (ended bool) {
	defer func() {
		if cause := recover(); cause != nil { // of a hook
			c.e.logPanic(c.RemoteAddr(), cause)
			ended = true
		}
	}()
	d := c.takeDesk()
	n, _, err := d.receiver.read(c.fd, d.buf[:])
	if err != nil || n == 0 {
		c.leaveDesk()
		return err == nil || err != errAgain
	}
	d.end = n
	c.unread = true
	length, verdict := http1.Parse(d.bytes(), &d.head)
	if verdict != http1.Accepted || length != n {
		return false
	}
	h := &d.head
	now := time.Now()
	x := Exchange{Head: h, Major: 1, Began: now}
	site, entry, _ := c.find(&x, false) // others wait
	if entry == nil || len(entry.Content) > firstContent || !entry.FreshNow(now, site.Revalidate) {
		return false
	}
	asked := h.Close // h goes with the desk
	closing := asked || c.e.closes()
	c.start(now)
	c.sendEntry(&x, entry, closing)
	d.discard(n)
	c.unread = false
	whole, err := write(c.fd, c.out)
	c.wrote(whole)
	if c.out = c.out[whole:]; err != nil && err != errAgain {
		x.Err = &tree.WriteError{Err: err}
	}
	c.tell(site, &x)
	if len(c.out) == 0 {
		c.dropOutput()
		c.leaveDesk()
	}
	c.closing = closing
	return x.Err != nil || asked && len(c.out) == 0
}

// firstContent is up to what length, in bytes, an answer is sent before the poller knows
// of its connection: a new socket has room for it.
const firstContent = 8 << 10

// settle makes c a connection like any other, and has it served.
func (c *conn) settle(fd int, d *door) {
	c.Conn.(*tcpConn).File = os.NewFile(uintptr(fd), "tcp")
	c.init(&c.client)
	c.enter(d)
	if c.e.add(&c.client) {
		go c.serve()
		return
	}
	c.dropOutput()
	c.leaveDesk()
	c.e.turnAway(c.client.Conn, d.plain())
}

// peer is the address of the other end.
type peer struct {
	ip   [16]byte
	zone uint32
	port uint16
	v6   bool
}

// addr returns p as net has it.
func (p *peer) addr() net.Addr {
	if !p.v6 {
		return &net.TCPAddr{IP: net.IPv4(p.ip[0], p.ip[1], p.ip[2], p.ip[3]), Port: int(p.port)}
	}
	a := &net.TCPAddr{IP: append(net.IP(nil), p.ip[:]...), Port: int(p.port)}
	if p.zone != 0 {
		if i, err := net.InterfaceByIndex(int(p.zone)); err == nil {
			a.Zone = i.Name
		}
	}
	return a
}

// accept4 is accept4(2) on a listener that never blocks.
func accept4(listener int) (fd int, p peer, err error) {
	var sa unix.RawSockaddrInet6 // the longer one
	length := uint32(unix.SizeofSockaddrInet6)
	r, _, errno := unix.RawSyscall6(unix.SYS_ACCEPT4, uintptr(listener), uintptr(unsafe.Pointer(&sa)), uintptr(unsafe.Pointer(&length)),
		unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0, 0)
	if errno != 0 {
		return noFD, peer{}, socketError(errno)
	}
	if sa.Family == unix.AF_INET6 {
		p = peer{ip: sa.Addr, zone: sa.Scope_id, port: bigEndian(sa.Port), v6: true}
	} else {
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(&sa))
		p.port = bigEndian(v4.Port)
		copy(p.ip[:], v4.Addr[:])
	}
	return int(r), p, nil
}

func bigEndian(port uint16) uint16 {
	b := (*[2]byte)(unsafe.Pointer(&port))
	return uint16(b[0])<<8 | uint16(b[1])
}

// tcpConn is a connection that net has not made: for the lane, until it hands it over.
type tcpConn struct {
	*os.File
	local net.Addr
	peer  peer
}

// LocalAddr is where the client has reached the listener, whose own address may be that of
// all interfaces.
func (c *tcpConn) LocalAddr() net.Addr {
	if a, ok := c.local.(*net.TCPAddr); !ok || !a.IP.IsUnspecified() || c.File == nil {
		return c.local
	}
	local := c.local
	c.control(func(fd int) error {
		sa, err := unix.Getsockname(fd)
		switch sa := sa.(type) {
		case *unix.SockaddrInet4:
			local = &net.TCPAddr{IP: sa.Addr[:], Port: sa.Port}
		case *unix.SockaddrInet6:
			p := peer{ip: sa.Addr, zone: sa.ZoneId, port: uint16(sa.Port), v6: true}
			local = p.addr()
		}
		return err
	})
	return local
}

func (c *tcpConn) RemoteAddr() net.Addr { return c.peer.addr() }

// CloseWrite shuts down the half that is written to.
func (c *tcpConn) CloseWrite() error {
	return c.control(func(fd int) error { return unix.Shutdown(fd, unix.SHUT_WR) })
}

// SetLinger is that of a [net.TCPConn].
func (c *tcpConn) SetLinger(sec int) error {
	return c.control(func(fd int) error {
		return unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1, Linger: int32(sec)})
	})
}

func (c *tcpConn) control(f func(fd int) error) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var ferr error
	if err := raw.Control(func(fd uintptr) { ferr = f(int(fd)) }); err != nil {
		return err
	}
	return ferr
}

// native returns the connection as net has it, in place of c.
func (c *tcpConn) native() (net.Conn, error) {
	defer c.File.Close()
	return net.FileConn(c.File)
}
