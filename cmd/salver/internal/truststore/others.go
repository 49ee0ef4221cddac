package truststore

import (
	"bytes"
	"path/filepath"
)

// keychain is the store of macOS, of the person alone: the system asks for a password by
// itself.
func (s *System) keychain(c Certificate, add bool) Result {
	r := Result{Store: "keychain"}
	if c.File == "" {
		r.State = Absent // there is nothing to tell it by
		return r
	}
	login := filepath.Join(s.Home, "Library/Keychains/login.keychain-db")
	settings, _ := s.Run(false, "security", "dump-trust-settings")
	has := c.Name != "" && bytes.Contains(settings, []byte(c.Name))
	switch {
	case add && has:
		r.State = Already
		return r
	case !add && !has:
		r.State = Absent
		return r
	}
	todo := []command{{"security", "add-trusted-cert", "-r", "trustRoot", "-p", "ssl", "-p", "basic", "-k", login, c.File}}
	r.State = Added
	if !add {
		todo = []command{{"security", "remove-trusted-cert", c.File}, {"security", "delete-certificate", "-Z", c.SHA1, login}}
		r.State = Removed
	}
	if why := s.run(true, todo...); why != "" {
		return Result{r.Store, Failed, why, s.typed(todo...)}
	}
	return r
}

// windows is the store of Windows, of the person alone: the system asks by itself.
func (s *System) windows(c Certificate, add bool) Result {
	r := Result{Store: "system"}
	if c.File == "" {
		r.State = Absent
		return r
	}
	_, err := s.Run(false, "certutil", "-user", "-verifystore", "Root", c.SHA1)
	has := err == nil
	todo := command{"certutil", "-user", "-addstore", "Root", c.File}
	r.State = Added
	if !add {
		todo = command{"certutil", "-user", "-delstore", "Root", c.SHA1}
		r.State = Removed
	}
	switch {
	case add && has:
		r.State = Already
		return r
	case !add && !has:
		r.State = Absent
		return r
	}
	if why := s.run(true, todo); why != "" {
		return Result{r.Store, Failed, why, s.typed(todo)}
	}
	return r
}
