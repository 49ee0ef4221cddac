package main

import (
	"fmt"

	"github.com/salver-http/salver"
	"github.com/salver-http/salver/accesslog"
)

// secretsNotice returns the line that says which secrets lie at the top of the
// tree, "" if there are none to speak of.
func secretsNotice(h *salver.Handler, served, reachable, quiet bool) string {
	if quiet && !(served && reachable) {
		return ""
	}
	names, err := h.Secrets(100)
	if err != nil {
		return ""
	}
	return secretsLine(names, served, reachable)
}

// secretsLine words the notice for the names.
func secretsLine(names []string, served, reachable bool) string {
	if len(names) == 0 {
		return ""
	}
	const shown = 3
	var b []byte
	for i, name := range names {
		if i == shown {
			b = fmt.Appendf(b, " and %d more", len(names)-shown)
			break
		}
		if i > 0 {
			b = append(b, ", "...)
		}
		b = accesslog.AppendEscaped(b, name)
	}
	switch {
	case served && reachable:
		return fmt.Sprintf("salver: WARNING: EVERYBODY WHO REACHES THIS SERVER CAN READ %s\n", b)
	case served:
		return fmt.Sprintf("salver: warning: %s can be read\n", b)
	}
	return fmt.Sprintf("salver: %s kept back; --serve-secrets serves such\n", b)
}
