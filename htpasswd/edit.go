package htpasswd

import (
	"errors"
	"strings"
)

// Put returns the content of a file in which a user has a hash, as [Hash] and [HashBcrypt] make it. The line
// of the user is replaced, and any further one of that name removed; where there is none it comes last. All other lines stay as they are, also
// what [Open] would not take. The error is of the name or the hash; replaced tells whether the user was there.
func Put(text []byte, user, hash string) (_ []byte, replaced bool, _ error) {
	if what := nameFault(user); what != "" {
		return nil, false, errors.New(what)
	}
	if _, what := parseHash(hash); what != nil {
		return nil, false, errors.New(what.text)
	}
	var b strings.Builder
	end := "\n"
	for line := range strings.Lines(string(text)) {
		end = endOf(line)
		switch {
		case !isOf(line, user):
			b.WriteString(line)
		case !replaced:
			b.WriteString(user + ":" + hash + end)
			replaced = true
		}
	}
	if !replaced {
		if end == "" {
			end = "\n"
			b.WriteString(end)
		}
		b.WriteString(user + ":" + hash + end)
	}
	return []byte(b.String()), replaced, nil
}

// Remove returns the content of a file without the lines of a user, and whether there were any.
func Remove(text []byte, user string) (_ []byte, removed bool) {
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		if isOf(line, user) {
			removed = true
			continue
		}
		b.WriteString(line)
	}
	return []byte(b.String()), removed
}

// isOf reports whether a line is of a user.
func isOf(line, user string) bool {
	name, _, ok := strings.Cut(line, ":")
	return ok && name == user && !isRemark(line)
}

// endOf returns what ends a line, "" for the last of a file that has none there.
func endOf(line string) string {
	switch {
	case strings.HasSuffix(line, "\r\n"):
		return "\r\n"
	case strings.HasSuffix(line, "\n"):
		return "\n"
	}
	return ""
}
