package precompress

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"
)

// killed is the variable that has the test program run on the directory that it names.
const killed = "SALVER_TEST_PRECOMPRESS"

func TestMain(m *testing.M) {
	if dir := os.Getenv(killed); dir != "" {
		_, err := Run(context.Background(), dir, Options{streamAbove: soon, Jobs: 4, Changed: func(name string, _ Reason) { fmt.Println(name) }})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestKilled kills processes at any point. What they leave is whole, and the work gets done.
func TestKilled(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for i := range 24 {
		names = append(names, fmt.Sprintf("d%d/%d.css", i%4, i))
	}
	root := plant(t, names...)
	write(t, root, "long.json", lengthy(), past)
	kills, last := 0, 0
	for last < 75 {
		cmd := exec.Command(program)
		cmd.Env = append(os.Environ(), killed+"="+root)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// After some sidecars, in the middle of another, if the run is not done before.
		lines := bufio.NewScanner(out)
		for range 4 + rand.IntN(6) {
			if !lines.Scan() {
				break
			}
		}
		time.Sleep(rand.N(3 * time.Millisecond))
		cmd.Process.Kill()
		for lines.Scan() {
		}
		if cmd.Wait() != nil {
			kills++
		}
		there := len(sidecars(t, root, true))
		if there < last {
			t.Errorf("%d sidecars after %d", there, last)
		}
		if last = there; kills > 100 {
			t.Fatalf("%d sidecars after 100 kills", there)
		}
	}
	t.Logf("%d were killed", kills)
	if kills < 3 {
		t.Errorf("only %d were killed", kills)
	}
	s, changes := runs(t, root, Options{})
	expect(t, "changes of a run after all", nil, changes)
	expect(t, "up to date", 75, s.UpToDate())
	sidecars(t, root, false)
}
