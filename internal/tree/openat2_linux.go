package tree

import (
	"io"
	"io/fs"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// openat2 is a directory on Linux, confined by the kernel (openat2(2), Linux 5.6).
// Its cost does not grow with the depth of a name, and it needs no lock.
type openat2 struct {
	dir     *os.File // keeps fd open
	fd      int
	resolve uint64
}

// newOpenat2 takes over dir. It returns an error where the kernel, or a
// container's filter, refuses openat2.
func newOpenat2(dir *os.File, followLinks bool) (*openat2, error) {
	b := &openat2{dir: dir, fd: int(dir.Fd()), resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_MAGICLINKS}
	if followLinks {
		b.resolve = unix.RESOLVE_NO_MAGICLINKS
	}
	fd, err := b.openat2(".", unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	unix.Close(fd)
	return b, nil
}

// openat2 tries again when a rename in the tree raced with a "..": the kernel
// cannot tell then whether the name escaped, and says EAGAIN.
func (b *openat2) openat2(name string, flags uint64) (fd int, err error) {
	how := unix.OpenHow{Flags: flags | unix.O_CLOEXEC, Resolve: b.resolve}
	for tries := 0; ; {
		fd, err = unix.Openat2(b.fd, name, &how)
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN && tries < 3:
			tries++
			continue
		}
		runtime.KeepAlive(b.dir)
		return fd, err
	}
}

func (b *openat2) open(name string) (handle, Stamp, error) {
	fd, err := b.openat2(name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY)
	if err != nil {
		return nil, Stamp{}, err
	}
	s, err := statFD(fd)
	if err != nil {
		unix.Close(fd)
		return nil, Stamp{}, err
	}
	return &descriptor{fd: fd}, s, nil
}

func (b *openat2) stat(name string) (Stamp, error) {
	fd, err := b.openat2(name, unix.O_PATH)
	if err != nil {
		return Stamp{}, err
	}
	defer unix.Close(fd)
	return statFD(fd)
}

func (b *openat2) readlink(name string) (string, bool, error) {
	fd, err := b.openat2(name, unix.O_PATH|unix.O_NOFOLLOW)
	if err != nil {
		return "", false, err
	}
	defer unix.Close(fd)
	s, err := statFD(fd)
	if err != nil || s.Type != fs.ModeSymlink {
		return "", false, err
	}
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(fd, "", buf)
	if err != nil {
		return "", false, err
	}
	return string(buf[:n]), true, nil
}

func (b *openat2) isEscape(err error) bool { return err == unix.EXDEV }

// descriptor is a handle that is little but its number: an os.File would cost four
// more system calls for every request.
type descriptor struct {
	fd    int
	moved bool // not at its beginning any more
}

func (d *descriptor) stat() (Stamp, error) { return statFD(d.fd) }

func (d *descriptor) Close() error { return unix.Close(d.fd) }

func statFD(fd int) (Stamp, error) {
	var st unix.Stat_t
	for {
		err := unix.Fstat(fd, &st)
		if err == nil {
			return stampOfStat(&st), nil
		}
		if err != unix.EINTR {
			return Stamp{}, err
		}
	}
}

// ReadAt implements [io.ReaderAt].
func (d *descriptor) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		m, err := unix.Pread(d.fd, p[n:], off+int64(n))
		switch {
		case err == unix.EINTR:
		case err != nil:
			return n, err
		case m == 0:
			return n, io.EOF
		default:
			n += m
		}
	}
	return n, nil
}

func (d *descriptor) section(first int64) (io.Reader, error) {
	if first > 0 || d.moved {
		if _, err := unix.Seek(d.fd, first, io.SeekStart); err != nil {
			return nil, err
		}
	}
	d.moved = true
	return &stream{fd: d.fd}, nil
}

// lstat stats name in this directory, a link itself: one system call instead of the
// three that a confined open takes.
func (d *descriptor) lstat(name string) (Stamp, error) {
	var st unix.Stat_t
	for {
		err := unix.Fstatat(d.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW)
		if err == nil {
			return stampOfStat(&st), nil
		}
		if err != unix.EINTR {
			return Stamp{}, err
		}
	}
}

// names reads the directory itself: os.File.ReadDir would lstat by path what the
// file system gives no type for, and a path is not confined.
func (d *descriptor) names(yield func(string, fs.FileMode) bool) error {
	buf := make([]byte, 64<<10)
	for {
		n, err := unix.Getdents(d.fd, buf)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return err
		case n == 0:
			return nil
		}
		for b := buf[:n]; len(b) > 0; {
			name, typ, rest, err := nextDirent(b)
			if err != nil {
				return err
			}
			b = rest
			if name == "." || name == ".." {
				continue
			}
			if typ == fs.ModeIrregular {
				s, err := d.lstat(name)
				if err != nil {
					continue
				}
				typ = s.Type
			}
			if !yield(name, typ) {
				return nil
			}
		}
	}
}
