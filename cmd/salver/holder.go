package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// holder returns which process listens at a TCP port, as "NAME (process ID)",
// "" when that can't be told: best effort, for a hint.
func holder(port int) string {
	var sockets []string
	for _, name := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		if f, err := os.Open(name); err == nil {
			sockets = append(sockets, listening(f, port)...)
			f.Close()
		}
	}
	for _, socket := range sockets {
		if pid := owner("/proc", socket); pid != "" {
			name, _ := os.ReadFile(filepath.Join("/proc", pid, "comm"))
			return describe(string(name), pid)
		}
	}
	if len(sockets) > 0 {
		return "" // of another user
	}
	out, err := exec.Command("lsof", "-nP", "-iTCP:"+strconv.Itoa(port), "-sTCP:LISTEN", "-Fpc").Output()
	if err != nil {
		return ""
	}
	return describe(lsofFields(out))
}

func describe(name, pid string) string {
	if pid == "" {
		return ""
	}
	return printable(strings.TrimSpace(name)) + " (process " + pid + ")"
}

// listening returns the inodes of the sockets that listen at port, from a table
// in the form of proc_net_tcp(5).
func listening(table io.Reader, port int) []string {
	const listen = "0A"
	var inodes []string
	for lines := bufio.NewScanner(table); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) < 10 || f[3] != listen {
			continue
		}
		_, hex, _ := strings.Cut(f[1], ":")
		if n, err := strconv.ParseUint(hex, 16, 16); err == nil && int(n) == port {
			inodes = append(inodes, f[9])
		}
	}
	return inodes
}

// owner returns the process that has the socket open, "" if none is seen.
func owner(proc, inode string) string {
	want := "socket:[" + inode + "]"
	fds, _ := filepath.Glob(filepath.Join(proc, "[0-9]*", "fd", "*"))
	for _, fd := range fds {
		if to, err := os.Readlink(fd); err == nil && to == want {
			return filepath.Base(filepath.Dir(filepath.Dir(fd)))
		}
	}
	return ""
}

// lsofFields takes the first process from the output of lsof -Fpc.
func lsofFields(out []byte) (name, pid string) {
	for line := range bytes.Lines(out) {
		line = bytes.TrimSpace(line)
		switch {
		case len(line) == 0:
		case line[0] == 'p' && pid == "":
			pid = string(line[1:])
		case line[0] == 'c' && name == "":
			name = string(line[1:])
		}
	}
	return name, pid
}
