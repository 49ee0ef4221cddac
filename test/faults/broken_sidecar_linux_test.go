package faults

import (
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestBrokenSidecar asks again and again for 4 MiB with sidecars that are good but for their
// end. That is found out once; only while a sidecar is written again and again it is found
// out as often.
func TestBrokenSidecar(t *testing.T) {
	t.Parallel()
	const length = 4 << 20
	dir := t.TempDir()
	content := make([]byte, length) // of a type that is not compressed for an answer
	rand.NewChaCha8([32]byte{1}).Read(content)
	for i := range content {
		content[i] = content[i]%16 + 'a'
	}
	write(t, filepath.Join(dir, "alone.bin"), string(content))
	write(t, filepath.Join(dir, "beside.bin"), string(content))
	for _, c := range codings {
		coded := encode(t, c.name, content)
		for _, name := range []string{"beside.bin", "lone.bin"} {
			write(t, filepath.Join(dir, name+c.suffix), string(coded[:len(coded)-3]))
		}
	}
	time.Sleep(rest)
	p := run(t, options{}, "--log-format", "none", dir)
	// cost is what n requests take of the processor, each.
	cost := func(name string, n int, before func()) time.Duration {
		t.Helper()
		used := p.processor()
		for range n {
			before()
			r, err := http.NewRequest("HEAD", "http://"+p.addr+"/"+name, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Accept-Encoding", "gzip, br, zstd")
			a, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			a.Body.Close()
			if coding := a.Header.Get("Content-Encoding"); coding != "" || a.StatusCode != 200 && name != "lone.bin" || a.StatusCode != 404 && name == "lone.bin" {
				t.Fatalf("%s is answered %d in %q", name, a.StatusCode, coding)
			}
		}
		return (p.processor() - used) / time.Duration(n)
	}
	defer http.DefaultClient.CloseIdleConnections()
	for _, name := range []string{"alone.bin", "beside.bin", "lone.bin"} {
		first := cost(name, 1, func() {})
		again := cost(name, 500, func() {})
		touched := cost(name, 5, func() {
			now := time.Now()
			os.Chtimes(filepath.Join(dir, name+".br"), now, now)
		})
		t.Logf("%s: %v of processor at first, %v again, %v while a sidecar changes", name, first, again, touched)
		if again > 2*time.Millisecond {
			t.Errorf("%s: it is found out again and again, at %v of processor each", name, again)
		}
	}
}
