package salver

import (
	"testing"
)

// TestSitesShareMemory: what is compressed for several sites is bounded together, also for those that come later.
func TestSitesShareMemory(t *testing.T) {
	site := func(c Config) *Handler {
		t.Helper()
		c.Root = t.TempDir()
		h, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	a, b, none := site(Config{}), site(Config{}), site(Config{NoCompress: true})
	sites, err := NewSites(map[string]*Handler{"a.example": a, "*.a.example": a, "b.example": b, "c.example": none}, nil)
	if err != nil {
		t.Fatal(err)
	}
	holds := func(what string, want int64, handlers ...*Handler) {
		t.Helper()
		for _, h := range handlers {
			if got := h.formBytes.Load(); got != want {
				t.Errorf("%s: %d bytes, want %d", what, got, want)
			}
		}
	}
	holds("before a server", formBytes, a, b)
	(&Server{Handler: sites, Memory: 8 << 20}).init()
	holds("with a server", 1<<20, a, b)
	c, d := site(Config{}), site(Config{})
	if err := sites.Set(map[string]*Handler{"a.example": a, "b.example": b, "c.example": c}, d); err != nil {
		t.Fatal(err)
	}
	holds("with more sites", 512<<10, a, b, c, d)
}
