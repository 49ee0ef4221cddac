package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"strings"

	"github.com/youmark/pkcs8"
)

// tlsFiles are the files of --tls-cert and its companions, "" for none.
type tlsFiles struct{ cert, key, password string }

// load reads the files. The key may stand in the certificate's file, as in
// Python. The error is a fault.
func (f tlsFiles) load() (*tls.Config, error) {
	if f.cert == "" {
		return nil, nil
	}
	certPEM, err := os.ReadFile(f.cert)
	if err != nil {
		return nil, fileFault(err)
	}
	keyFile, keyPEM := f.cert, certPEM
	if f.key != "" {
		if keyPEM, err = os.ReadFile(f.key); err != nil {
			return nil, fileFault(err)
		}
		keyFile = f.key
	}
	var password []byte
	if f.password != "" {
		b, err := os.ReadFile(f.password)
		if err != nil {
			return nil, fileFault(err)
		}
		password = []byte(strings.TrimSpace(string(b)))
	}
	switch keyPEM, err = decryptKey(keyPEM, password); {
	case errors.Is(err, errNoPassword):
		return nil, failure(printable(keyFile)+": "+err.Error(), "name a file that holds it: --tls-password-file FILE")
	case err != nil:
		return nil, failure(printable(keyFile) + ": " + err.Error())
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, failure(printable(f.cert) + ": " + strings.TrimPrefix(err.Error(), "tls: "))
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

var (
	errNoPassword    = errors.New("the private key is encrypted")
	errWrongPassword = errors.New("the password does not open the private key")
	errNoKey         = errors.New("there is no private key in it")
)

// decryptKey returns the first private key in text as PEM that is not encrypted.
func decryptKey(text, password []byte) ([]byte, error) {
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return nil, errNoKey
		}
		if !strings.HasSuffix(block.Type, "PRIVATE KEY") {
			continue
		}
		//lint:ignore SA1019 weak as it is, OpenSSL and Python still read it
		legacy := x509.IsEncryptedPEMBlock(block)
		if block.Type != "ENCRYPTED PRIVATE KEY" && !legacy {
			return pem.EncodeToMemory(block), nil
		}
		if password == nil {
			return nil, errNoPassword
		}
		if legacy {
			//lint:ignore SA1019 as above
			der, err := x509.DecryptPEMBlock(block, password)
			if err != nil {
				return nil, errWrongPassword
			}
			return pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: der}), nil
		}
		key, _, err := pkcs8.ParsePrivateKey(block.Bytes, password)
		if err != nil {
			return nil, errWrongPassword
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return nil, err
		}
		return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
	}
}
