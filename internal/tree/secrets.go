package tree

import (
	"io/fs"
	"slices"
)

// Secrets returns up to limit names right below the root that Options.Secrets is
// about, sorted, whether or not they are served. A tree that is one file has none.
func (t *Tree) Secrets(limit int) ([]string, error) {
	if t.single != "" {
		return nil, nil
	}
	h, _, err := t.open(".", nil)
	if err != nil {
		return nil, err
	}
	defer h.Close()
	var names []string
	err = h.names(func(name string, typ fs.FileMode) bool {
		if isSecret(name) || typ == 0 && mayHoldPrivateKey(name) && t.isPrivateKey(name) {
			names = append(names, name)
		}
		return len(names) < limit
	})
	slices.Sort(names)
	return names, err
}

func (t *Tree) isPrivateKey(name string) bool {
	h, s, err := t.open(name, nil)
	if err != nil {
		return false
	}
	defer h.Close()
	return s.Type == 0 && t.holdsPrivateKey(&File{Name: name, Stamp: s, h: h, key: keyOf(name, s)})
}
