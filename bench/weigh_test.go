package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// inCoding is text in a content coding.
func inCoding(t *testing.T, coding, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "br":
		w = brotli.NewWriter(&b)
	case "zstd":
		w, err = zstd.NewWriter(&b)
	default:
		return []byte(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWeigh(t *testing.T) {
	site, text := t.TempDir(), strings.Repeat("some text ", 1000)
	if err := os.WriteFile(filepath.Join(site, "a b.js"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		accept, coding, text string
		status               int
		cut                  int // so many bytes at the end are missing
		want                 string
	}{
		{"gzip", "gzip", text, 200, 0, ""},
		{"br", "br", text, 200, 0, ""},
		{"zstd", "zstd", text, 200, 0, ""},
		{"gzip, deflate, br, zstd", "br", text, 200, 0, ""},
		{"gzip", "", text, 200, 0, ""},
		{"gzip", "br", text, 200, 0, `"br", which was not asked for`},
		{"gzip, deflate", "deflate", text, 200, 0, `"deflate", which was not asked for`},
		{"zstd", "zstd", text + "!", 200, 0, "not that of the file"},
		{"gzip", "gzip", text, 200, 4, "unexpected EOF"},
		{"br", "br", text, 200, 4, "unexpected EOF"},
		{"zstd", "zstd", text, 200, 4, "unexpected EOF"},
		{"gzip", "", text, 404, 0, "it answers 404 instead of 200"},
	} {
		sent := inCoding(t, tt.coding, tt.text)
		sent = sent[:len(sent)-tt.cut]
		addr := answers(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/a b.js" || r.Header.Get("Accept-Encoding") != tt.accept {
				t.Errorf("asked for %s in %q", r.URL.Path, r.Header.Get("Accept-Encoding"))
			}
			if tt.coding != "" {
				w.Header().Set("Content-Encoding", tt.coding)
			}
			w.WriteHeader(tt.status)
			w.Write(sent)
		})
		w, err := newWeigher(addr, site, tt.accept)
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.weighAll([]string{"a b.js"})
		w.close()
		switch {
		case tt.want == "" && (err != nil || got["a b.js"] != int64(len(sent))):
			t.Errorf("%s: %v, %v, want %d", tt.coding, got, err, len(sent))
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: got %v, want %s", tt.coding, err, tt.want)
		}
	}
}
