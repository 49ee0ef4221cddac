package main

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// pack is a package of text: what it is called, and its files below the site.
type pack struct {
	name  string
	files []string
}

// sized are the extensions of what pages are made of, whose sizes are compared. Source
// maps are not among them: only those who look for mistakes load them.
var sized = []string{".html", ".css", ".js", ".mjs", ".svg"}

// collect copies the text of each package in dir, a directory or an archive as npm pack
// writes it, to a directory of the site.
func collect(dir, site string) ([]pack, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var packs []pack
	for _, e := range entries {
		from := filepath.Join(dir, e.Name())
		p := pack{name: strings.TrimSuffix(e.Name(), ".tgz")}
		put := func(name string, content io.Reader) error { return p.put(site, name, content) }
		switch {
		case e.IsDir():
			err = copyText(os.DirFS(from), put)
		case p.name != e.Name():
			err = unpackText(from, put)
		default:
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", from, err)
		}
		if len(p.files) > 0 {
			slices.Sort(p.files)
			packs = append(packs, p)
		}
	}
	if len(packs) == 0 {
		return nil, fmt.Errorf("%s has no packages with text in them: fill it with npm pack --pack-destination %s NAME", dir, dir)
	}
	return packs, nil
}

// put writes a file of the package if it is text.
func (p *pack) put(site, name string, content io.Reader) error {
	if !slices.Contains(sized, path.Ext(name)) {
		return nil
	}
	name = path.Join(p.name, name)
	if !filepath.IsLocal(name) {
		return fmt.Errorf("%s leads elsewhere", name)
	}
	text, err := io.ReadAll(content)
	if err != nil || len(text) == 0 {
		return err
	}
	to := filepath.Join(site, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(to, text, 0o644); err != nil {
		return err
	}
	p.files = append(p.files, name)
	return os.Chtimes(to, modified, modified)
}

// copyText gives put the regular files of a directory.
func copyText(from fs.FS, put func(string, io.Reader) error) error {
	return fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		f, err := from.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		return put(name, f)
	})
}

// unpackText gives put the regular files of an archive.
func unpackText(name string, put func(string, io.Reader) error) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	for in := tar.NewReader(z); ; {
		head, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if head.Typeflag != tar.TypeReg {
			continue
		}
		if err := put(head.Name, in); err != nil {
			return err
		}
	}
}
