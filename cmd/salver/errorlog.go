package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/salver-http/salver/accesslog"
)

// serverLines turns what net/http logs into lines of ours. What clients cause by
// going away or by speaking no TLS is left out, and a message that would come
// again and again is written once in repeatAfter.
type serverLines struct {
	w   io.Writer
	now func() time.Time

	mu   sync.Mutex
	last time.Time // of a repeating message
}

const repeatAfter = 10 * time.Second

// clientFaults begin messages that are no business of the owner.
var clientFaults = []string{
	"http: TLS handshake error",
	"http: URL query contains semicolon",
	"http2: server: error reading preface",
	"http2: server connection error",
	"http2: timeout waiting for SETTINGS",
}

// Write takes one message of net/http, of which the first line is kept: a stack
// trace says nothing to the person at the terminal.
func (s *serverLines) Write(p []byte) (int, error) {
	n := len(p)
	p, _, _ = bytes.Cut(p, []byte{'\n'})
	message := string(p)
	for _, prefix := range clientFaults {
		if strings.HasPrefix(message, prefix) {
			return n, nil
		}
	}
	message = strings.TrimPrefix(message, "http: ")
	if strings.HasPrefix(message, "Accept error") && !s.due() {
		return n, nil
	}
	b := append([]byte(nil), "salver: error: "...)
	b = accesslog.AppendEscaped(b, lowerFirst(message))
	_, err := s.w.Write(append(b, '\n'))
	return n, err
}

// due tells whether a repeating message may be written again.
func (s *serverLines) due() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if !s.last.IsZero() && now.Sub(s.last) < repeatAfter {
		return false
	}
	s.last = now
	return true
}

func lowerFirst(s string) string {
	if s != "" && 'A' <= s[0] && s[0] <= 'Z' {
		return string(s[0]+'a'-'A') + s[1:]
	}
	return s
}

// lineHandler is a slog.Handler that writes one line for a record, as the other
// messages of the command look: no time, and the attributes after the message.
type lineHandler struct {
	w      io.Writer
	prefix string // of the names of attributes: the open groups
	attrs  []byte // those of WithAttrs, as they are written
}

// Enabled implements [slog.Handler].
func (h *lineHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelWarn }

// Handle implements [slog.Handler].
func (h *lineHandler) Handle(_ context.Context, r slog.Record) error {
	b := append([]byte(nil), "salver: "...)
	if r.Level >= slog.LevelError {
		b = append(b, "error: "...)
	}
	b = append(b, quoting.Replace(string(accesslog.AppendEscaped(nil, r.Message)))...)
	b = append(b, h.attrs...)
	r.Attrs(func(a slog.Attr) bool {
		b = appendAttr(b, h.prefix, a)
		return true
	})
	_, err := h.w.Write(append(b, '\n'))
	return err
}

// quoting gives a message its quotation marks and backslashes back, which stand in no others here.
var quoting = strings.NewReplacer(`\x22`, `"`, `\x5c`, `\`)

// WithAttrs implements [slog.Handler].
func (h *lineHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	b := append([]byte(nil), h.attrs...)
	for _, a := range attrs {
		b = appendAttr(b, h.prefix, a)
	}
	return &lineHandler{h.w, h.prefix, b}
}

// WithGroup implements [slog.Handler].
func (h *lineHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return &lineHandler{h.w, h.prefix + name + ".", h.attrs}
}

func appendAttr(b []byte, prefix string, a slog.Attr) []byte {
	a.Value = a.Value.Resolve()
	if a.Equal(slog.Attr{}) {
		return b
	}
	if a.Value.Kind() == slog.KindGroup {
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, member := range a.Value.Group() {
			b = appendAttr(b, prefix, member)
		}
		return b
	}
	b = append(b, ", "...)
	b = accesslog.AppendEscaped(b, prefix+a.Key)
	b = append(b, ' ')
	return accesslog.AppendEscaped(b, a.Value.String())
}
