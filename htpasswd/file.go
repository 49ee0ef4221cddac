// Package htpasswd checks users and passwords (RFC 7617) by a file of hashes, which it follows as
// it changes. The file has a line for each user, the name, a colon, and a hash by bcrypt or argon2id:
//
//	# who may read the drafts
//	ann:$2y$10$vJf3YJH0ZaIhmxjUqOk5cO5bTSiIRRTx3OI8yBsMSMQxwSxDyrPWa
//
// Commands that make such lines are salver passwd and, with -B, Apache's htpasswd. In a program:
//
//	users, err := htpasswd.Open("users")
//	if err != nil {
//		log.Fatal(err)
//	}
//	ok, err := users.Check("ann", "swordfish")
//
// Names are UTF-8 and compared byte by byte: nothing is normalised, neither what is in the file nor what is sent.
// RFC 7617 §2.1 wants both in Normalization Form C, which is what keyboards make.
package htpasswd

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/salver-http/salver/internal/filestamp"
)

// File is a file of users that is followed: each Check looks whether it has changed, at the cost of one system
// call, and reads it if so. A password that was taken out of it is not accepted from then on.
//
// A file that is changed to something that is no good, or removed, leaves what was good last in use. The methods may be
// called concurrently, the field not changed then.
type File struct {
	// Report, when not nil, is told what became of a file that Check has found changed: nil when it
	// came in use, else why what was good last stays. The same error is not told again until something else
	// happens. It is never called by two goroutines at once, must not call methods of the File, and the Check that
	// looks waits for it.
	Report func(error)

	name    string
	slots   slots
	matches func(h hash, password string) bool // for tests that count

	current atomic.Pointer[look]

	mu       sync.Mutex // of who reads the file
	reported string     // the failure that is known
}

// look is what was found of the file at one moment, and who may come since.
type look struct {
	stamp   filestamp.Stamp
	settled bool              // whether a change shows in the stamp
	sum     [sha256.Size]byte // of the content; zero where there was none
	*users
}

// Open reads a file. The errors are those of the file system, or an [*Error] for each mistake in it, joined by
// [errors.Join].
func Open(name string) (*File, error) {
	f := &File{name: name, slots: hashing, matches: hash.matches}
	f.current.Store(new(look))
	if err := f.Reload(); err != nil {
		return nil, err
	}
	return f, nil
}

// Reload reads the file now, whether it seems to have changed or not, as a server does on SIGHUP. On an error,
// as of [Open], what was in use stays so.
func (f *File) Reload() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, err := f.read()
	f.reported = ""
	if err != nil {
		f.reported = err.Error()
	}
	return err
}

// ErrBusy is returned by [File.Check] for a password that did not come to be checked, since too many are.
var ErrBusy = errors.New("too many passwords are being checked; try again later")

// patience is how long a password waits to be checked.
const patience = 2 * time.Second

// Check reports whether the password is that of the user. The only error is [ErrBusy].
//
// A hash takes from tens of milliseconds to seconds of a processor, and of memory what the file says; in all of a process
// one fewer are computed at once than there are processors, at least one. Who finds no place waits for up to two
// seconds. A pair that was right is remembered for five minutes, as long as the file stays as it is, and then costs
// a few microseconds and no place: guesses keep nobody out who is in.
//
// An unknown user takes as long as a known one. A password of more than 72 bytes is never that
// of a hash by bcrypt, which would not see the rest. Names and passwords with control characters are refused (RFC 7617 §2).
func (f *File) Check(user, password string) (bool, error) {
	if nameFault(user) != "" || hasControl(password) {
		return false, nil // nobody in a file can have that
	}
	pair := pairOf(user, password)
	users := f.look()
	if users.good.has(pair, time.Now()) {
		return true, nil
	}
	if h, _ := users.find(user); h == nil || !h.takes(password) {
		return false, nil
	}
	if !f.slots.take(patience) {
		return false, ErrBusy
	}
	defer f.slots.leave()
	users = f.look() // while this waited the file may have changed, or another have found that the pair is right
	if users.good.has(pair, time.Now()) {
		return true, nil
	}
	h, known := users.find(user)
	if h == nil || !h.takes(password) {
		return false, nil
	}
	if right := f.matches(h, password); !right || !known {
		return false, nil
	}
	users.good.add(pair, time.Now())
	return true, nil
}

// look returns who may come now.
func (f *File) look() *users {
	if l := f.current.Load(); l.settled && filestamp.Of(f.name) == l.stamp {
		return l.users
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.current.Load()
	if l.settled && filestamp.Of(f.name) == l.stamp { // another was first
		return l.users
	}
	changed, err := f.read()
	switch {
	case err != nil:
		if text := err.Error(); text != f.reported {
			f.reported = text
			f.report(err)
		}
	case changed || f.reported != "":
		f.reported = ""
		f.report(nil)
	}
	return f.current.Load().users
}

func (f *File) report(err error) {
	if f.Report != nil {
		f.Report(err)
	}
}

// read reads the file and puts it in use. changed tells whether it holds something else than before.
func (f *File) read() (changed bool, err error) {
	before := f.current.Load()
	next := &look{users: before.users}
	var text []byte
	for range 3 { // or it was replaced while it was read
		began := time.Now()
		next.stamp = filestamp.Of(f.name)
		next.settled = next.stamp.Settled(began)
		if text, err = content(f.name); filestamp.Of(f.name) == next.stamp {
			break
		}
		next.settled = false
	}
	if _, system := errors.AsType[syscall.Errno](err); system && next.stamp.Exists() {
		next.settled = false // what kept it from being read may be over without a change of the file
	}
	if err == nil {
		if next.sum = sha256.Sum256(text); next.sum == before.sum {
			f.current.Store(next)
			return false, nil
		}
		var users *users
		if users, err = parse(f.name, text); err == nil {
			next.users = users
		}
	}
	if err != nil {
		next.sum = before.sum
	}
	f.current.Store(next)
	return err == nil, err
}

// longest is the size in bytes of the longest file that is read: room for more than 100,000 users.
const longest = 16 << 20

// content reads a file. A FIFO, which would wait for a writer, is not opened.
func content(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &os.PathError{Op: "open", Path: name, Err: errors.New("is not a regular file")}
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, longest+1))
	if err == nil && len(text) > longest {
		err = &os.PathError{Op: "read", Path: name, Err: fmt.Errorf("is longer than %d MiB", longest>>20)}
	}
	return text, err
}
