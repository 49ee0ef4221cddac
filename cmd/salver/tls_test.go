package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/youmark/pkcs8"
)

// certificateFiles makes a certificate for localhost and its key in every form
// that is understood. Each encrypted one has the password.
func certificateFiles(password string) (map[string][]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "localhost"},
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	encrypted, err := pkcs8.MarshalPrivateKey(key, []byte(password), nil)
	if err != nil {
		return nil, err
	}
	sec1, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	//lint:ignore SA1019 the weak form is what is tested
	legacy, err := x509.EncryptPEMBlock(rand.Reader, "EC PRIVATE KEY", sec1, []byte(password), x509.PEMCipherAES256)
	if err != nil {
		return nil, err
	}
	text := func(kind string, der []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	}
	files := map[string][]byte{
		"cert.pem":     text("CERTIFICATE", cert),
		"key.pem":      text("PRIVATE KEY", plain),
		"pkcs8.pem":    text("ENCRYPTED PRIVATE KEY", encrypted),
		"legacy.pem":   pem.EncodeToMemory(legacy),
		"password.txt": []byte(" " + password + "\n"),
		"wrong.txt":    []byte("sword"),
	}
	files["both.pem"] = append(append([]byte{}, files["key.pem"]...), files["cert.pem"]...)
	return files, nil
}

func TestDecryptKey(t *testing.T) {
	files, err := certificateFiles("swordfish")
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(files["key.pem"])
	want, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		file, password string
		want           error
	}{
		{"key.pem", "", nil},
		{"both.pem", "", nil},
		{"pkcs8.pem", "swordfish", nil},
		{"pkcs8.pem", "sword", errWrongPassword},
		{"pkcs8.pem", "", errNoPassword},
		{"legacy.pem", "swordfish", nil},
		{"legacy.pem", "sword", errWrongPassword},
		{"legacy.pem", "", errNoPassword},
		{"cert.pem", "", errNoKey},
		{"wrong.txt", "", errNoKey},
	}
	for _, tt := range tests {
		var password []byte
		if tt.password != "" {
			password = []byte(tt.password)
		}
		got, err := decryptKey(files[tt.file], password)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s with %q: %v, want %v", tt.file, tt.password, err, tt.want)
		}
		if tt.want != nil {
			continue
		}
		block, _ := pem.Decode(got)
		var key any
		if block.Type == "EC PRIVATE KEY" {
			key, err = x509.ParseECPrivateKey(block.Bytes)
		} else {
			key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		}
		if k, ok := key.(*ecdsa.PrivateKey); err != nil || !ok || !k.Equal(want) {
			t.Errorf("%s: another key came out, %v", tt.file, err)
		}
	}
}

// TestWrongLegacyPassword: all that a cipher of old tells of a wrong password is bytes at the end, which are
// right by chance for one in 256.
func TestWrongLegacyPassword(t *testing.T) {
	files, err := certificateFiles("swordfish")
	if err != nil {
		t.Fatal(err)
	}
	for n := range 5000 {
		if _, err := decryptKey(files["legacy.pem"], fmt.Append(nil, n)); err != errWrongPassword {
			t.Fatalf("the password %d is answered %v", n, err)
		}
	}
}

func FuzzDecryptKey(f *testing.F) {
	files, err := certificateFiles("swordfish")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range []string{"key.pem", "legacy.pem", "cert.pem"} {
		f.Add(files[name])
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		key, err := decryptKey(text, []byte("swordfish"))
		if (err == nil) != (key != nil) {
			t.Errorf("%q, %v", key, err)
		}
	})
}
