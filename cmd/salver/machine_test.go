package main

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"rsc.io/qr"
)

func TestListenFault(t *testing.T) {
	m := machine{
		holder:    func(int) string { return "python3 (process 7)" },
		free:      func(port int) bool { return port%10 == 3 },
		addresses: func() []string { return []string{"127.0.0.1", "192.0.2.2"} },
	}
	failed := func(err error, addr net.Addr) error {
		return &net.OpError{Op: "listen", Net: "tcp", Addr: addr, Err: err}
	}
	v6 := &net.TCPAddr{IP: net.IPv6loopback, Port: 8000}
	tests := []struct {
		name string
		err  error
		b    binding
		root string
		want *fault
	}{
		{
			"taken", failed(syscall.EADDRINUSE, nil),
			binding{port: 8000, asked: true},
			".",
			failure("port 8000 on 127.0.0.1 is taken", "python3 (process 7) listens there", "try salver 8003"),
		},
		{
			"taken at ::1", failed(syscall.EADDRINUSE, v6),
			binding{port: 8000, asked: true},
			"a b",
			failure("port 8000 on ::1 is taken", "python3 (process 7) listens there", `try salver "a b" 8003`),
		},
		{
			"the last one", failed(syscall.EADDRINUSE, nil),
			binding{port: 65535, asked: true, lan: true},
			".",
			failure("port 65535 on every interface is taken", "python3 (process 7) listens there"),
		},
		{
			"all", failed(syscall.EADDRINUSE, nil),
			binding{port: 8000},
			"site",
			failure("ports 8000 to 8099 on 127.0.0.1 are taken", "try salver site 0 for any free port"),
		},
		{
			"Winsock", failed(syscall.Errno(10048), nil),
			binding{port: 8000},
			".",
			failure("ports 8000 to 8099 on 127.0.0.1 are taken", "try salver 0 for any free port"),
		},
		{
			"privileged", failed(syscall.EACCES, nil),
			binding{host: "::", port: 80, asked: true},
			"site",
			failure("port 80 on :: is kept for privileged users", "try salver site 8080"),
		},
		{
			"foreign", failed(syscall.EADDRNOTAVAIL, nil),
			binding{host: "192.0.2.9", port: 80, asked: true},
			".",
			failure("192.0.2.9 is not an address of this machine", "it has 127.0.0.1, 192.0.2.2"),
		},
		{
			"no name", failed(&net.DNSError{Err: "no such host", Name: "x.invalid"}, nil),
			binding{host: "x.invalid", port: 80, asked: true},
			".",
			failure("x.invalid is not an address of this machine: no such host", "it has 127.0.0.1, 192.0.2.2"),
		},
		{
			"another", failed(errors.New("out of sockets"), nil),
			binding{host: "::1", port: 80, asked: true},
			".",
			failure("cannot listen on ::1 port 80: out of sockets"),
		},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, listenFault(tt.err, tt.b, tt.root, m), cmp.AllowUnexported(fault{})); diff != "" {
			t.Errorf("%s:\n%s", tt.name, diff)
		}
	}
}

// TestListenLoopback holds that localhost reaches the server in either family,
// and that a port of which one half is taken is not used.
func TestListenLoopback(t *testing.T) {
	listeners, err := listenLoopback(0)
	if err != nil {
		t.Fatal(err)
	}
	for _, ln := range listeners {
		if portOf(ln) != portOf(listeners[0]) {
			t.Errorf("%v beside %v", ln.Addr(), listeners[0].Addr())
		}
	}
	if len(listeners) < 2 {
		t.Log("this machine has no ::1")
		listeners[0].Close()
		return
	}
	listeners[0].Close()
	defer listeners[1].Close()
	if again, err := listenLoopback(portOf(listeners[1])); !isTaken(err) || again != nil {
		t.Errorf("with ::1 taken: %v, %v", again, err)
	}
}

const tcpTable = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F40 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:1F41 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0000000000000000 100 0 0 10 0
`

func TestListening(t *testing.T) {
	for port, want := range map[int][]string{8000: {"4711"}, 8001: {"4713"}, 8002: nil} {
		if diff := cmp.Diff(want, listening(strings.NewReader(tcpTable), port)); diff != "" {
			t.Errorf("%d: %s", port, diff)
		}
	}
}

func FuzzListening(f *testing.F) {
	f.Add(tcpTable)
	f.Add("a b:1F40 c 0A e f g h i j\n")
	f.Fuzz(func(t *testing.T, table string) {
		for _, inode := range listening(strings.NewReader(table), 8000) {
			if !strings.Contains(table, inode) || inode == "" {
				t.Errorf("%q", inode)
			}
		}
	})
}

func TestOwner(t *testing.T) {
	proc := t.TempDir()
	fd := filepath.Join(proc, "42", "fd")
	if err := os.MkdirAll(fd, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("socket:[4711]", filepath.Join(fd, "3")); err != nil {
		t.Skip(err)
	}
	if got := owner(proc, "4711"); got != "42" {
		t.Errorf("got %q", got)
	}
	if got := owner(proc, "471"); got != "" {
		t.Errorf("got %q for a socket of nobody", got)
	}
}

func TestLsofFields(t *testing.T) {
	name, pid := lsofFields([]byte("p42\ncpython3\nf3\np43\ncother\n"))
	if got, want := describe(name, pid), "python3 (process 42)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := describe(lsofFields(nil)); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestLANAddresses(t *testing.T) {
	parse := func(list string) (addrs []netip.Addr) {
		for s := range strings.FieldsSeq(list) {
			addrs = append(addrs, netip.MustParseAddr(s))
		}
		return addrs
	}
	tests := []struct{ all, route, want string }{
		{"127.0.0.1 ::1", "0.0.0.0", ""},
		{"127.0.0.1 fd00::2 2001:db8::1 172.17.0.1 203.0.113.5 169.254.1.1 192.168.1.7", "192.168.1.7", "192.168.1.7 172.17.0.1 203.0.113.5 fd00::2 2001:db8::1 169.254.1.1"},
		{"10.0.0.1 10.0.0.1 2001:db8::1", "2001:db8::1", "2001:db8::1 10.0.0.1"},
	}
	for _, tt := range tests {
		var got []string
		for _, a := range lanAddresses(parse(tt.all), netip.MustParseAddr(tt.route)) {
			got = append(got, a.String())
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s by %s: got %s, want %s", tt.all, tt.route, s, tt.want)
		}
	}
}

// TestDrawQR reads the drawing back, module by module.
func TestDrawQR(t *testing.T) {
	const text = "http://192.168.1.7:8000/"
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(drawQR(text, false), "\n"), "\n")
	colored := strings.NewReplacer("\x1b[97;40m", "", "\x1b[0m", "").Replace(drawQR(text, true))
	if diff := cmp.Diff(strings.Join(lines, "\n")+"\n", colored); diff != "" {
		t.Errorf("colours aside: %s", diff)
	}
	side := code.Size + 2*quietZone
	if len(lines) != (side+1)/2 {
		t.Fatalf("%d lines for %d rows", len(lines), side)
	}
	for i, line := range lines {
		cells := []rune(line)
		if len(cells) != side {
			t.Fatalf("line %d has %d cells, want %d", i, len(cells), side)
		}
		for x, cell := range cells {
			for half, light := range []bool{cell == '█' || cell == '▀', cell == '█' || cell == '▄'} {
				y := 2*i + half
				if want := y < side && !code.Black(x-quietZone, y-quietZone); light != want {
					t.Fatalf("module %d,%d: light %v, want %v", x, y, light, want)
				}
			}
		}
	}
	if got := drawQR(strings.Repeat("x", 4000), false); got != "" {
		t.Errorf("%d bytes for a text that is too long", len(got))
	}
}

func TestPlace(t *testing.T) {
	tests := []struct {
		at      place
		start   string
		browser string
	}{
		{
			place{addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8000}},
			"Serving HTTP on 127.0.0.1 port 8000 (http://127.0.0.1:8000/) ...\n", "http://127.0.0.1:8000/",
		},
		{
			place{addr: &net.TCPAddr{IP: net.IPv6unspecified, Port: 1}, https: true, file: "a b#?.txt"},
			"Serving HTTPS on :: port 1 (https://[::]:1/a%20b%23%3F.txt) ...\n", "https://localhost:1/a%20b%23%3F.txt",
		},
		{
			place{addr: &net.TCPAddr{IP: net.ParseIP("fe80::1"), Port: 80, Zone: "eth0"}},
			"Serving HTTP on fe80::1%eth0 port 80 (http://[fe80::1%25eth0]:80/) ...\n", "http://[fe80::1%25eth0]:80/",
		},
	}
	for _, tt := range tests {
		if diff := cmp.Diff([]string{tt.start, tt.browser}, []string{tt.at.startLine(), tt.at.browserURL()}); diff != "" {
			t.Errorf("%v: %s", tt.at, diff)
		}
	}
	addrs := []netip.Addr{netip.MustParseAddr("192.168.1.7"), netip.MustParseAddr("fd00::2")}
	const urls = "  http://192.168.1.7:8000/\n  http://[fd00::2]:8000/\n"
	for terminal, want := range map[bool]string{false: urls, true: urls + drawQR("http://192.168.1.7:8000/", false)} {
		if diff := cmp.Diff(want, lanLines(tests[0].at, addrs, terminal, false)); diff != "" {
			t.Errorf("terminal %v: %s", terminal, diff)
		}
	}
}

func TestColors(t *testing.T) {
	tests := []struct {
		terminal bool
		env      map[string]string
		want     bool
	}{
		{true, nil, true},
		{false, nil, false},
		{true, map[string]string{"NO_COLOR": "1"}, false},
		{true, map[string]string{"TERM": "dumb"}, false},
		{false, map[string]string{"FORCE_COLOR": "1"}, true},
		{true, map[string]string{"FORCE_COLOR": "1", "NO_COLOR": "1"}, false},
	}
	for _, tt := range tests {
		if got := colors(tt.terminal, func(name string) string { return tt.env[name] }); got != tt.want {
			t.Errorf("%v %v: got %v", tt.terminal, tt.env, got)
		}
	}
	if isTerminal(new(strings.Builder)) {
		t.Error("a buffer is no terminal")
	}
}
