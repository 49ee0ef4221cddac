package main

import (
	"cmp"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/youmark/pkcs8"

	"github.com/salver-http/salver/certfile"
)

// tlsOptions are the flags about TLS, as far as they can be checked alone.
type tlsOptions struct {
	on       bool // HTTPS, with the files or with the machine's own CA
	cert     string
	key      string
	password string
	redirect bool // answer plain HTTP, too, at a port of its own
	port     int
}

// own tells whether the certificate is from the machine's own CA.
func (t tlsOptions) own() bool { return t.on && t.cert == "" }

// parseTLS checks the flags about TLS.
func (f *flags) parseTLS(b binding) (t tlsOptions, mistakes []mistake) {
	m, given := &mistakesOf{settings: f.settings}, f.given
	t = tlsOptions{on: f.tls || given("tls-cert"), cert: f.tlsCert, key: f.tlsKey, password: f.tlsPasswordFile}
	switch {
	case given("tls-cert") && f.tlsCert == "":
		m.wrong("tls-cert", "is empty")
	case given("tls-cert") && given("tls") && !f.tls:
		m.all = append(m.all, mistake{text: f.contradiction("tls", "tls-cert")})
	}
	if !given("tls-cert") {
		for _, name := range []string{"tls-key", "tls-password-file"} {
			if given(name) {
				m.wrong(name, "needs %s", f.like(name, "tls-cert"))
			}
		}
	}
	if !given("tls-redirect") {
		return t, m.all
	}
	port, err := strconv.Atoi(f.tlsRedirect)
	t.redirect, t.port = true, port
	switch {
	case !isDigits(f.tlsRedirect) || err != nil || port > 65535:
		m.wrong("tls-redirect", "%q is not a port", f.tlsRedirect)
	case b.asked && port == b.port && port != 0:
		m.wrong("tls-redirect", "%d is the port of HTTPS itself", port)
	}
	if !t.on {
		m.wrong("tls-redirect", "needs %s or %s", f.like("tls-redirect", "tls"), f.like("tls-redirect", "tls-cert"))
	}
	return t, m.all
}

// pair returns the files, to be followed as they change.
func (t tlsOptions) pair() *certfile.Pair {
	return &certfile.Pair{Cert: t.cert, Key: t.key, Decrypt: func(text []byte) ([]byte, error) {
		var password []byte
		if t.password != "" {
			b, err := os.ReadFile(t.password)
			if err != nil {
				return nil, err
			}
			password = []byte(strings.TrimSpace(string(b)))
		}
		return decryptKey(text, password)
	}}
}

// checkPassword holds that the password of the key is not served.
func (o *options) checkPassword() []mistake {
	m := &mistakesOf{settings: o.settings}
	o.each(func(s *site) {
		if o.tls.cert != "" && o.tls.password != "" && len(m.all) == 0 && liesIn(o.tls.password, s.config.Root) {
			m.hinted("keep passwords outside of what is served", "tls-password-file", 0, "%s lies in what is served", printable(o.tls.password))
		}
	})
	return m.all
}

// lookAt finds what is wrong with the files.
func (t tlsOptions) lookAt(s settings, m *fileMistakes) {
	if t.cert == "" {
		return
	}
	flag := map[string]string{t.password: "tls-password-file", t.key: "tls-key", t.cert: "tls-cert"} // one file can be two of them
	var missing []string
	for _, name := range []string{t.cert, t.key, t.password} {
		if name == "" || slices.Contains(missing, name) {
			continue
		}
		if _, err := os.ReadFile(name); err != nil {
			missing = append(missing, name)
			m.add(s, flag[name], fileFault(err).Error(), "")
		}
	}
	if slices.Contains(missing, t.cert) {
		return // as is the key where it is in the same file
	}
	noPassword := slices.Contains(missing, t.password)
	if noPassword {
		t.password = "" // there may be more that is wrong
	}
	err := t.pair().Reload()
	if err == nil || noPassword && errors.Is(err, errNoPassword) {
		return
	}
	name := t.cert
	if e, ok := errors.AsType[*certfile.Error](err); ok {
		name = e.File
	} else if e, ok := errors.AsType[*fs.PathError](err); ok {
		name = e.Path
	}
	if slices.Contains(missing, name) {
		return
	}
	f, hint := pairFault(err), ""
	if len(f.hints) > 0 {
		hint = f.hints[0]
	}
	m.add(s, cmp.Or(flag[name], "tls-cert"), f.Error(), hint)
}

// pairFault puts the error of a pair in words.
func pairFault(err error) *fault {
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return fileFault(err)
	}
	e, ok := errors.AsType[*certfile.Error](err)
	if !ok {
		return failure(err.Error())
	}
	f := failure(printable(e.File) + ": " + e.Err.Error())
	if errors.Is(err, errNoPassword) {
		f.hints = []string{"name a file that holds it: --tls-password-file FILE"}
	}
	return f
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
			if err != nil || !isKey(der) { // about one in 256 wrong passwords makes no error
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

// isKey reports whether der is a private key in one of the forms that crypto/tls takes.
func isKey(der []byte) bool {
	_, pkcs1 := x509.ParsePKCS1PrivateKey(der)
	_, pkcs8 := x509.ParsePKCS8PrivateKey(der)
	_, sec1 := x509.ParseECPrivateKey(der)
	return pkcs1 == nil || pkcs8 == nil || sec1 == nil
}
