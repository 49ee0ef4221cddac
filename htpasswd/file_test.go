package htpasswd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/salver-http/salver/internal/filestamp"
)

// cheap returns a hash that takes no time.
func cheap(t testing.TB, password string) string {
	t.Helper()
	b, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// bench is a File, with what was reported and how many hashes were computed.
type bench struct {
	testing.TB
	*File
	told     []string
	computed atomic.Int64
}

func newBench(t testing.TB, content string) *bench {
	t.Helper()
	b := &bench{TB: t}
	name := filepath.Join(t.TempDir(), "users")
	put(t, name, content)
	f, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	b.File = f
	f.slots = make(slots, 2)
	f.matches = func(h hash, password string) bool {
		b.computed.Add(1)
		return h.matches(password)
	}
	f.Report = func(err error) { b.told = append(b.told, strings.ReplaceAll(fmt.Sprint(err), name, "users")) }
	return b
}

// put writes a file as Apache's htpasswd does, in place.
func put(t testing.TB, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) put(content string) { b.Helper(); put(b, b.name, content) }

// checks asks for a pair, and holds what comes of it and how many hashes that took.
func (b *bench) checks(user, password string, want bool, hashes int64) {
	b.Helper()
	before := b.computed.Load()
	ok, err := b.Check(user, password)
	if ok != want || err != nil {
		b.Errorf("%q, %q: %v, %v", user, password, ok, err)
	}
	if n := b.computed.Load() - before; n != hashes {
		b.Errorf("%q, %q: %d hashes, want %d", user, password, n, hashes)
	}
}

// hears checks what was reported since it was last asked; each begins as told.
func (b *bench) hears(want ...string) {
	b.Helper()
	if !slices.EqualFunc(b.told, want, strings.HasPrefix) {
		b.Errorf("reported %q, want %q", b.told, want)
	}
	b.told = nil
}

func TestCheck(t *testing.T) {
	b := newBench(t, "ann:"+cheap(t, "swordfish")+"\nbo:"+cheap(t, "bass")+"\n")
	b.checks("ann", "swordfish", true, 1)
	b.checks("ann", "swordfish", true, 0) // remembered
	b.checks("ann", "bass", false, 1)
	b.checks("ann", "bass", false, 1) // what is wrong is not
	b.checks("bo", "swordfish", false, 1)
	b.checks("bo", "bass", true, 1)
	b.checks("cy", "bass", false, 1)
	b.checks("cy", "bass", false, 1)
	b.checks("Ann", "swordfish", false, 1)
	b.checks("ann", "", false, 1)

	// What nobody can have is not looked up.
	b.checks("", "swordfish", false, 0)
	b.checks("ann\x00swordfish", "", false, 0)
	b.checks("ann:swordfish", "", false, 0)
	b.checks("ann", "swordfish\x00", false, 0)
	b.checks("ann", "swordfish\x00swordfish", false, 0) // as which bcrypt takes the one
	b.checks("\xff", "swordfish", false, 0)
	b.hears()
}

func TestNobody(t *testing.T) {
	b := newBench(t, "# nobody yet\n")
	b.checks("ann", "swordfish", false, 0)
}

// TestLong holds that a password is never cut to what bcrypt takes.
func TestLong(t *testing.T) {
	long := strings.Repeat("x", 72)
	b := newBench(t, "ann:"+cheap(t, long)+"\n")
	b.checks("ann", long, true, 1)
	b.checks("ann", long+"x", false, 0)
	b.checks("cy", long+"x", false, 0) // as long as a known one
	b.put("ann:$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0$T6fB2LwQFXMK3oGY2NgPGc0QAAeNC0flQ9K+DT9Hz1E\n")
	b.checks("ann", long+"x", false, 1)
}

// TestUnknown: whoever is not known costs what somebody who is costs, by the parameters of the hash, the same every
// time, and of a file with several kinds each kind is somebody's.
func TestUnknown(t *testing.T) {
	parameters := []string{"$2y$04$", "$2y$05$", "m=64,t=1,p=1$", "m=64,t=2,p=1$"}
	var text strings.Builder
	for i, p := range parameters {
		if strings.HasPrefix(p, "$") {
			fmt.Fprintf(&text, "user%d:%s%s\n", i, p, goodBcrypt[7:])
		} else {
			fmt.Fprintf(&text, "user%d:$argon2id$v=19$%sc2FsdHNhbHRzYWx0$T6fB2LwQFXMK3oGY2NgPGc0QAAeNC0flQ9K+DT9Hz1E\n", i, p)
		}
	}
	b := newBench(t, text.String())
	var cost string
	b.matches = func(h hash, password string) bool {
		if cost != "" {
			t.Error("two hashes for one check")
		}
		cost = fmt.Sprint(h)
		h.matches(password)
		return true // and be it by chance the right one: nobody has that name
	}
	seen := map[string]int{}
	for i := range 200 {
		name := fmt.Sprint("nobody", i)
		var first string
		for range 2 {
			cost = ""
			if ok, err := b.Check(name, "guess"); ok || err != nil {
				t.Fatalf("%s: %v, %v", name, ok, err)
			}
			at := slices.IndexFunc(parameters, func(p string) bool { return strings.Contains(cost, p) })
			if at < 0 {
				t.Fatalf("%s costs %q, which is nobody's", name, cost)
			}
			if first == "" {
				first = cost
			}
			if cost != first {
				t.Errorf("%s costs %q, and then %q", name, first, cost)
			}
			seen[parameters[at]]++
		}
	}
	for _, p := range parameters {
		if seen[p] < 20 {
			t.Errorf("of 200 unknown users only %d cost %s", seen[p]/2, p)
		}
	}
}

// TestStandIn: what an unknown user costs stays as it is when the file is read anew, in another process as well, and
// mostly when it grows; as it would if they were in it.
func TestStandIn(t *testing.T) {
	costs := func(text string) (costs []string) {
		u, err := parse("users", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		for i := range 1000 {
			h, known := u.find(fmt.Sprint("nobody", i))
			if known {
				t.Fatal(i)
			}
			costs = append(costs, h.cost())
		}
		return costs
	}
	var text strings.Builder
	for i := range 20 { // half of each kind, with other salts
		fmt.Fprintf(&text, "weak%d:$2y$04$%c%s\n", i, 'a'+i, goodBcrypt[8:])
		fmt.Fprintf(&text, "strong%d:$2y$05$%c%s\n", i, 'a'+i, goodBcrypt[8:])
	}
	before := costs(text.String())
	if again := costs("# more\n" + text.String()); !slices.Equal(before, again) {
		t.Error("with a comment more, others cost what they did not")
	}
	reordered := 0
	for salt := range 20 {
		after, moved := costs(text.String()+"new:$2y$05$"+string(rune('A'+salt))+goodBcrypt[8:]+"\n"), 0
		for i := range before {
			if before[i] != after[i] {
				moved++
			}
		}
		if moved > 50 { // a 41st line moves the border between the two by 1/82, but for one that the key is of
			reordered++
		}
	}
	if reordered > 3 {
		t.Errorf("%d of 20 lines let everybody cost something else", reordered)
	}
}

// TestChange: what was taken out, or changed, does not hold for the very next check, however fresh the file is, and
// whatever its size and time say.
func TestChange(t *testing.T) {
	one, two := cheap(t, "one"), cheap(t, "two")
	for _, settled := range []bool{false, true} {
		b := newBench(t, "ann:"+one+"\n")
		if settled { // long at rest, as far as the File knows
			l := *b.current.Load()
			l.settled = true
			b.current.Store(&l)
			time.Sleep(20 * time.Millisecond) // longer than the clock of the file system ticks
		}
		b.checks("ann", "one", true, 1)
		b.checks("ann", "one", true, 0)
		info, err := os.Stat(b.name)
		if err != nil {
			t.Fatal(err)
		}
		b.put("ann:" + two + "\n")
		if runtime.GOOS != "windows" || !settled { // where a stamp is no more than these two
			if err := os.Chtimes(b.name, info.ModTime(), info.ModTime()); err != nil {
				t.Fatal(err)
			}
		}
		b.checks("ann", "one", false, 1)
		b.checks("ann", "two", true, 1)
		b.put("")
		b.checks("ann", "two", false, 0)
		b.hears("<nil>", "<nil>")
	}
}

// TestSameStamp: a change that the stamp does not show is seen while the file is fresh.
func TestSameStamp(t *testing.T) {
	b := newBench(t, "ann:"+cheap(t, "one")+"\n")
	b.checks("ann", "one", true, 1)
	b.put("ann:" + cheap(t, "two") + "\n")
	l := *b.current.Load()
	l.stamp = filestamp.Of(b.name)
	b.current.Store(&l)
	b.checks("ann", "one", false, 1)
}

// TestRenamed replaces the file as salver passwd does.
func TestRenamed(t *testing.T) {
	b := newBench(t, "ann:"+cheap(t, "one")+"\n")
	b.checks("ann", "one", true, 1)
	put(t, b.name+".new", "ann:"+cheap(t, "two")+"\n")
	if err := os.Rename(b.name+".new", b.name); err != nil {
		t.Fatal(err)
	}
	b.checks("ann", "one", false, 1)
	b.checks("ann", "two", true, 1)
	b.checks("ann", "two", true, 0)
}

// TestBroken: a file that is no good leaves what was good in use, and is told of once.
func TestBroken(t *testing.T) {
	good := "ann:" + cheap(t, "one") + "\n"
	b := newBench(t, good)
	b.checks("ann", "one", true, 1)
	for _, c := range []struct {
		ruin func()
		want string
	}{
		{func() { b.put("ann:one\nbo\n") }, "users:1:5: a password in the clear"},
		{func() { os.Remove(b.name) }, "stat users: "},
		{func() { os.Mkdir(b.name, 0o700) }, "open users: is not a regular file"},
		{func() { os.Remove(b.name); put(t, b.name, strings.Repeat("#", longest+1)) }, "read users: is longer than 16 MiB"},
	} {
		c.ruin()
		for range 3 {
			b.checks("ann", "one", true, 0)
			b.checks("ann", "two", false, 1)
		}
		b.hears(c.want)
		if err := b.Reload(); err == nil {
			t.Errorf("%s: Reload takes it", c.want)
		}
		b.checks("ann", "one", true, 0)
		b.hears()
	}
	b.put("ann:" + cheap(t, "two") + "\n")
	b.checks("ann", "one", false, 1)
	b.checks("ann", "two", true, 1)
	b.hears("<nil>")

	// The same content comes back, which is worth telling; written again without a fault it is not.
	text, err := os.ReadFile(b.name)
	if err != nil {
		t.Fatal(err)
	}
	b.put("x")
	b.checks("ann", "two", true, 0)
	b.put(string(text))
	b.checks("ann", "two", true, 0)
	b.hears("users:1:1: there is no colon", "<nil>")
	b.put(string(text))
	b.checks("ann", "two", true, 0)
	b.hears()
	if err := b.Reload(); err != nil {
		t.Error(err)
	}
	b.checks("ann", "two", true, 0)
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	if f, err := Open(filepath.Join(dir, "none")); f != nil || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v, %v", f, err)
	}
	if f, err := Open(dir); f != nil || err == nil || !strings.HasSuffix(err.Error(), "is not a regular file") {
		t.Errorf("%v, %v", f, err)
	}
	put(t, filepath.Join(dir, "bad"), "a:b\nc\n")
	_, err := Open(filepath.Join(dir, "bad"))
	if joined, ok := err.(interface{ Unwrap() []error }); !ok || len(joined.Unwrap()) != 2 {
		t.Errorf("%v", err)
	}
}

// TestExpiry: what was right is remembered for five minutes from when it was computed, not from when it was asked for.
func TestExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "ann:"+cheap(t, "one")+"\n")
		b.slots = make(slots, 1)
		b.checks("ann", "one", true, 1)
		time.Sleep(keptFor / 2)
		b.checks("ann", "one", true, 0)
		time.Sleep(keptFor/2 - time.Nanosecond)
		b.checks("ann", "one", true, 0)
		time.Sleep(time.Nanosecond)
		b.checks("ann", "one", true, 1)
		b.checks("ann", "one", true, 0)
	})
}

// TestSlotsAreShared: all files together compute as many hashes at once as leave one processor to others.
func TestSlotsAreShared(t *testing.T) {
	if want := max(1, runtime.GOMAXPROCS(0)-1); cap(hashing) != want {
		t.Errorf("%d slots, want %d", cap(hashing), want)
	}
	for range 2 {
		name := filepath.Join(t.TempDir(), "users")
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if f.slots != hashing {
			t.Error("a file has slots of its own")
		}
	}
}

// TestBusy: a flood of guesses holds all slots. Who is in stays in, at once; who is not is told so after two
// seconds; and one place that comes free is enough.
func TestBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "ann:"+cheap(t, "one")+"\nbo:"+cheap(t, "two")+"\n")
		b.slots = make(slots, 2)
		b.checks("ann", "one", true, 1)
		b.slots <- struct{}{}
		b.slots <- struct{}{}
		began := time.Now()
		b.checks("ann", "one", true, 0)
		if d := time.Since(began); d != 0 {
			t.Errorf("who is in waited %v", d)
		}
		if ok, err := b.Check("bo", "two"); ok || !errors.Is(err, ErrBusy) || time.Since(began) != patience {
			t.Errorf("%v, %v after %v", ok, err, time.Since(began))
		}
		go func() {
			time.Sleep(patience - 1)
			<-b.slots
		}()
		began = time.Now()
		b.checks("bo", "two", true, 1)
		if d := time.Since(began); d != patience-1 {
			t.Errorf("it waited %v", d)
		}
		if len(b.slots) != 1 {
			t.Errorf("%d slots are taken", len(b.slots))
		}
	})
}

// TestMeanwhile: what becomes of the file while a password waits counts.
func TestMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "ann:"+cheap(t, "one")+"\n")
		b.slots = make(slots, 1)
		b.slots <- struct{}{}
		go func() {
			time.Sleep(time.Second)
			b.put("ann:" + cheap(t, "two") + "\n")
			<-b.slots
		}()
		b.checks("ann", "one", false, 1)
	})
}

// TestTogether: of many that come with the same pair at once each slot computes one hash, and never more at once than
// there are slots.
func TestTogether(t *testing.T) {
	b := newBench(t, "ann:"+cheap(t, "one")+"\n")
	var now, most, computed atomic.Int64
	b.matches = func(h hash, password string) bool {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		computed.Add(1)
		time.Sleep(5 * time.Millisecond)
		defer now.Add(-1)
		return h.matches(password)
	}
	var clients sync.WaitGroup
	for i := range 40 {
		clients.Go(func() {
			if ok, err := b.Check("ann", "one"); !ok || err != nil {
				t.Errorf("%v, %v", ok, err)
			}
			if i%4 == 0 {
				b.Check("ann", "guess")
			}
		})
	}
	clients.Wait()
	if most.Load() > 2 {
		t.Errorf("%d hashes at once, with two slots", most.Load())
	}
	if n := computed.Load(); n < 11 || n > 12 {
		t.Errorf("%d hashes, want 10 guesses and one or two of the right pair", n)
	}
	if len(b.slots) != 0 {
		t.Errorf("%d slots are taken", len(b.slots))
	}
}

// TestReloads changes the file while many check: what is written before a check begins holds for it, and what
// never stood there is never right.
func TestReloads(t *testing.T) {
	passwords := []string{"one", "two"}
	texts := []string{"ann:" + cheap(t, "one") + "\n", "ann:" + cheap(t, "two") + "\n"}
	b := newBench(t, texts[0])
	done := make(chan struct{})
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				if _, err := b.Check("ann", passwords[i%2]); err != nil && !errors.Is(err, ErrBusy) {
					t.Error(err)
				}
				if ok, _ := b.Check("ann", "three"); ok {
					t.Error("a password that never was is right")
				}
			}
		})
	}
	for i := range 24 {
		put(t, b.name+".new", texts[i%2])
		if err := os.Rename(b.name+".new", b.name); err != nil {
			t.Fatal(err)
		}
		if i%10 == 0 {
			b.Reload()
		}
		if ok, err := b.Check("ann", passwords[(i+1)%2]); ok || err != nil && !errors.Is(err, ErrBusy) {
			t.Errorf("the old password: %v, %v", ok, err)
		}
		if ok, err := b.Check("ann", passwords[i%2]); !ok && err == nil {
			t.Error("the new password is wrong")
		}
	}
	close(done)
	clients.Wait()
}

func TestPairs(t *testing.T) {
	var p pairs
	now := time.Now()
	key := func(i int) pair { return pairOf(fmt.Sprint(i), "") }
	for i := range 3 * keptPairs {
		p.add(key(i), now)
		p.add(key(i), now)
	}
	if len(p.until) != keptPairs || len(p.order) != keptPairs {
		t.Errorf("%d pairs are kept, and %d in order", len(p.until), len(p.order))
	}
	for i := range 3 * keptPairs {
		if got, want := p.has(key(i), now), i >= 2*keptPairs; got != want {
			t.Fatalf("pair %d is kept: %v", i, got)
		}
	}
	if pairOf("a", "bc") == pairOf("ab", "c") {
		t.Error("a name and a password run into each other")
	}
}

// BenchmarkCheck is of a pair that is remembered, in a file at rest.
func BenchmarkCheck(b *testing.B) {
	f := newBench(b, "ann:"+cheap(b, "one")+"\n")
	l := *f.current.Load()
	l.settled = true
	f.current.Store(&l)
	f.checks("ann", "one", true, 1)
	b.ReportAllocs()
	for b.Loop() {
		f.Check("ann", "one")
	}
}
