package listing

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fakeDir is a Dir of made up entries. Those without an info can't be served.
type fakeDir struct {
	names []string
	types map[string]fs.FileMode
	infos map[string]Info
	asked map[string]int
	err   error
}

func (d *fakeDir) Names(yield func(string, fs.FileMode) bool) error {
	for _, name := range d.names {
		if !yield(name, d.types[name]) {
			return nil
		}
	}
	return d.err
}

func (d *fakeDir) Info(name string) (Info, error) {
	if d.asked == nil {
		d.asked = map[string]int{}
	}
	d.asked[name]++
	if info, ok := d.infos[name]; ok {
		return info, nil
	}
	return Info{}, fs.ErrNotExist
}

func (d *fakeDir) add(name string, typ fs.FileMode, info *Info) {
	if d.infos == nil {
		d.types, d.infos = map[string]fs.FileMode{}, map[string]Info{}
	}
	d.names = append(d.names, name)
	d.types[name] = typ
	if info != nil {
		d.infos[name] = *info
	}
}

// newDir makes a directory of n entries of all kinds, a few of them broken.
func newDir(n int, seed uint64) *fakeDir {
	r := rand.New(rand.NewPCG(seed, 0))
	d := &fakeDir{}
	for _, i := range r.Perm(n) {
		info := &Info{Size: r.Int64N(50), ModTime: time.Unix(r.Int64N(50), 0)}
		var typ fs.FileMode
		switch r.IntN(12) {
		case 0:
			typ, info.IsDir = fs.ModeDir, true
		case 1:
			typ = fs.ModeSymlink
		case 2:
			typ, info.IsDir = fs.ModeSymlink, true
		case 3:
			typ = fs.ModeNamedPipe
		case 4:
			typ, info = []fs.FileMode{0, fs.ModeDir, fs.ModeSymlink}[r.IntN(3)], nil
		}
		d.add(fmt.Sprintf("%cile%d", "Ff"[r.IntN(2)], i), typ, info)
	}
	return d
}

// naiveGather asks for everything, sorts it all and cuts the page out.
func naiveGather(path string, d *fakeDir, o Options) *Listing {
	type entry struct {
		Row
		ok bool
	}
	l := &Listing{Path: path, Options: o}
	var all []entry
	for _, name := range d.names {
		typ := d.types[name]
		info, ok := d.infos[name]
		e := entry{Row{name, info, typ == fs.ModeSymlink}, ok}
		if !ok {
			e.IsDir = typ == fs.ModeDir
		}
		if typ == fs.ModeNamedPipe || !ok && (e.Link || o.Sort != ByName) {
			continue
		}
		all = append(all, e)
		l.Total++
		if e.IsDir {
			l.Dirs++
		}
	}
	key := func(a, b entry) int {
		switch {
		case o.Sort == ByTime:
			return a.ModTime.Compare(b.ModTime)
		case o.Sort == BySize && !a.IsDir:
			return int(a.Size - b.Size)
		case o.Sort == BySize:
			return 0
		}
		return compareNames(a.Name, b.Name)
	}
	slices.SortFunc(all, func(a, b entry) int {
		if a.IsDir && !b.IsDir {
			return -1
		}
		if b.IsDir && !a.IsDir {
			return 1
		}
		c := key(a, b)
		if o.Descending {
			c = key(b, a)
		}
		if c != 0 {
			return c
		}
		return compareNames(a.Name, b.Name)
	})
	l.Pages = 1
	for l.Pages*RowsPerPage < l.Total {
		l.Pages++
	}
	if l.Page > l.Pages {
		l.Page = l.Pages
	}
	l.Rows = []Row{}
	for i, e := range all {
		if i/RowsPerPage+1 != l.Page {
			continue
		}
		if !e.ok {
			l.Total--
			if e.IsDir {
				l.Dirs--
			}
			continue
		}
		if e.IsDir {
			e.Size = 0
		}
		l.Rows = append(l.Rows, e.Row)
	}
	return l
}

func TestGather(t *testing.T) {
	for _, n := range []int{0, 1, 2, 30, RowsPerPage, 2*RowsPerPage + 5000} {
		d := newDir(n, uint64(n))
		for _, query := range []string{
			"", "order=desc", "sort=size", "sort=size&order=desc", "sort=time", "sort=time&order=desc",
			"page=2", "page=2&sort=time&order=desc", "page=3&order=desc", "page=2147483647",
		} {
			o := ParseQuery(query)
			got, err := Gather("/a/", d, o)
			if err != nil {
				t.Fatal(err)
			}
			if want := naiveGather("/a/", d, o); !reflect.DeepEqual(want, got) {
				t.Errorf("%d entries, %q: %.2000s", n, query, cmp.Diff(want, got))
			}
		}
	}
}

// By name, Info is asked once for what is on the page and for links, no more.
func TestGatherAsks(t *testing.T) {
	d := newDir(3*RowsPerPage, 1)
	l, err := Gather("/", d, Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for name, n := range d.asked {
		if n != 1 {
			t.Errorf("asked %d times for %s", n, name)
		}
		if d.types[name] != fs.ModeSymlink {
			rows++
		}
	}
	if rows > RowsPerPage || len(l.Rows) < RowsPerPage*9/10 {
		t.Errorf("asked for %d entries that are no links, for a page of %d rows", rows, len(l.Rows))
	}
}

func TestGatherFails(t *testing.T) {
	d := newDir(3, 1)
	d.err = errors.New("disk on fire")
	if l, err := Gather("/", d, Options{}); l != nil || !errors.Is(err, d.err) {
		t.Errorf("got %v, %v", l, err)
	}
}

// endless makes up that many names as they are asked for.
type endless int

func (n endless) Names(yield func(string, fs.FileMode) bool) error {
	r := rand.New(rand.NewPCG(1, 2))
	for range int(n) {
		if !yield(fmt.Sprintf("report-%d-final.pdf", r.Uint64()), 0) {
			return nil
		}
	}
	return nil
}

func (endless) Info(string) (Info, error) {
	return Info{Size: 12345, ModTime: time.Unix(1e9, 0)}, nil
}

func BenchmarkGather(b *testing.B) {
	for _, n := range []int{200, 100_000, 1_000_000} {
		for _, query := range []string{"", "sort=size", "page=2147483647"} {
			b.Run(fmt.Sprintf("%d/%s", n, query), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					l, err := Gather("/", endless(n), ParseQuery(query))
					if err != nil {
						b.Fatal(err)
					}
					l.Append(nil, HTML)
				}
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(m.HeapSys)/(1<<20), "MiB-heap")
			})
		}
	}
}
