package faults

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// acceptance is what a client accepts: the weights, in thousandths, of what its field lists.
type acceptance map[string]int

// newAcceptance draws a list, and the value of a field that says it.
func newAcceptance(random *rand.Rand) (value string, a acceptance) {
	a = acceptance{}
	names := []string{"gzip", "br", "zstd", "identity", "*", "deflate", "compress", "gz", "br2"}
	if random.IntN(4) == 0 {
		names[0] = "x-gzip" // RFC 9110 §8.4.1.3
	}
	random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	var items []string
	for _, name := range names[:1+random.IntN(len(names))] {
		weight := []int{0, 0, 1, 500, 500, 1000, random.IntN(1001)}[random.IntN(7)]
		a[strings.TrimPrefix(name, "x-")] = weight
		item := name
		if random.IntN(4) == 0 {
			item = strings.ToUpper(item)
		}
		if weight < 1000 || random.IntN(2) == 0 {
			q := strconv.FormatFloat(float64(weight)/1000, 'f', 3, 64)
			if weight%1000 == 0 {
				q = q[:1+random.IntN(5)]
			}
			item += []string{";q=", " ; q=", ";\tQ="}[random.IntN(3)] + q
		}
		items = append(items, item)
	}
	return strings.Join(items, []string{",", ", ", " ,\t", ", ,"}[random.IntN(4)]), a
}

// weight is that of a coding, "" for none; -1 says that it is accepted without a weight.
func (a acceptance) weight(coding string) int {
	name := coding
	if name == "" {
		name = "identity"
	}
	if w, ok := a[name]; ok {
		return w
	}
	if w, ok := a["*"]; ok {
		return w
	}
	if coding == "" {
		return -1 // RFC 9110 §12.5.3: unless it is excluded
	}
	return 0
}

// differs says in which way an answer is not what is accepted.
func (a acceptance) differs(status int, coding string) string {
	if status == 406 {
		for _, c := range []string{"", "gzip", "br", "zstd"} {
			if a.weight(c) != 0 {
				return fmt.Sprintf("%q is acceptable", c)
			}
		}
		return ""
	}
	if status != 200 || a.weight(coding) == 0 {
		return "it is not acceptable"
	}
	for _, c := range []string{"", "gzip", "br", "zstd"} {
		if w := a.weight(c); w != 0 && w > a.weight(coding) {
			return fmt.Sprintf("%q has more weight", c)
		}
	}
	return ""
}

// TestManyAccepts asks for one file with 1,000 values of Accept-Encoding, several times
// each: every answer is the most acceptable one, and the memory does not grow with them.
func TestManyAccepts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	content := string(prose(0, 5000))
	write(t, filepath.Join(dir, "a.txt"), content)
	time.Sleep(rest)
	for _, engine := range []string{"salver", "nethttp"} {
		t.Run(engine, func(t *testing.T) {
			p := run(t, options{}, "--log-format", "none", "--engine", engine, dir)
			w := &wire{addr: p.addr}
			defer w.close()
			random := rand.New(rand.NewPCG(1, 2))
			answers, values := map[string]int{}, map[string]bool{}
			play := func(n int) {
				for range n {
					value, accepted := newAcceptance(random)
					values[value] = true
					for range 3 {
						a, err := w.ask("/a.txt", "Accept-Encoding: "+value+"\r\n")
						if err != nil {
							t.Fatal(err)
						}
						coding := a.header.Get("Content-Encoding")
						answers[strings.TrimSpace(fmt.Sprint(a.status, " ", coding))]++
						if diff := accepted.differs(a.status, coding); diff != "" {
							t.Errorf("%q is answered %d in %q: %s", value, a.status, coding, diff)
						}
						if got, err := a.plain(); a.status == 200 && (got != content || err != nil) {
							t.Errorf("%q is answered %d other bytes in %q: %v", value, len(got), coding, err)
						}
					}
				}
			}
			play(100)
			eventually(t, "the form to be at its best", func() bool {
				used := p.processor()
				time.Sleep(100 * time.Millisecond)
				return p.processor() == used
			})
			before := p.figure("VmHWM:")
			play(900)
			grown := p.figure("VmHWM:") - before
			t.Logf("%d values, answers %v, %d KiB more of memory", len(values), answers, grown)
			if grown > 32<<10 {
				t.Errorf("the memory grew by %d KiB", grown)
			}
		})
	}
}
