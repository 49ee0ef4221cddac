//go:build unix

package main

import (
	"io/fs"
	"os"
	"syscall"
)

// checkTrust refuses a file that somebody else can have written.
func checkTrust(name string, info fs.FileInfo) error {
	owner := uint32(os.Geteuid())
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		owner = st.Uid
	}
	return ownerFault(name, info.Mode(), int(owner), os.Geteuid())
}

// ownerFault says what is wrong with the owner and the mode of a file, nil for nothing.
func ownerFault(name string, mode fs.FileMode, owner, user int) error {
	shown := printable(name)
	switch {
	case owner != 0 && owner != user:
		return &untrusted{shown + ": belongs to another user, who could choose what is served", "read it, and if it is right type sudo chown $(id -u) " + shown + "; --config '' reads none"}
	case mode.Perm()&0o002 != 0:
		return &untrusted{shown + ": can be written by everybody, who could choose what is served", "read it, and if it is right type chmod o-w " + shown + "; --config '' reads none"}
	}
	return nil
}
