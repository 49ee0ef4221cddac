package precompress

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/salver-http/salver/internal/tree"
)

// folder is one open directory. Names in it are single segments, so that no symlink leads
// an open or a rename out of it.
type folder struct {
	name string // slash-separated, relative to the top; "." for the top
	root *os.Root
}

// openFolder opens the directory at name, segment by segment, and follows no symlink.
func openFolder(top *os.Root, name string) (*folder, error) {
	root, err := top.OpenRoot(".")
	if err != nil || name == "." {
		return &folder{name, root}, err
	}
	for segment := range strings.SplitSeq(name, "/") {
		next, err := enter(root, segment)
		root.Close()
		if err != nil {
			return nil, err
		}
		root = next
	}
	return &folder{name, root}, nil
}

// enter opens a directory in parent. What it opened is compared with what the name was,
// because os.Root follows links that stay inside.
func enter(parent *os.Root, name string) (*os.Root, error) {
	before, err := parent.Lstat(name)
	if err != nil {
		return nil, err
	}
	root, err := parent.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	after, err := root.Stat(".")
	if err == nil && !os.SameFile(before, after) {
		err = &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	if err != nil {
		root.Close()
		return nil, err
	}
	return root, nil
}

// path is the name of something in f, relative to the top.
func (f *folder) path(name string) string { return path.Join(f.name, name) }

// open opens a regular file, and fails for what is anything else.
func (f *folder) open(name string) (*os.File, fs.FileInfo, error) {
	before, err := f.root.Lstat(name)
	if err != nil {
		return nil, nil, err
	}
	file, err := f.root.OpenFile(name, os.O_RDONLY|nonBlocking, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err == nil && (!info.Mode().IsRegular() || !os.SameFile(before, info)) {
		err = &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist} // as a regular file
	}
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return file, info, nil
}

// names returns all names in f.
func (f *folder) names() (map[string]bool, error) {
	d, err := f.root.Open(".")
	if err != nil {
		return nil, err
	}
	defer d.Close()
	all, err := d.Readdirnames(-1)
	names := make(map[string]bool, len(all))
	for _, name := range all {
		names[name] = true
	}
	return names, err
}

// served returns the directories and the regular files in f that the server would show, by
// the rules of the server itself.
func (f *folder) served(hidden bool) (directories, files []string, err error) {
	r, err := tree.NewFS(f.root.FS(), tree.Options{Hidden: hidden, NoSidecars: true}).Resolve("/", nil)
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	if r.Directory == nil {
		return nil, nil, errors.New("is no directory")
	}
	err = r.Directory.Names(func(name string, typ fs.FileMode) bool {
		switch {
		case !hidden && name[0] == '.' && f.name != ".": // .well-known is one at the top only
		case typ == fs.ModeDir:
			directories = append(directories, name)
		case typ == 0:
			files = append(files, name)
		}
		return true
	})
	return directories, files, err
}

// withheld tells whether the server would not serve a file for its content: a private key.
func (f *folder) withheld(name string) bool {
	r, err := tree.NewFS(f.root.FS(), tree.Options{Hidden: true, NoSidecars: true}).Resolve("/", nil)
	if err != nil || r.Directory == nil {
		return true
	}
	defer r.Close()
	_, err = r.Directory.Info(name)
	return err != nil
}
