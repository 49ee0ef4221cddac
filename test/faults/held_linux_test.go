package faults

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// held is what a name holds, by itself or by its sidecars, as the os package and the
// libraries of the codings see it; nothing of salver is believed here.
type held struct {
	content  []byte
	sidecars map[string][]byte // by coding, those that may be sent
}

// holding finds what a name below root holds, nil when there is no such file.
func holding(root, name string) *held {
	h := &held{sidecars: map[string][]byte{}}
	info, err := os.Lstat(name)
	alone := errors.Is(err, fs.ErrNotExist)
	if !alone {
		if h.content, info = regular(root, name); info == nil {
			return nil
		}
	}
	for _, c := range codings {
		coded, i := regular(root, name+c.suffix)
		if i == nil || !alone && (i.Size() >= info.Size() || i.ModTime().Before(info.ModTime())) {
			continue
		}
		content, err := decode(c.name, coded)
		if err != nil {
			continue
		}
		if alone && len(h.sidecars) == 0 {
			h.content = content
		}
		if bytes.Equal(content, h.content) {
			h.sidecars[c.name] = coded
		}
	}
	if alone && len(h.sidecars) == 0 {
		return nil
	}
	return h
}

// regular reads a regular file that lies in root, wherever links lead.
func regular(root, name string) ([]byte, os.FileInfo) {
	real, err := filepath.EvalSymlinks(name)
	if err != nil || !strings.HasPrefix(real, root+"/") {
		return nil, nil
	}
	info, err := os.Stat(real)
	if err != nil || !info.Mode().IsRegular() {
		return nil, nil
	}
	b, err := os.ReadFile(real)
	if err != nil {
		return nil, nil
	}
	return b, info
}

// differs says in which way an answer to a client that accepts these codings is not of
// what is held. isSidecar tells of coded content whether it was ever that of a sidecar.
func (h *held) differs(got answer, accepted []string, isSidecar func([]byte) bool) string {
	coding := got.header.Get("Content-Encoding")
	content, err := decode(coding, []byte(got.content))
	switch {
	case got.status != 200:
		return fmt.Sprintf("it holds %.60q", h.content)
	case coding != "" && !slices.Contains(accepted, coding):
		return "it is in " + coding
	case err != nil || !bytes.Equal(content, h.content):
		return fmt.Sprintf("it holds %.60q, and the answer %.60q, %v", h.content, content, err)
	}
	var best []byte // sidecar
	for _, c := range accepted {
		if b := h.sidecars[c]; b != nil && (best == nil || len(b) < len(best)) {
			best = b
		}
	}
	switch {
	case best != nil && (coding == "" || len(got.content) != len(best) || string(h.sidecars[coding]) != got.content):
		return fmt.Sprintf("it has a sidecar of %d bytes, and the answer %d in %q", len(best), len(got.content), coding)
	case best == nil && coding != "" && isSidecar([]byte(got.content)):
		return "the answer is that of a sidecar that must not be sent any more"
	}
	return ""
}
