package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// configName is read where no other is named.
const configName = "salver.toml"

// longestConfig is the size in bytes of the longest file of settings.
const longestConfig = 1 << 20

// configFile is what a file of settings says.
type configFile struct {
	settings
	sites []siteSettings
	found string // the name of a file that is there and was not named
}

// readConfigFile reads the file that is named by --config, or else the one of the working directory, if
// there is one.
func readConfigFile(named settings) (c configFile, mistakes []mistake) {
	name := configName
	m := &mistakesOf{settings: named}
	if named.given("config") {
		if name = named["config"].values[0]; name == "" {
			return c, nil
		}
	} else if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if !named.given("config") {
		c.found = name
	}
	text, err := readTrusted(name)
	if err != nil {
		var hint string
		if e, ok := errors.AsType[*untrusted](err); ok {
			hint = e.remedy
		} else if !named.given("config") {
			hint = "--config '' reads none"
		}
		if named.given("config") {
			m.hinted(hint, "config", 0, "%v", err)
			return c, m.all
		}
		return c, []mistake{{err.Error(), hint}}
	}
	c.settings, c.sites, mistakes = parseConfig(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), name) // some editors begin with a byte order mark
	return c, mistakes
}

// untrusted says why a file of settings is not taken, and what to type.
type untrusted struct{ text, remedy string }

func (u *untrusted) Error() string { return u.text }

// readTrusted reads a file if nobody but the person and root can have written it: what it says decides what
// others get to see.
func readTrusted(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() { // a FIFO would not open without a writer
		err = &fs.PathError{Path: name, Err: errors.New("is not a regular file")}
	}
	if err != nil {
		return nil, fileFault(err)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fileFault(err)
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, fileFault(err)
	}
	if err := checkTrust(name, info); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, longestConfig+1))
	if err != nil {
		return nil, fileFault(err)
	}
	if len(text) > longestConfig {
		return nil, failure(fmt.Sprintf("%s: is longer than %d KiB", printable(name), longestConfig>>10))
	}
	return text, nil
}

// inFile returns the name of a file that is named in another one: relative to where that is.
func inFile(file, name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	if dir := filepath.Dir(file); dir != "." {
		return filepath.Join(dir, name)
	}
	return name
}
