package plan

import (
	"io"
	"sync"

	"github.com/salver-http/salver/internal/listing"
	"github.com/salver-http/salver/internal/semantics"
	"github.com/salver-http/salver/internal/tree"
)

// readmeNames are the spellings that a README goes by.
var readmeNames = []string{"README.md", "readme.md", "Readme.md"}

const (
	// readmeLimit bounds the README that is shown, in bytes.
	readmeLimit = 256 << 10
	// readmesKept bounds how many are remembered.
	readmesKept = 32
)

// readmes remembers READMEs as HTML, by the entity tag of their Markdown: rendering
// one can take longer than all else in a listing. The zero value is ready.
type readmes struct {
	mu   sync.Mutex
	html map[semantics.Tag][]byte // guarded by mu
}

func (m *readmes) get(tag semantics.Tag) ([]byte, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	html, ok := m.html[tag]
	return html, ok
}

func (m *readmes) put(tag semantics.Tag, html []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.html == nil || len(m.html) >= readmesKept {
		m.html = make(map[semantics.Tag][]byte)
	}
	m.html[tag] = html
}

// readme returns the directory's README, for the first page of its listing. One that
// cannot be read or turned into HTML is in the listing all the same.
func (s *Site) readme(l *listing.Listing, d *tree.Directory) (name string, html []byte) {
	if s.Readme == nil || l.Page > 1 {
		return "", nil
	}
	for _, name := range readmeNames {
		if f, err := d.Open(name); err == nil {
			defer f.Close()
			if s.Admission.realmOf(f.Name) != s.Admission.realmOf(d.Name) {
				return "", nil // not for whoever may see the listing
			}
			return name, s.renderReadme(f)
		}
	}
	return "", nil
}

func (s *Site) renderReadme(f *tree.File) []byte {
	if f.Stamp.Size > readmeLimit {
		return nil
	}
	text := make([]byte, f.Stamp.Size)
	facts, content, err := s.Tree.Facts(f, text)
	if err != nil {
		return nil
	}
	if html, ok := s.readmes.get(facts.Tag); ok {
		return html
	}
	if content == nil {
		if _, err := io.ReadFull(io.NewSectionReader(f, 0, f.Stamp.Size), text); err != nil {
			return nil
		}
	}
	html, err := s.Readme(text)
	if err != nil || f.Intact() != nil {
		return nil
	}
	s.readmes.put(facts.Tag, html)
	return html
}
