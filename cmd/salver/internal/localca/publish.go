package localca

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// publish puts the text of a new authority in dir, for the user alone: whole, and never
// in place of one that is there.
func publish(dir string, text []byte) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if info, err := os.Stat(dir); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		if err := os.Chmod(dir, 0o700); err != nil {
			return err
		}
	}
	temp, err := written(dir, text, 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(temp)
	// A link fails where a rename would replace what another process has just made.
	name := KeyFile(dir)
	err = os.Link(temp, name)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return nil
	}
	if _, err := os.Lstat(name); err == nil {
		return nil
	}
	return os.Rename(temp, name) // the file system has no links
}

// ShowCert sees to it that the file of the certificate alone is there and right, and
// returns its name.
func (a *Authority) ShowCert() (string, error) {
	name := CertFile(a.dir)
	if text, err := os.ReadFile(name); err == nil && bytes.Equal(text, a.PEM()) {
		return name, nil
	}
	temp, err := written(a.dir, a.PEM(), 0o644)
	if err != nil {
		return "", err
	}
	defer os.Remove(temp)
	return name, os.Rename(temp, name)
}

// written writes a file beside others in dir, under a name that nobody looks for.
func written(dir string, text []byte, mode os.FileMode) (name string, err error) {
	f, err := os.CreateTemp(dir, ".local-ca-*") // mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	if runtime.GOOS != "windows" {
		err = errors.Join(err, f.Chmod(mode))
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return filepath.Clean(f.Name()), nil
}
