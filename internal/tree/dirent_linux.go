package tree

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"
)

// Where the fields of struct linux_dirent64 lie (getdents64(2)).
const (
	direntLength = 16 // uint16: of the whole entry
	direntType   = 18 // uint8: DT_*
	direntName   = 19 // up to a NUL
)

var errDirent = errors.New("directory entry of unknown shape")

// nextDirent takes one entry off b. A type that the file system does not tell is
// ModeIrregular.
func nextDirent(b []byte) (name string, typ fs.FileMode, rest []byte, err error) {
	if len(b) < direntName {
		return "", 0, nil, errDirent
	}
	n := int(binary.NativeEndian.Uint16(b[direntLength:]))
	if n <= direntName || n > len(b) {
		return "", 0, nil, errDirent
	}
	raw := b[direntName:n]
	if end := bytes.IndexByte(raw, 0); end >= 0 {
		raw = raw[:end]
	}
	switch b[direntType] {
	case unix.DT_REG:
		typ = 0
	case unix.DT_DIR:
		typ = fs.ModeDir
	case unix.DT_LNK:
		typ = fs.ModeSymlink
	case unix.DT_FIFO:
		typ = fs.ModeNamedPipe
	case unix.DT_SOCK:
		typ = fs.ModeSocket
	case unix.DT_CHR, unix.DT_BLK:
		typ = fs.ModeDevice
	default:
		typ = fs.ModeIrregular
	}
	return string(raw), typ, b[n:], nil
}
