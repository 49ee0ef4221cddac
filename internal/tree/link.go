package tree

import (
	"path"
	"path/filepath"
	"strings"
	"syscall"
)

// maxLinks is how many links one name may lead through, as in Linux.
const maxLinks = 40

// followInside returns the name without links that name leads to, reading each
// link itself: a link may leave the root in its text as long as it comes back to
// one of roots, the absolute paths of the root, the last of them without links. The result is only a proposal: it is
// opened through the backend, which confines it again.
func followInside(l linker, roots []string, name string) (string, error) {
	var done []string
	pending := strings.Split(name, "/")
	for links := 0; len(pending) > 0; {
		seg := pending[0]
		pending = pending[1:]
		switch seg {
		case "", ".":
			continue
		case "..":
			if len(done) > 0 {
				done = done[:len(done)-1]
				continue
			}
			// A ".." leaves the directory itself, not the link that it was named by.
			outside := filepath.Join(roots[len(roots)-1], "..", filepath.FromSlash(strings.Join(pending, "/")))
			rest, ok := beneath(roots, outside)
			if !ok {
				return "", errEscapes
			}
			pending = strings.Split(rest, "/")
			if links++; links > maxLinks {
				return "", syscall.ELOOP
			}
			continue
		}
		target, isLink, err := l.readlink(path.Join(append(done, seg)...))
		if err != nil {
			return "", err
		}
		if !isLink {
			done = append(done, seg)
			continue
		}
		if links++; links > maxLinks {
			return "", syscall.ELOOP
		}
		if filepath.IsAbs(target) {
			rest, ok := beneath(roots, target)
			if !ok {
				return "", errEscapes
			}
			target, done = rest, done[:0]
		}
		pending = append(strings.Split(filepath.ToSlash(target), "/"), pending...)
	}
	if len(done) == 0 {
		return ".", nil
	}
	return strings.Join(done, "/"), nil
}
