package markdown

import (
	"net/url"
	"strings"
)

// link is a target that a person may be led to.
func link(s string) (string, bool) {
	u, written, ok := parseURL(s)
	if !ok {
		return "", false
	}
	switch u.Scheme {
	case "", "http", "https", "mailto":
	default:
		return "", false
	}
	if fragment, ok := strings.CutPrefix(written, "#"); ok {
		written = "#" + idPrefix + fragment
	}
	return written, true
}

// image is a picture that needs no other origin: a relative target, or a bitmap in
// the link itself.
func image(s string) (string, bool) {
	u, written, ok := parseURL(s)
	switch {
	case !ok:
		return "", false
	case u.Scheme == "data":
		return written, u.RawQuery == "" && u.Fragment == "" && isBitmap(u.Opaque)
	}
	// Three slashes name a host as two do (WHATWG URL §4.4), though not to package url.
	return written, u.Scheme == "" && !strings.HasPrefix(written, "//")
}

// isBitmap tells of what follows "data:" whether it is an image that has no markup.
func isBitmap(opaque string) bool {
	for _, t := range [...]string{"gif", "jpeg", "png", "webp"} {
		if data, ok := strings.CutPrefix(opaque, "image/"+t+";base64,"); ok {
			return isAlphanumeric(strings.NewReplacer("+", "", "/", "").Replace(strings.TrimRight(data, "=")))
		}
	}
	return false
}

// parseURL parses what a link or an image refers to, and writes it so that a browser
// reads the same in it: it would drop tabs and line ends, and take a "\" for a "/"
// (WHATWG URL §4.4).
func parseURL(s string) (u *url.URL, written string, ok bool) {
	s = strings.TrimSpace(s)
	if strings.Contains(s, " ") || hasControl(s) {
		return nil, "", false
	}
	u, err := url.Parse(s)
	if err != nil {
		return nil, "", false
	}
	written = strings.ReplaceAll(u.String(), `\`, "%5C")
	return u, written, written != ""
}
