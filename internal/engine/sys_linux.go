package engine

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// receiver is what recvmsg(2) fills beside the bytes: how many more there are.
type receiver struct {
	msg     unix.Msghdr
	iov     unix.Iovec
	control [64]byte
}

// read is recvmsg(2) on a socket that never blocks. drained says that nothing more has
// come, not the end either, so that whatever comes will be told.
//
// The scheduler does not know of this call, nor of write: for the time that they take it
// would find the processor another thread to run on, at several times the cost.
func (r *receiver) read(fd int, p []byte) (n int, drained bool, err error) {
	r.iov.Base = unsafe.SliceData(p)
	r.iov.SetLen(len(p))
	r.msg = unix.Msghdr{Iov: &r.iov, Iovlen: 1, Control: &r.control[0]}
	r.msg.SetControllen(len(r.control))
	got, _, errno := unix.RawSyscall(unix.SYS_RECVMSG, uintptr(fd), uintptr(unsafe.Pointer(&r.msg)), 0)
	r.iov.Base = nil
	if errno != 0 {
		return 0, false, socketError(errno)
	}
	return int(got), r.inQueue() == 0, nil
}

// inQueue is how many bytes have come and were not read, 1 for the end of the stream,
// and -1 when the system does not say (TCP_INQ in tcp(7)).
func (r *receiver) inQueue() int {
	h := (*unix.Cmsghdr)(unsafe.Pointer(&r.control[0]))
	if r.msg.Controllen < unix.SizeofCmsghdr+4 || h.Level != unix.IPPROTO_TCP || h.Type != unix.TCP_CM_INQ {
		return -1
	}
	return int(*(*int32)(unsafe.Pointer(&r.control[unix.CmsgLen(0)])))
}

// write is write(2) on a socket that never blocks.
func write(fd int, p []byte) (n int, err error) {
	r, _, errno := unix.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	if errno != 0 {
		return 0, socketError(errno)
	}
	return int(r), nil
}

// gather is what writev(2) takes.
type gather [2]unix.Iovec

// write is writev(2) on a socket that never blocks. Neither a nor b is empty.
func (g *gather) write(fd int, a, b []byte) (n int, err error) {
	g[0].Base, g[1].Base = unsafe.SliceData(a), unsafe.SliceData(b)
	g[0].SetLen(len(a))
	g[1].SetLen(len(b))
	r, _, errno := unix.RawSyscall(unix.SYS_WRITEV, uintptr(fd), uintptr(unsafe.Pointer(g)), uintptr(len(g)))
	*g = gather{}
	if errno != 0 {
		return 0, socketError(errno)
	}
	return int(r), nil
}

// closeSocket is close(2) on a socket that nobody else has, and that does not linger.
func closeSocket(fd int) { unix.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0) }

// socketError makes an error of errno without an allocation for the frequent one.
func socketError(errno unix.Errno) error {
	if errno == unix.EAGAIN {
		return errAgain
	}
	return errno
}

var errAgain error = unix.EAGAIN

func isInterrupted(err error) bool { return err == unix.EINTR }
