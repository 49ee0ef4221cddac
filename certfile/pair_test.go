package certfile

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// made is a certificate and its key in PEM.
type made struct{ cert, key []byte }

// makePair makes a certificate for a name, by which the tests know it.
func makePair(t testing.TB, name string) made {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return made{
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}),
	}
}

// bench is a Pair with files in a directory of its own and a clock that only moves
// when it is told to.
type bench struct {
	*testing.T
	*Pair
	dir   string
	clock time.Time
	told  []string // what was reported
	wrote int      // how many files
}

func newBench(t *testing.T) *bench {
	dir := t.TempDir()
	b := &bench{T: t, dir: dir, clock: time.Now().Add(time.Hour)}
	b.Pair = &Pair{
		Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem"),
		now: func() time.Time { return b.clock },
		Report: func(err error) {
			if err == nil {
				b.told = append(b.told, "in use")
				return
			}
			b.told = append(b.told, err.Error())
		},
	}
	return b
}

func (b *bench) write(name string, content []byte) {
	b.Helper()
	// Each file has a time of its own, however coarse those of the file system are.
	b.wrote++
	when := time.Unix(1e9+int64(b.wrote), 0)
	file := filepath.Join(b.dir, name)
	if err := errors.Join(os.WriteFile(file, content, 0o600), os.Chtimes(file, when, when)); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) put(m made) {
	b.Helper()
	b.write("cert.pem", m.cert)
	b.write("key.pem", m.key)
}

// serves checks which certificate a handshake gets, after it has waited.
func (b *bench) serves(want string, wait time.Duration) {
	b.Helper()
	b.clock = b.clock.Add(wait)
	c, err := b.GetCertificate(nil)
	if err != nil {
		b.Fatalf("no certificate: %v", err)
	}
	if got := c.Leaf.Subject.CommonName; got != want {
		b.Errorf("got the certificate %s, want %s", got, want)
	}
}

// hears checks what was reported since it was last asked; each is a part of the words.
func (b *bench) hears(want ...string) {
	b.Helper()
	if !slices.EqualFunc(b.told, want, strings.Contains) {
		b.Errorf("reported %q, want %q", b.told, want)
	}
	b.told = nil
}

func TestChange(t *testing.T) {
	b := newBench(t)
	one, two := makePair(t, "one"), makePair(t, "two")
	b.put(one)
	if err := b.Reload(); err != nil {
		t.Fatal(err)
	}
	b.serves("one", 0)
	b.put(two)
	b.serves("one", lookEvery-1)
	b.serves("two", 1)
	b.hears("in use")
	b.serves("two", time.Hour)
	b.hears()
}

// TestTouched: files that were written again with the same content are no news.
func TestTouched(t *testing.T) {
	b := newBench(t)
	one := makePair(t, "one")
	b.put(one)
	b.serves("one", 0)
	b.hears("in use")
	before, _ := b.GetCertificate(nil)
	b.put(one)
	b.serves("one", lookEvery)
	b.hears()
	if after, _ := b.GetCertificate(nil); after != before {
		t.Error("another certificate came in use")
	}
}

// TestOneAfterTheOther holds that the moment between two files is no fault.
func TestOneAfterTheOther(t *testing.T) {
	b := newBench(t)
	one, two := makePair(t, "one"), makePair(t, "two")
	b.put(one)
	b.serves("one", 0)
	b.hears("in use")
	b.write("cert.pem", two.cert)
	b.serves("one", lookEvery)
	b.hears()
	b.write("key.pem", two.key)
	b.serves("two", lookEvery)
	b.hears("in use")
}

func TestBroken(t *testing.T) {
	one, two := makePair(t, "one"), makePair(t, "two")
	const mismatch = "cert.pem: private key does not match public key"
	for name, c := range map[string]struct {
		ruin func(*bench)
		want string
	}{
		"mismatch": {func(b *bench) { b.write("key.pem", two.key) }, mismatch},
		"cut":      {func(b *bench) { b.write("cert.pem", one.cert[:len(one.cert)/2]) }, "cert.pem: failed to find any PEM data"},
		"empty":    {func(b *bench) { b.write("key.pem", nil) }, "failed to find any PEM data in key input"},
		"swapped":  {func(b *bench) { b.put(made{one.key, one.cert}) }, "cert.pem: failed to find certificate PEM data"},
		"gone":     {func(b *bench) { os.Remove(b.Key) }, "key.pem: "},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.put(one)
			b.serves("one", 0)
			b.hears("in use")
			c.ruin(b)
			for range 5 {
				b.serves("one", lookEvery)
			}
			b.hears(c.want)
			if err := b.Reload(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Reload: %v", err)
			}
			b.serves("one", lookEvery)
			b.put(two)
			b.serves("two", lookEvery)
			b.hears("in use")
			b.put(one)
			b.serves("one", lookEvery)
			b.hears("in use")
			c.ruin(b)
			b.serves("one", lookEvery)
			b.serves("one", lookEvery)
			if len(b.told) != 1 {
				t.Errorf("the same fault later is news, too: reported %q", b.told)
			}
		})
	}
}

// TestMended: the old pair comes back, which is worth telling after a failure.
func TestMended(t *testing.T) {
	b := newBench(t)
	one := makePair(t, "one")
	b.put(one)
	b.serves("one", 0)
	b.write("cert.pem", nil)
	b.serves("one", lookEvery)
	b.serves("one", lookEvery)
	b.put(one)
	b.serves("one", lookEvery)
	b.hears("in use", "cert.pem", "in use")
	if err := b.Reload(); err != nil {
		t.Error(err)
	}
}

// TestNone holds that there is no handshake without a pair.
func TestNone(t *testing.T) {
	b := newBench(t)
	if err := b.Reload(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Reload: %v", err)
	}
	for _, wait := range []time.Duration{0, 0, lookEvery} {
		b.clock = b.clock.Add(wait)
		if c, err := b.GetCertificate(nil); c != nil || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("got %v, %v", c, err)
		}
	}
	b.hears() // Reload has told it
	b.put(makePair(t, "one"))
	b.serves("one", lookEvery)
	b.hears("in use")
}

// TestSameStamp holds that a change which a stamp does not show is seen while the files
// are fresh.
func TestSameStamp(t *testing.T) {
	b := newBench(t)
	one, two := makePair(t, "one"), makePair(t, "two")
	when := b.clock.Add(-time.Second)
	put := func(m made) {
		both := append(bytes.Clone(m.cert), m.key...)
		b.write("cert.pem", append(both, bytes.Repeat([]byte{'\n'}, 4096-len(both))...))
		if err := os.Chtimes(b.Cert, when, when); err != nil {
			t.Fatal(err)
		}
	}
	b.Key = ""
	put(one)
	b.serves("one", 0)
	put(two)
	b.serves("two", lookEvery)
}

// TestLinks replaces both files at once by turning a link, as volumes of Kubernetes
// do, with sizes and times that stay the same.
func TestLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links take a privilege there")
	}
	b := newBench(t)
	when := time.Unix(1e9, 0)
	for _, name := range []string{"one", "two"} {
		m := makePair(t, name)
		if err := os.Mkdir(filepath.Join(b.dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		for file, content := range map[string][]byte{"/cert.pem": m.cert, "/key.pem": m.key} {
			b.write(name+file, append(content, bytes.Repeat([]byte{'\n'}, 4096-len(content))...))
			if err := os.Chtimes(filepath.Join(b.dir, name+file), when, when); err != nil {
				t.Fatal(err)
			}
		}
	}
	turn := func(to string) {
		next := filepath.Join(b.dir, "next")
		if err := errors.Join(os.Symlink(to, next), os.Rename(next, filepath.Join(b.dir, "data"))); err != nil {
			t.Fatal(err)
		}
	}
	b.Cert, b.Key = filepath.Join(b.dir, "data/cert.pem"), filepath.Join(b.dir, "data/key.pem")
	turn("one")
	b.serves("one", 0)
	turn("two")
	b.serves("two", lookEvery)
	b.hears("in use", "in use")
}

func TestDecrypt(t *testing.T) {
	b := newBench(t)
	m := makePair(t, "one")
	b.write("cert.pem", m.cert)
	b.write("key.pem", append([]byte("locked "), m.key...))
	wrong := errors.New("no way in")
	b.Decrypt = func(text []byte) ([]byte, error) {
		text, ok := bytes.CutPrefix(text, []byte("locked "))
		if !ok {
			return nil, wrong
		}
		return text, nil
	}
	b.serves("one", 0)
	b.write("key.pem", m.key)
	err := b.Reload()
	e, ok := errors.AsType[*Error](err)
	if !ok || e.File != b.Key || !errors.Is(err, wrong) {
		t.Errorf("got %v", err)
	}
	b.serves("one", lookEvery)
}

// TestTogether changes the files while handshakes go on: each gets one pair or the other.
func TestTogether(t *testing.T) {
	dir := t.TempDir()
	var step struct {
		sync.Mutex
		time.Duration
	}
	began := time.Now()
	p := &Pair{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem"), now: func() time.Time {
		step.Lock()
		defer step.Unlock()
		step.Duration += lookEvery // every handshake looks
		return began.Add(step.Duration)
	}}
	pairs := []made{makePair(t, "one"), makePair(t, "two")}
	put := func(m made) {
		if err := errors.Join(os.WriteFile(p.Cert, m.cert, 0o600), os.WriteFile(p.Key, m.key, 0o600)); err != nil {
			t.Error(err)
		}
	}
	put(pairs[0])
	if err := p.Reload(); err != nil {
		t.Fatal(err)
	}
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for range 200 {
				c, err := p.GetCertificate(nil)
				if err != nil || c.Leaf.Subject.CommonName != "one" && c.Leaf.Subject.CommonName != "two" {
					t.Errorf("got %v, %v", c, err)
					return
				}
				if key, ok := c.PrivateKey.(*ecdsa.PrivateKey); !ok || !key.PublicKey.Equal(c.Leaf.PublicKey) {
					t.Error("the key is that of another certificate")
				}
			}
		})
	}
	for i := range 50 {
		put(pairs[(i+1)%2])
		if i%10 == 0 {
			p.Reload()
		}
	}
	clients.Wait()
}
