package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// errNoFile is in the words of the system.
var errNoFile error = syscall.ENOENT

// usersFile is a file of users that is to be changed.
type usersFile struct {
	path string      // behind all links
	info fs.FileInfo // nil when it is not there
	text []byte
}

// mostUsers is the size in bytes up to which a file is read.
const mostUsers = 16 << 20

// readUsers reads a file of users. One that is not there is empty, if its directory is there.
func readUsers(name string) (*usersFile, error) {
	path, err := filepath.EvalSymlinks(name)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(name); err == nil {
			return nil, &os.PathError{Op: "open", Path: name, Err: errors.New("it is a link to what is not there")}
		}
		if _, err := os.Stat(filepath.Dir(name)); err != nil {
			return nil, err
		}
		return &usersFile{path: name}, nil
	}
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // a FIFO would not open without a writer
		return nil, &os.PathError{Op: "open", Path: name, Err: errors.New("it is not a regular file")}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, mostUsers+1))
	if err == nil && len(text) > mostUsers {
		err = &os.PathError{Op: "read", Path: name, Err: errors.New("it is too long for a file of users")}
	}
	return &usersFile{path, info, text}, err
}

// write replaces the file by another content, whole or not at all. Mode and owner stay; a new file is
// for its owner alone.
func (u *usersFile) write(text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(u.path), ".passwd.salver-*") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // in vain once it is renamed
	_, err = f.Write(text)
	if u.info != nil && err == nil {
		err = errors.Join(keepOwner(f, u.info), f.Chmod(u.info.Mode().Perm())) // chown may take bits of the mode away
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), u.path)
}
