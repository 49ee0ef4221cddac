package main

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// TestReadmeCommands: what README.md tells people to type is one of the scripts, and
// has no mistake that the command would complain of.
func TestReadmeCommands(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("testdata/script/readme.txtar")
	if err != nil {
		t.Fatal(err)
	}
	commands := regexp.MustCompile("(?m)`(salver [^`]+)`|^\\$ (salver .+)$").FindAllStringSubmatch(string(readme), -1)
	if len(commands) < 9 {
		t.Fatalf("README.md has only %d commands", len(commands))
	}
	for _, m := range commands {
		line := m[1] + m[2]
		if !strings.Contains(string(script), "# README: "+line+"\n") {
			t.Errorf("testdata/script/readme.txtar does not run %q", line)
		}
	}
}

// TestReadmeRun runs the first command of README.md from the root of the project, as
// somebody does who has just cloned it.
func TestReadmeRun(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process can't be sent an interrupt there")
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	const line = "go run ./cmd/salver"
	if !strings.Contains(string(readme), "```\n"+line+"\n```") {
		t.Fatalf("README.md does not tell to run %q", line)
	}
	// go run passes no signal on to the program, so that it is built as go run does it.
	program := filepath.Join(t.TempDir(), "salver")
	build := exec.Command("go", "build", "-o", program, strings.Fields(line)[2])
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%s", out)
	}
	cmd := exec.Command(program)
	cmd.Dir = "../.."
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	lines := bufio.NewReader(out)
	first, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`^Serving HTTP on 127\.0\.0\.1 port 80\d\d \((http://127\.0\.0\.1:80\d\d/)\) \.\.\.\n$`).FindStringSubmatch(first)
	if m == nil {
		t.Fatalf("the start-up line is %q", first)
	}
	resp, err := http.Get(m[1] + "README.md")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil || string(got) != string(readme) {
		t.Errorf("README.md is served as %d bytes, %v", len(got), err)
	}
	cmd.Process.Signal(os.Interrupt)
	rest, _ := io.ReadAll(lines)
	if err := cmd.Wait(); err != nil || !strings.Contains(string(rest), "Keyboard interrupt received, exiting.") {
		t.Errorf("it ended with %v and %q", err, rest)
	}
}
