package conformance

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"github.com/salver-http/salver/internal/coding"
	"github.com/salver-http/salver/internal/semantics"
)

// codings are the content codings that cases speak of, by their names.
var codings = map[string]semantics.Coding{"gzip": semantics.Gzip, "br": semantics.Brotli, "zstd": semantics.Zstd}

// encodings remembers what encoded has made: brotli takes its time.
var encodings sync.Map

// encoded is content in a coding.
func encoded(name, content string) (string, error) {
	type key struct{ name, content string }
	if b, ok := encodings.Load(key{name, content}); ok {
		return b.(string), nil
	}
	b, err := coding.Encode(codings[name], coding.Best, []byte(content))
	encodings.Store(key{name, content}, string(b))
	return string(b), err
}

// decoded is content without its coding, by decoders that are not salver's own. All of it
// must be in the coding, and of zstd the window within 8 MiB (RFC 9659 §3).
func decoded(name, content string) (string, error) {
	in := strings.NewReader(content)
	var r io.Reader
	switch name {
	case "gzip":
		z, err := gzip.NewReader(in)
		if err != nil {
			return "", err
		}
		r = z
	case "br":
		r = brotli.NewReader(in)
	case "zstd":
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20))
		if err != nil {
			return "", err
		}
		defer z.Close()
		r = z
	default:
		return "", fmt.Errorf("no content coding: %q", name)
	}
	b, err := io.ReadAll(r)
	if err == nil && in.Len() > 0 {
		err = fmt.Errorf("%d bytes follow the end of the %s", in.Len(), name)
	}
	return string(b), err
}

// tagOf is the entity tag of content.
func tagOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
}

// formOf is the entity tag of content in a coding, when that is coded.
func formOf(content, name, coded string) string {
	sum := sha256.Sum256([]byte(coded))
	return strings.TrimSuffix(tagOf(content), `"`) + "-" + name + "-" + base64.RawURLEncoding.EncodeToString(sum[:])[:8] + `"`
}

// encodeNodes makes the content of the files that are said to be others in a coding.
func encodeNodes(nodes []node) error {
	for i := range nodes {
		n := &nodes[i]
		if n.coding == "" {
			continue
		}
		plain := nodeOf(nodes, n.plain)
		if plain == nil || plain.coding != "" {
			return fmt.Errorf("%s: there is no file %q to encode", n.name, n.plain)
		}
		var err error
		if n.content, err = encoded(n.coding, plain.content); err != nil {
			return err
		}
	}
	return nil
}

func nodeOf(nodes []node, name string) *node {
	for i := range nodes {
		if nodes[i].name == name {
			return &nodes[i]
		}
	}
	return nil
}

var ofFile = regexp.MustCompile(`\{(length|tag|form) ([^{}]+)\}`)

// ofFiles replaces what stands for something that follows from a file of the tree.
func (th *theme) ofFiles(s string) (string, error) {
	var err error
	s = ofFile.ReplaceAllStringFunc(s, func(standIn string) string {
		m := ofFile.FindStringSubmatch(standIn)
		n := nodeOf(th.nodes, m[2])
		switch {
		case n == nil, m[1] == "form" && n.coding == "":
			err = fmt.Errorf("%s: there is no such file in the tree", standIn)
			return ""
		case m[1] == "length":
			return fmt.Sprint(len(n.content))
		case m[1] == "tag":
			return tagOf(n.content)
		}
		return formOf(nodeOf(th.nodes, n.plain).content, n.coding, n.content)
	})
	return s, err
}

// uncoded is the answer without its coding, for comparing answers of which each may have
// been compressed by itself: what follows from the bytes of the coding is left out.
func (a answer) uncoded() (answer, error) {
	name := a.get("Content-Encoding")
	if name == "" || a.Status != "200" && !a.isCodedError() {
		return a, nil
	}
	length, tag := "Content-Length: ", formSyntax.ReplaceAllString(a.get("Etag"), `$1"`)
	if a.Content != "" {
		var err error
		if a.Content, err = decoded(name, a.Content); err != nil {
			return a, err
		}
		if tagOf(a.Content) != tag && !a.isCodedError() {
			return a, fmt.Errorf("the entity tag %s is of something else", a.get("Etag"))
		}
	}
	fields := make([]string, 0, len(a.Fields))
	for _, f := range a.Fields {
		switch {
		case strings.HasPrefix(f, length):
		case strings.HasPrefix(f, "Etag: "):
			fields = append(fields, "Etag: "+tag)
		case strings.HasPrefix(f, "Content-Encoding: "):
			fields = append(fields, "Content-Encoding: {coding}")
		default:
			fields = append(fields, f)
		}
	}
	a.Fields = fields
	return a, nil
}

// isCodedError reports whether the answer is an error with a page in a coding, which has no entity tag.
func (a answer) isCodedError() bool {
	return a.Status >= "400" && a.get("Content-Encoding") != ""
}

// formSyntax is the tag of a form; the first group is that of the content.
var formSyntax = regexp.MustCompile(`^(".+)-(?:gzip|br|zstd)-[\w-]{8}"$`)

// decodesTo reports whether coded is content in the coding of that name.
func decodesTo(name, coded, content string) error {
	got, err := decoded(name, coded)
	if err == nil && got != content {
		err = fmt.Errorf("it decodes to %d other bytes than the %d: %.100q", len(got), len(content), got)
	}
	return err
}
