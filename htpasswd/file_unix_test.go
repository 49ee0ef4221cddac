//go:build unix

package htpasswd

import (
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// TestNoDescriptors: a file that could not be read, though it is there, is read by the next check that can.
func TestNoDescriptors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "ann:"+cheap(t, "one")+"\n")
		b.checks("ann", "one", true, 1)
		b.put("ann:" + cheap(t, "two") + "\n")
		time.Sleep(100 * 365 * 24 * time.Hour) // by the clock in here all files are from long ago

		var limit syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
			t.Fatal(err)
		}
		none := limit
		none.Cur = 0
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none); err != nil {
			t.Fatal(err)
		}
		b.checks("ann", "one", true, 1)
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
			t.Fatal(err)
		}
		b.hears("open users: too many open files")
		b.checks("ann", "one", false, 1)
		b.checks("ann", "two", true, 1)
		b.hears("<nil>")
	})
}
