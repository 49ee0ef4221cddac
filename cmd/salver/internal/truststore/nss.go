package truststore

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
)

// nickname is what the certificate is called in the databases of browsers.
const nickname = "salver local CA"

// database is one of NSS, as Firefox and, on Linux, Chromium and its kin have them.
type database struct{ browser, dir string }

// patterns are where databases are, below the home directory.
var patterns = []database{
	{"Chromium", ".pki/nssdb"},
	{"Chromium", "snap/chromium/current/.pki/nssdb"},
	{"Chromium", "snap/chromium/current/.local/share/pki/nssdb"},
	{"Firefox", ".mozilla/firefox/*"},
	{"Firefox", ".config/mozilla/firefox/*"},
	{"Firefox", "snap/firefox/common/.mozilla/firefox/*"},
	{"Firefox", ".var/app/org.mozilla.firefox/.mozilla/firefox/*"},
	{"Firefox", ".var/app/org.mozilla.firefox/config/mozilla/firefox/*"},
}

// found returns the databases that there are.
func (s *System) found() (all []database) {
	if s.Home == "" {
		return nil
	}
	data := s.DataHome
	if data == "" {
		data = filepath.Join(s.Home, ".local/share")
	}
	// The home directory is no pattern, whatever is in its name.
	for _, p := range append([]database{{"Chromium", filepath.Join(data, "pki/nssdb")}}, patterns...) {
		dirs := []string{p.dir}
		if !filepath.IsAbs(p.dir) {
			names, _ := fsGlob(s.Home, p.dir)
			dirs = names
		}
		for _, dir := range dirs {
			if _, err := os.Stat(filepath.Join(dir, "cert9.db")); err == nil {
				all = append(all, database{p.browser, dir})
			}
		}
	}
	return all
}

// fsGlob matches pattern, which is relative, below dir.
func fsGlob(dir, pattern string) ([]string, error) {
	parent, last := filepath.Split(pattern)
	if last != "*" {
		return []string{filepath.Join(dir, pattern)}, nil
	}
	entries, err := os.ReadDir(filepath.Join(dir, parent))
	var names []string
	for _, e := range entries {
		names = append(names, filepath.Join(dir, parent, e.Name()))
	}
	return names, err
}

// databases are the stores of browsers.
func (s *System) databases(c Certificate, add bool) (all []Result) {
	found := s.found()
	if len(found) > 0 && !s.has("certutil") {
		what := "certutil is not there"
		if !add {
			what += ", so that nothing can have been added by it"
		}
		why := Result{Store: "browsers", State: Failed, Why: what, Type: s.certutilPackage()}
		if !add {
			why.State, why.Type = Absent, nil
		}
		return []Result{why}
	}
	for _, d := range found {
		r := s.database(d, c, add)
		r.Store = d.browser + " (" + s.short(d.dir) + ")"
		all = append(all, r)
	}
	return all
}

func (s *System) database(d database, c Certificate, add bool) Result {
	sql := "sql:" + d.dir
	there, err := s.Run(false, "certutil", "-L", "-d", sql, "-n", nickname, "-a")
	has := err == nil
	if add && has && bytes.Equal(lf(there), lf(c.PEM)) {
		return Result{State: Already}
	}
	if !add && !has {
		return Result{State: Absent}
	}
	for range 8 { // that of an authority which there is no more, too
		if !has {
			break
		}
		remove := command{"certutil", "-D", "-d", sql, "-n", nickname}
		if why := s.run(false, remove); why != "" {
			return Result{State: Failed, Why: why, Type: s.typed(remove)}
		}
		_, err := s.Run(false, "certutil", "-L", "-d", sql, "-n", nickname)
		has = err == nil
	}
	if !add {
		return Result{State: Removed}
	}
	insert := command{"certutil", "-A", "-d", sql, "-t", "C,,", "-n", nickname, "-i", c.File}
	if why := s.run(false, insert); why != "" {
		return Result{State: Failed, Why: why, Type: s.typed(insert)}
	}
	return Result{State: Added}
}

// lf is text with its lines ended one way.
func lf(text []byte) []byte {
	return bytes.TrimSpace(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")))
}

// short is a name as people write it.
func (s *System) short(name string) string {
	if rest, ok := strings.CutPrefix(name, s.Home+string(filepath.Separator)); ok {
		return "~/" + filepath.ToSlash(rest)
	}
	return name
}

// certutilPackage returns how certutil is installed.
func (s *System) certutilPackage() []string {
	for _, p := range []struct {
		tool string
		todo command
	}{
		{"apt-get", command{"sudo", "apt-get", "install", "libnss3-tools"}},
		{"dnf", command{"sudo", "dnf", "install", "nss-tools"}},
		{"pacman", command{"sudo", "pacman", "-S", "nss"}},
		{"zypper", command{"sudo", "zypper", "install", "mozilla-nss-tools"}},
		{"apk", command{"sudo", "apk", "add", "nss-tools"}},
		{"pkg", command{"sudo", "pkg", "install", "nss"}},
	} {
		if s.has(p.tool) {
			return s.typed(p.todo, command{"salver", "trust"})
		}
	}
	return nil
}
