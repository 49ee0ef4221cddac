package bench

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/salver-http/salver"
)

// serverVariable turns the test binary into the server that it names.
const serverVariable = "SALVER_BENCH_SERVER"

func TestMain(m *testing.M) {
	if kind := os.Getenv(serverVariable); kind != "" {
		serve(kind, os.Args[1])
	}
	os.Exit(m.Run())
}

func serve(kind, dir string) {
	var h http.Handler = http.FileServer(http.Dir(dir))
	if kind == "salver" {
		s, err := salver.New(salver.Config{Root: dir})
		if err != nil {
			panic(err)
		}
		h = s
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(l.Addr())
	go func() {
		// The benchmark holds the other end, and is gone when this ends.
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	panic(http.Serve(l, h))
}

// server is a process that serves.
type server struct {
	addr string
	pid  int
}

func start(b *testing.B, kind, dir string) *server {
	b.Helper()
	cmd := exec.Command(os.Args[0], dir)
	cmd.Env = append(os.Environ(), serverVariable+"="+kind, "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return &server{addr: strings.TrimSpace(line), pid: cmd.Process.Pid}
}

// cpu is the time that the server has run, over all of its threads.
func (s *server) cpu(b *testing.B) time.Duration {
	b.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", s.pid))
	if err != nil || len(files) == 0 {
		b.Skip("the system does not tell the CPU time of threads")
	}
	var sum time.Duration
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			continue // the thread has just ended
		}
		first, _, _ := strings.Cut(string(text), " ")
		n, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		sum += time.Duration(n)
	}
	return sum
}

// load asks for target over conns connections, n times each, and returns when all
// answers are read.
func (s *server) load(b *testing.B, target string, conns, n int) {
	b.Helper()
	var wg sync.WaitGroup
	for range conns {
		wg.Go(func() {
			if err := ask(s.addr, target, n); err != nil {
				b.Error(err)
			}
		})
	}
	wg.Wait()
}

func ask(addr, target string, n int) error {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer c.Close()
	request := []byte("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
	r := bufio.NewReaderSize(c, 128<<10)
	for range n {
		if _, err := c.Write(request); err != nil {
			return err
		}
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			return err
		}
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %s", target, resp.Status)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkLane reports CPU time per request of the net/http lane and of
// http.FileServer, and their ratio.
func BenchmarkLane(b *testing.B) {
	const (
		rounds = 11
		conns  = 16
	)
	dir := b.TempDir()
	old := time.Now().Add(-24 * time.Hour)
	for _, kib := range []int{1, 10, 100, 4096} {
		name := filepath.Join(dir, strconv.Itoa(kib)+".html")
		if err := os.WriteFile(name, []byte(strings.Repeat("<p>0123456789abc\n", kib*1024/17+1)[:kib*1024]), 0o666); err != nil {
			b.Fatal(err)
		}
		if err := os.Chtimes(name, old, old); err != nil {
			b.Fatal(err)
		}
	}
	time.Sleep(2100 * time.Millisecond) // until the files have settled
	for _, c := range []struct{ kib, n int }{{1, 400}, {10, 400}, {100, 200}, {4096, 8}} {
		b.Run(fmt.Sprintf("%dKiB", c.kib), func(b *testing.B) {
			servers := []*server{start(b, "salver", dir), start(b, "FileServer", dir)}
			target := fmt.Sprintf("/%d.html", c.kib)
			for _, s := range servers {
				s.load(b, target, conns, c.n/4+1)
			}
			for b.Loop() {
				var ratios, own, other []float64
				for range rounds {
					var cost [2]float64
					for i, s := range servers {
						before := s.cpu(b)
						s.load(b, target, conns, c.n)
						cost[i] = float64(s.cpu(b)-before) / 1e3 / float64(conns*c.n)
					}
					own, other, ratios = append(own, cost[0]), append(other, cost[1]), append(ratios, cost[0]/cost[1])
				}
				b.ReportMetric(median(own), "salver-µs/req")
				b.ReportMetric(median(other), "FileServer-µs/req")
				b.ReportMetric(median(ratios), "ratio")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}
