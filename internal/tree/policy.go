package tree

import (
	"bytes"
	"errors"
	"io"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/salver-http/salver/internal/coding"
	"github.com/salver-http/salver/internal/semantics"
)

// Why a name is not served although there may be something of that name.
var (
	errHidden     = errors.New("hidden name")
	errSecret     = errors.New("name of a secret")
	errPrivateKey = errors.New("holds a private key")
	errOwn        = errors.New("name of what the site is served by")
	errUnportable = errors.New("name that this system takes for another")
	errEscapes    = errors.New("symlink leads out of the tree")
)

// withhold says why one of the segments of name may not be asked for, by the owner's
// choice or by what this system makes of names; nil when all may.
func (o *Options) withhold(name string) error {
	if name == "." {
		return nil
	}
	for first := true; ; first = false {
		seg, rest, more := strings.Cut(name, "/")
		if err := o.withholdSegment(seg, first); err != nil || !more {
			return err
		}
		name = rest
	}
}

// withholdSegment is withhold for one segment; first says that it stands right below
// the root.
func (o *Options) withholdSegment(seg string, first bool) error {
	switch {
	case isSecret(seg):
		if !o.Secrets {
			return errSecret
		}
	case first && o.isOwn(seg):
		return errOwn
	case seg[0] == '.' && !o.Hidden && !(first && seg == ".well-known"): // RFC 8615
		return errHidden
	}
	if !portableName(runtime.GOOS, seg) {
		return errUnportable
	}
	return nil
}

// isOwn reports whether seg, right below the root, is one of o.Own or a sidecar of one, in
// whatever case.
func (o *Options) isOwn(seg string) bool {
	if len(o.Own) == 0 {
		return false
	}
	seg = fold(seg)
	for _, own := range o.Own {
		rest, ok := strings.CutPrefix(seg, fold(own))
		if ok && (rest == "" || slices.ContainsFunc(coding.All[:], func(c semantics.Coding) bool { return coding.Suffix(c) == rest })) {
			return true
		}
	}
	return false
}

// fold is the same for names that a file system may take for one, whatever their case. By way of the upper
// case: two letters have a lower case of their own there.
func fold(name string) string { return strings.ToLower(strings.ToUpper(name)) }

// isSecret reports whether a name says that its content is not for others,
// whatever the case: some file systems ignore it.
func isSecret(seg string) bool {
	s := strings.TrimRight(fold(seg), ". ")
	if i := strings.IndexByte(s, '~'); i > 0 && s[0] != '.' {
		s = "." + s[:i] // the short name that FAT gives to one with a dot
	}
	switch s {
	case ".git", ".hg", ".svn", ".htpasswd", ".netrc", ".pgpass", ".ssh", ".gnupg", ".aws",
		"id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_ecdsa_sk", "id_ed25519_sk":
		return true
	}
	switch path.Ext(s) {
	case ".ppk", ".p12", ".pfx":
		return true
	}
	return strings.HasPrefix(s, ".env")
}

// privateKeyLimit bounds what holdsPrivateKey reads. Larger files of those names
// are presentations (.key) rather than keys.
const privateKeyLimit = 1 << 20

// mayHoldPrivateKey reports whether a name is one that both certificates and
// private keys go by, so that only the content tells.
func mayHoldPrivateKey(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".pem", ".key":
		return true
	}
	return false
}

// holdsPrivateKey reports whether f has a private key in PEM (RFC 7468 §10, §11), or
// remembers what it found when it read it. What cannot be read is taken for one.
func (t *Tree) holdsPrivateKey(f *File) bool {
	if f.Stamp.Size > privateKeyLimit {
		return false
	}
	if held := t.keys.get(f.key, f.Stamp); held != nil {
		return *held
	}
	content, err := io.ReadAll(io.NewSectionReader(f, 0, f.Stamp.Size))
	held := err != nil || bytes.Contains(content, []byte("PRIVATE KEY-----"))
	if err == nil && (f.frozen || f.Stamp.settled(t.now())) {
		t.keys.put(f.key, f.Stamp, &held)
	}
	return held
}

// portableName reports whether a segment names on the system goos just the file
// that is listed under it. Windows gives several names to one file (trailing dots
// and spaces, streams, 8.3 names) and to devices; macOS ignores some characters.
func portableName(goos, seg string) bool {
	switch goos {
	case "windows":
		if strings.ContainsAny(seg, `\:*?"<>|`) || strings.HasSuffix(seg, ".") || strings.HasSuffix(seg, " ") {
			return false
		}
		for i := 0; i < len(seg); i++ {
			if seg[i] < 0x20 || seg[i] == '~' && i+1 < len(seg) && '0' <= seg[i+1] && seg[i+1] <= '9' {
				return false
			}
		}
		return !reservedOnWindows(seg)
	case "darwin", "ios":
		for _, r := range seg {
			switch {
			case 0x200c <= r && r <= 0x200f, 0x202a <= r && r <= 0x202e, 0x206a <= r && r <= 0x206f, r == 0xfeff:
				return false
			}
		}
	}
	return true
}

// reservedOnWindows reports whether a name is a device's, with any extension.
func reservedOnWindows(seg string) bool {
	base, _, _ := strings.Cut(seg, ".")
	base = strings.ToUpper(strings.TrimRight(base, " "))
	switch base {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	if rest, ok := strings.CutPrefix(base, "COM"); ok {
		return isPortNumber(rest)
	}
	if rest, ok := strings.CutPrefix(base, "LPT"); ok {
		return isPortNumber(rest)
	}
	return false
}

func isPortNumber(s string) bool {
	switch s {
	case "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "¹", "²", "³":
		return true
	}
	return false
}

// beneath returns what follows one of roots in the absolute path target, "." for
// the root itself, and whether target lies there.
func beneath(roots []string, target string) (string, bool) {
	target = filepath.Clean(target)
	for _, root := range roots {
		if target == root {
			return ".", true
		}
		if rest, ok := strings.CutPrefix(target, strings.TrimSuffix(root, string(filepath.Separator))+string(filepath.Separator)); ok {
			return filepath.ToSlash(rest), true
		}
	}
	return "", false
}
