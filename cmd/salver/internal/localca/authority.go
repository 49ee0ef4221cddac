// Package localca is a certificate authority of one machine's own: it is made once, kept
// in a directory of the user's, and good for nothing but local names and addresses.
package localca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// lifetime is that of an authority. Installing another on every device is a nuisance.
const lifetime = 10 * 365 * 24 * time.Hour

// Authority signs certificates for the servers of this machine.
type Authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	dir  string
}

// Fault is an authority that cannot be used, in words for its owner.
type Fault struct {
	File   string
	Reason string
	Remedy string // what to do
}

func (f *Fault) Error() string { return f.File + ": " + f.Reason }

// Dir returns the directory of the user's authority. The error says what is to be set.
func Dir() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "salver"), nil
}

// KeyFile returns the name of the file in dir with all of an authority: its private key
// and its certificate, in one file so that no moment has one without the other.
func KeyFile(dir string) string { return filepath.Join(dir, "local-ca.key") }

// CertFile returns the name of the file in dir with the certificate alone, for others.
func CertFile(dir string) string { return filepath.Join(dir, "local-ca.pem") }

// Open reads the authority in dir, and makes it first when there is none. host is the
// name of the machine. An authority that is there but cannot be used is a [*Fault],
// and stays as it is.
func Open(dir, host string, now time.Time) (*Authority, error) {
	a, err := Load(dir, now)
	if errors.Is(err, fs.ErrNotExist) {
		var text []byte
		if text, err = generate(host, now); err != nil {
			return nil, err
		}
		if err = publish(dir, text); err != nil {
			return nil, err
		}
		a, err = Load(dir, now) // which another process may have made meanwhile
	}
	if err == nil {
		a.ShowCert() // that of a directory which is only read is missed by few
	}
	return a, err
}

// Load reads the authority in dir. The error is [fs.ErrNotExist] when there is none.
func Load(dir string, now time.Time) (*Authority, error) {
	name := KeyFile(dir)
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		return nil, &Fault{name, fmt.Sprintf("others may use the private key of the local CA (mode %04o)", mode), "type chmod 600 " + typed(name)}
	}
	a, err := parse(text)
	rm := "rm "
	if runtime.GOOS == "windows" {
		rm = "del "
	}
	another := "type " + rm + typed(name) + " to have another made, and salver trust to install it"
	switch {
	case err != nil:
		return nil, &Fault{name, "the local CA is damaged: " + err.Error(), another}
	case now.After(a.cert.NotAfter):
		return nil, &Fault{name, "the local CA has ended on " + day(a.cert.NotAfter), another}
	case now.Before(a.cert.NotBefore):
		return nil, &Fault{name, "the local CA begins on " + day(a.cert.NotBefore), "set the clock: it says " + day(now)}
	}
	a.dir = dir
	return a, nil
}

// typed is a name as a shell takes it.
func typed(name string) string {
	if strings.ContainsAny(name, " ()&;'") { // as in Application Support
		return `"` + name + `"`
	}
	return name
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// parse reads what generate has made.
func parse(text []byte) (*Authority, error) {
	a := new(Authority)
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		switch block.Type {
		case "CERTIFICATE":
			cert, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, errors.New("its certificate cannot be read")
			}
			a.cert = cert
		case "PRIVATE KEY":
			key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			if err != nil {
				return nil, errors.New("its private key cannot be read")
			}
			ec, ok := key.(*ecdsa.PrivateKey)
			if !ok {
				return nil, errors.New("its private key is of another kind")
			}
			a.key = ec
		}
	}
	switch {
	case a.cert == nil:
		return nil, errors.New("there is no certificate in it")
	case a.key == nil:
		return nil, errors.New("there is no private key in it")
	case !a.key.PublicKey.Equal(a.cert.PublicKey):
		return nil, errors.New("its private key is that of another certificate")
	case !a.cert.IsCA || !a.cert.PermittedDNSDomainsCritical || len(a.cert.PermittedDNSDomains) == 0 || len(a.cert.PermittedIPRanges) == 0:
		return nil, errors.New("it is not one that is for local names only")
	}
	return a, nil
}

// generate makes an authority for a machine and returns it as PEM.
func generate(host string, now time.Time) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, err
	}
	// Two authorities of one name would be taken for each other; this one is told apart.
	sum := sha256.Sum256(public)
	name := "salver local CA " + hex.EncodeToString(sum[:3])
	if host = normal(host); host != "" {
		name += " on " + host
	}
	template := &x509.Certificate{
		SerialNumber:          serial(),
		Subject:               pkix.Name{CommonName: name[:min(len(name), 64)], Organization: []string{"salver"}},
		NotBefore:             now.Add(-clockSkew),
		NotAfter:              now.Add(lifetime),
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},

		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         permittedNames(host),
		PermittedIPRanges:           permittedRanges(),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
	return append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...), nil
}

// serial is a number that nobody else takes (RFC 5280 §4.1.2.2).
func serial() *big.Int {
	b := make([]byte, 16)
	rand.Read(b)
	b[0] = b[0]&0x7f | 0x40
	return new(big.Int).SetBytes(b)
}

// DER returns the certificate of the authority as it is handed to others.
func (a *Authority) DER() []byte { return a.cert.Raw }

// PEM returns the certificate as text.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

// Name returns what the certificate is called in the lists of browsers and systems.
func (a *Authority) Name() string { return a.cert.Subject.CommonName }

// Fingerprint returns the hash of the certificate as browsers and phones show it.
func (a *Authority) Fingerprint() string {
	sum := sha256.Sum256(a.cert.Raw)
	pairs := make([]string, len(sum))
	for i, b := range sum {
		pairs[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(pairs, ":")
}

// Trusted reports whether the system believes a certificate that the authority has signed.
func Trusted(c *tls.Certificate) bool {
	_, err := c.Leaf.Verify(x509.VerifyOptions{})
	return err == nil
}

// CoversName reports whether the authority may speak for a host name.
func (a *Authority) CoversName(name string) bool {
	return coversName(a.cert.PermittedDNSDomains, name)
}

// CoversAddress reports whether the authority may speak for an address.
func (a *Authority) CoversAddress(addr netip.Addr) bool {
	return coversAddress(a.cert.PermittedIPRanges, addr)
}
