// Command gen writes internal/media/table.txt. It is run by go generate, which
// needs npm and its registry; nothing else does.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// The database, pinned by name and by content.
const (
	origin    = "mime-db@1.54.0"
	integrity = "aU5EJuIN2WDemCcAp2vFBfp/m4EAhWJnUNSSw0ixs7/kXbd6Pg64EmwJkNdFhB8aWt1sH2CTXrLxo/iAGV3oPQ=="
)

//go:embed choices.txt
var choicesText string

func main() {
	if err := run("table.txt"); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run writes the table to a file.
func run(out string) error {
	choices, err := parseChoices(choicesText)
	if err != nil {
		return fmt.Errorf("choices.txt: %w", err)
	}
	pack, err := download()
	if err != nil {
		return fmt.Errorf("cannot get %s (npm and its registry are needed): %w", origin, err)
	}
	if sum := sha512.Sum512(pack); base64.StdEncoding.EncodeToString(sum[:]) != integrity {
		return fmt.Errorf("%s is not the package that is pinned: its SHA-512 is %x", origin, sum)
	}
	db, err := readPackage(bytes.NewReader(pack))
	if err != nil {
		return fmt.Errorf("%s: %w", origin, err)
	}
	text, err := render(origin, db, choices)
	if err != nil {
		return fmt.Errorf("choices.txt: %w", err)
	}
	return os.WriteFile(out, []byte(text), 0o644)
}

// download has the npm client fetch the package, and returns its archive.
func download() (pack []byte, err error) {
	dir, err := os.MkdirTemp("", "mime-db-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cmd := exec.Command("npm", "pack", "--silent", "--pack-destination", dir, origin)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil {
		return nil, err
	}
	if len(names) != 1 {
		return nil, fmt.Errorf("npm pack left %d archives", len(names))
	}
	return os.ReadFile(names[0])
}

// readPackage finds the database in an npm package.
func readPackage(r io.Reader) (map[string]entry, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if err == io.EOF {
			return nil, errors.New("no package/db.json in the package")
		}
		if err != nil {
			return nil, err
		}
		if h.Name == "package/db.json" {
			var db map[string]entry
			err := json.NewDecoder(t).Decode(&db)
			return db, err
		}
	}
}
