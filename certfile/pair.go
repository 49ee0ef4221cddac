// Package certfile keeps a TLS server's certificate and private key, which lie in files,
// up to date while it serves: programs that renew certificates replace the files, and
// the next handshake gets the new pair.
//
//	pair := &certfile.Pair{Cert: "cert.pem", Key: "key.pem"}
//	if err := pair.Reload(); err != nil {
//		log.Fatal(err)
//	}
//	server := &http.Server{TLSConfig: &tls.Config{GetCertificate: pair.GetCertificate}}
//	log.Fatal(server.ListenAndServeTLS("", ""))
package certfile

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/salver-http/salver/internal/filestamp"
)

// Pair is a certificate chain and its private key in files. Set the fields, call Reload
// once to learn at the start whether the files are good, and give GetCertificate to a
// [tls.Config]. The methods may be called concurrently, the fields not changed then.
//
// It fails closed. Until a pair has been loaded every handshake fails; from then on the
// last one that was good stays in use, whatever becomes of the files, until there is
// another good one.
type Pair struct {
	// Cert is the name of the file with the chain in PEM, the server's own
	// certificate first.
	Cert string
	// Key is the name of the file with the private key in PEM. "" means that it stands
	// in Cert, too.
	Key string
	// Decrypt, when not nil, is given what the file of the key holds each time that it
	// is read, and returns PEM in which the private key is not encrypted. It is never
	// called by two goroutines at once.
	Decrypt func(pem []byte) ([]byte, error)
	// Report, when not nil, is told what became of files that a handshake has found
	// changed: nil when they came in use, else why the last good pair is kept. The
	// same error is not told again until something else happens, and not before a second look
	// confirms it, since the files are replaced one after the other. It is never called by
	// two goroutines at once, and the handshake waits for it.
	Report func(error)

	current atomic.Pointer[loaded]
	now     func() time.Time // nil for time.Now, for tests

	mu       sync.Mutex
	looked   time.Time          // when the files were last looked at
	seen     [2]filestamp.Stamp // what was found then of Cert and Key
	again    bool               // read them next time whatever the stamps say
	failed   error              // why that came to nothing
	reported string             // the failure that is known
}

// loaded is a pair in use.
type loaded struct {
	certificate *tls.Certificate
	sum         [sha256.Size]byte // of the files' content
}

// Error tells which file of a pair is wrong. What could not be read is an
// [io/fs.PathError] in it.
type Error struct {
	File string
	Err  error
}

func (e *Error) Error() string {
	if _, ok := errors.AsType[*os.PathError](e.Err); ok {
		return e.Err.Error() // has the name already
	}
	return e.File + ": " + e.Err.Error()
}

// Unwrap returns what is wrong.
func (e *Error) Unwrap() error { return e.Err }

// lookEvery is how often the files are looked at, at most.
const lookEvery = time.Second

// Reload reads the files now, whether they seem to have changed or not, as a server does
// on SIGHUP. On an error, which is an [*Error], the pair that was in use stays so, and
// the files are read again at a later handshake.
func (p *Pair) Reload() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := p.load()
	p.reported = ""
	if err != nil {
		p.reported = err.Error()
	}
	return err
}

// GetCertificate returns the pair in use, for the field of that name in [tls.Config];
// hello may be nil. Not more than once a second it looks first whether the files have
// changed, at the cost of a system call for each, and reads them if so. Only the handshake
// that looks waits for that. The error is that of the files while no pair has been loaded.
func (p *Pair) GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	c := p.current.Load()
	if c == nil {
		p.mu.Lock() // there is nothing else to answer with
		defer p.mu.Unlock()
	} else if !p.mu.TryLock() {
		return c.certificate, nil
	} else {
		defer p.mu.Unlock()
	}
	var err error
	if now := p.clock(); p.looked.IsZero() || now.Sub(p.looked) >= lookEvery {
		err = p.look()
	} else {
		err = p.failed
	}
	if c = p.current.Load(); c == nil {
		return nil, err
	}
	return c.certificate, nil
}

// look loads the files if they have changed, and reports.
func (p *Pair) look() error {
	if !p.again && p.stamps() == p.seen {
		p.looked = p.clock()
		return nil
	}
	before := p.failed
	changed, err := p.load()
	switch {
	case err != nil:
		known := p.current.Load() == nil || before != nil && err.Error() == before.Error() // it is no passing state
		if known && err.Error() != p.reported {
			p.reported = err.Error()
			p.report(err)
		}
	case changed || p.reported != "":
		p.reported = ""
		p.report(nil)
	}
	return err
}

func (p *Pair) report(err error) {
	if p.Report != nil {
		p.Report(err)
	}
}

// load reads the files and puts them in use. changed tells whether they hold something
// else than what is in use.
func (p *Pair) load() (changed bool, err error) {
	p.looked = p.clock()
	var next *loaded
	for range 3 { // or both were replaced while they were read
		p.seen = p.stamps()
		if next, err = p.read(); err == nil || p.stamps() == p.seen {
			break
		}
	}
	p.failed, p.again = err, err != nil
	for _, s := range p.seen {
		p.again = p.again || !s.Settled(p.looked)
	}
	if err != nil {
		return false, err
	}
	if c := p.current.Load(); c != nil && c.sum == next.sum {
		return false, nil
	}
	p.current.Store(next)
	return true, nil
}

// read makes a pair of what the files hold.
func (p *Pair) read() (*loaded, error) {
	cert, err := os.ReadFile(p.Cert)
	if err != nil {
		return nil, &Error{p.Cert, err}
	}
	key, keyFile := cert, p.Cert
	if p.Key != "" {
		keyFile = p.Key
		if key, err = os.ReadFile(p.Key); err != nil {
			return nil, &Error{p.Key, err}
		}
	}
	if p.Decrypt != nil {
		if key, err = p.Decrypt(bytes.Clone(key)); err != nil {
			return nil, &Error{keyFile, err}
		}
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, &Error{p.Cert, errors.New(strings.TrimPrefix(err.Error(), "tls: "))}
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s%s", len(cert), cert, key))
	return &loaded{&pair, sum}, nil
}

func (p *Pair) clock() time.Time {
	if p.now != nil {
		return p.now()
	}
	return time.Now()
}
