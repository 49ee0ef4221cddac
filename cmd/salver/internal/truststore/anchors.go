package truststore

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// anchorStore is how a Linux system keeps what its owner believes: in a directory, and
// a tool makes the rest of it.
type anchorStore struct {
	dir, extension string
	update, fresh  command // after an addition, and after a removal
}

// anchorStores are the ones that there are; the first that is there counts.
var anchorStores = []anchorStore{
	{"etc/pki/ca-trust/source/anchors", ".pem", command{"update-ca-trust", "extract"}, nil},                                      // Fedora and its kin
	{"etc/pki/trust/anchors", ".pem", command{"update-ca-certificates"}, nil},                                                    // SUSE
	{"etc/ca-certificates/trust-source/anchors", ".crt", command{"trust", "extract-compat"}, nil},                                // Arch
	{"usr/local/share/ca-certificates", ".crt", command{"update-ca-certificates"}, command{"update-ca-certificates", "--fresh"}}, // Debian, Alpine
}

// anchors is the store of the system, on Linux.
func (s *System) anchors(c Certificate, add bool) Result {
	r := Result{Store: "system"}
	var store *anchorStore
	for i := range anchorStores {
		if a := &anchorStores[i]; isDir(s.path(a.dir)) && s.has(a.update[0]) {
			store = a
			break
		}
	}
	if store == nil {
		return s.noAnchors(c, add)
	}
	// One for each user, so that another authority takes the place of the last.
	name := s.path(filepath.Join(store.dir, fmt.Sprintf("salver-local-ca-%d%s", s.User, store.extension)))
	there, err := os.ReadFile(name)
	switch {
	case add && err == nil && bytes.Equal(there, c.PEM):
		r.State = Already
		return r
	case !add && os.IsNotExist(err):
		r.State = Absent
		return r
	}
	todo := []command{{"install", "-m", "0644", c.File, name}, store.update}
	r.State = Added
	if !add {
		todo = []command{{"rm", "-f", name}, store.update}
		if store.fresh != nil {
			todo[1] = store.fresh
		}
		r.State = Removed
	}
	return s.asAdmin(r, todo...)
}

// asAdmin runs what takes the rights of the administrator: by sudo where there is somebody
// whom sudo can ask, and else it says what to type. The state of r is that of success.
func (s *System) asAdmin(r Result, todo ...command) Result {
	if !s.Admin {
		for i, c := range todo {
			todo[i] = append(command{"sudo"}, c...)
		}
		if !s.Terminal || !s.has("sudo") {
			return Result{r.Store, Failed, "that takes the rights of the administrator", s.typed(todo...)}
		}
	}
	if why := s.run(!s.Admin, todo...); why != "" {
		return Result{r.Store, Failed, why, s.typed(todo...)}
	}
	return r
}

// noAnchors is for a system that keeps them in another way.
func (s *System) noAnchors(c Certificate, add bool) Result {
	r := Result{Store: "system"}
	switch {
	case !add && c.File == "":
		r.State = Absent
	case s.has("trust") && add:
		r.State = Added
		return s.asAdmin(r, command{"trust", "anchor", "--store", c.File})
	case s.has("trust"):
		r.State = Removed
		return s.asAdmin(r, command{"trust", "anchor", "--remove", c.File})
	case add:
		r.Why = "how this one is told is not known; the certificate to add is " + c.File
	default:
		r.State = Absent
	}
	return r
}
