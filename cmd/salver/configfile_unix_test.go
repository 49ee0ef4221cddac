//go:build unix

package main

import (
	"io/fs"
	"testing"
)

func TestOwnerFault(t *testing.T) {
	for _, c := range []struct {
		mode        fs.FileMode
		owner, user int
		trusted     bool
	}{
		{0o644, 1000, 1000, true},
		{0o664, 1000, 1000, true},
		{0o644, 0, 1000, true},
		{0o600, 0, 0, true},
		{0o644, 1000, 0, false},
		{0o644, 1001, 1000, false},
		{0o646, 1000, 1000, false},
		{0o666, 0, 1000, false},
	} {
		if err := ownerFault("salver.toml", c.mode, c.owner, c.user); (err == nil) != c.trusted {
			t.Errorf("%v of user %d, read by user %d: %v", c.mode, c.owner, c.user, err)
		}
	}
}
