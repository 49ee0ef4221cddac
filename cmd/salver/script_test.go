package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"salver": main})
}

// TestScript runs the scripts in testdata/script. Beside the commands of
// testscript they have
//
//	serve [-env NAME=VALUE]... [-hangup] [-stall] [-stuck] [-silent] ARG...
//		starts salver, with variables that may have @FILE as their value, waits until
//		it serves, and sets URL, PORT and START (the URL that it names). Its output goes to the files out and err; -hangup
//		closes both pipes after the first line, -stall never reads stderr, -stuck has
//		one pipe for stdout and stderr and reads no more than that line, and
//		-silent waits for the port in the last argument instead of a line.
//	end [SIGNAL] STATUS
//		sends INT, TERM or HUP, waits for the end and checks the exit status
//	signal SIGNAL
//		only sends it
//	get [-X METHOD] [-H FIELD] [-n TIMES] [-ca FILE] [-proxy TEXT] [-user NAME:PASSWORD] URL STATUS
//		asks and checks the status; the head becomes stderr, the content stdout. With
//		-ca the server's certificate has to be from that CA, else any will do; with
//		-proxy each connection begins with the text, in which \r, \n and \x00 are one character;
//		status 0 is that of a connection which is closed without an answer
//	! get -ca FILE URL
//		holds that the certificate is not believed
//	leaf NAME URL
//		sets NAME to the hash of the certificate that the server shows
//	download URL | download -finish | download -broken
//		begins to read a large content; reads the rest and checks its length, or
//		that it was cut off
//	await FILE REGEXP
//		waits until the file matches
//	port NAME | take PORT | size FILE BYTES | certificate
//		sets NAME to a free port; listens there; makes a file of zeros; writes
//		cert.pem, key.pem, both.pem, pkcs8.pem, legacy.pem, password.txt, wrong.txt
func TestScript(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process can't be sent the signals there that most of these are about")
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Deadline:            time.Now().Add(5 * time.Minute), // for what serves where it should say why it does not
		UpdateScripts:       os.Getenv("UPDATE") != "",
		Setup: func(e *testscript.Env) error {
			e.Values[scriptKey{}] = new(script)
			e.Setenv("NO_COLOR", "")
			e.Setenv("TZ", "UTC")
			e.Setenv("HOME", e.Getenv("WORK")+"/home") // and not that of who runs the tests
			e.Setenv("XDG_CONFIG_HOME", "")
			return nil
		},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "ipv6":
				ln, err := net.Listen("tcp6", "[::1]:0")
				if err == nil {
					ln.Close()
				}
				return err == nil, nil
			case "procfs":
				_, err := os.Stat("/proc/net/tcp")
				return err == nil, nil
			case "root":
				return os.Geteuid() == 0, nil
			case "debian":
				_, err := os.Stat("/usr/local/share/ca-certificates")
				return err == nil, nil
			case "mkfifo":
				_, err := exec.LookPath("mkfifo")
				return err == nil, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve":       serve,
			"end":         end,
			"signal":      sendSignal,
			"get":         get,
			"leaf":        leaf,
			"download":    download,
			"await":       await,
			"port":        freePort,
			"take":        take,
			"size":        size,
			"certificate": certificate,
		},
	})
}

type scriptKey struct{}

// script is what the commands of one script share.
type script struct {
	server   *exec.Cmd
	done     chan error
	download *http.Response
}

func of(ts *testscript.TestScript) *script { return ts.Value(scriptKey{}).(*script) }

const patience = 30 * time.Second // before a test is taken to hang

var startLine = regexp.MustCompile(`^Serving HTTPS? on \S+ port (\d+) \((https?://[^/]+)(/.*)\) \.\.\.$`)

func serve(ts *testscript.TestScript, neg bool, args []string) {
	option := func(name string) bool {
		if len(args) > 0 && args[0] == name {
			args = args[1:]
			return true
		}
		return false
	}
	var env []string
	for len(args) > 1 && args[0] == "-env" {
		name, value, _ := strings.Cut(args[1], "=")
		if file, ok := strings.CutPrefix(value, "@"); ok {
			value = ts.ReadFile(file)
		}
		env, args = append(env, name+"="+value), args[2:]
	}
	hangup, stall, stuck, silent := option("-hangup"), option("-stall"), option("-stuck"), option("-silent")

	program := ""
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		name := filepath.Join(dir, "salver")
		if _, err := os.Stat(name); err == nil {
			program = name
			break
		}
	}
	cmd := exec.Command(program, args...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = []string{"PATH=" + ts.Getenv("PATH"), "TZ=UTC", "FORCE_COLOR=" + ts.Getenv("FORCE_COLOR"), "WORK=" + ts.Getenv("WORK"), "HOME=" + ts.Getenv("HOME"), "SSL_CERT_FILE=" + ts.Getenv("SSL_CERT_FILE")}
	cmd.Env = append(cmd.Env, env...)
	outFile, err := os.Create(ts.MkAbs("out"))
	ts.Check(err)
	ts.Defer(func() { outFile.Close() })
	stdout, outWrite, err := os.Pipe()
	ts.Check(err)
	cmd.Stdout = outWrite
	var stderr, errWrite *os.File
	if hangup || stall {
		stderr, errWrite, err = os.Pipe()
	} else {
		errWrite, err = os.Create(ts.MkAbs("err"))
	}
	ts.Check(err)
	cmd.Stderr = errWrite
	if stuck {
		cmd.Stderr = outWrite
	}
	ts.Check(cmd.Start())
	outWrite.Close()
	errWrite.Close()

	s := of(ts)
	s.server, s.done = cmd, make(chan error, 1)
	if !hangup {
		ts.Defer(func() { stdout.Close() })
	}
	if stall {
		ts.Defer(func() { stderr.Close() })
	}
	ts.Defer(func() { cmd.Process.Kill() })

	first := make(chan string, 1)
	go func() {
		lines := bufio.NewReader(stdout)
		line, _ := lines.ReadString('\n')
		io.WriteString(outFile, line)
		if hangup {
			stdout.Close()
			stderr.Close()
		}
		first <- strings.TrimSuffix(line, "\n")
		if !hangup && !stuck {
			io.Copy(outFile, lines)
		}
		s.done <- cmd.Wait()
	}()
	if silent {
		ts.Setenv("URL", "http://127.0.0.1:"+args[len(args)-1])
		waitFor(ts, "the port to answer", func() bool {
			c, err := net.Dial("tcp", "127.0.0.1:"+args[len(args)-1])
			if err == nil {
				c.Close()
			}
			return err == nil
		})
		return
	}
	select {
	case line := <-first:
		m := startLine.FindStringSubmatch(line)
		if m == nil {
			b, _ := os.ReadFile(ts.MkAbs("err"))
			ts.Fatalf("the first line is %q; stderr: %s", line, b)
		}
		ts.Setenv("PORT", m[1])
		ts.Setenv("URL", m[2])
		ts.Setenv("START", m[2]+m[3])
	case <-time.After(patience):
		ts.Fatalf("no start-up line")
	}
}

func waitFor(ts *testscript.TestScript, what string, ready func() bool) {
	for end := time.Now().Add(patience); !ready(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			ts.Fatalf("waited in vain for %s", what)
		}
	}
}

func sendSignal(ts *testscript.TestScript, neg bool, args []string) {
	sig, ok := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP}[args[0]]
	if !ok || len(args) != 1 {
		ts.Fatalf("usage: signal INT|TERM|HUP")
	}
	ts.Check(of(ts).server.Process.Signal(sig))
}

func end(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) == 2 {
		sendSignal(ts, neg, args[:1])
		args = args[1:]
	}
	s := of(ts)
	select {
	case <-s.done:
	case <-time.After(patience):
		ts.Fatalf("it did not end")
	}
	if got := strconv.Itoa(s.server.ProcessState.ExitCode()); got != args[0] {
		b, _ := os.ReadFile(ts.MkAbs("err"))
		ts.Fatalf("exit status %s, want %s; stderr: %s", got, args[0], b)
	}
}

// client believes any certificate, unless roots are given. Its connections begin with preface.
func client(roots *x509.CertPool, preface string) *http.Client {
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, addr)
		if err == nil && preface != "" {
			_, err = io.WriteString(c, preface)
		}
		return c, err
	}
	return &http.Client{
		Timeout:       patience,
		Transport:     &http.Transport{DialContext: dial, TLSClientConfig: &tls.Config{InsecureSkipVerify: roots == nil, RootCAs: roots}, ForceAttemptHTTP2: true, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func get(ts *testscript.TestScript, neg bool, args []string) {
	method, times, preface := http.MethodGet, 1, ""
	var roots *x509.CertPool
	header := http.Header{}
	for len(args) > 2 && strings.HasPrefix(args[0], "-") {
		switch args[0] {
		case "-X":
			method = args[1]
		case "-n":
			times, _ = strconv.Atoi(args[1])
		case "-ca":
			roots = x509.NewCertPool()
			if !roots.AppendCertsFromPEM([]byte(ts.ReadFile(args[1]))) {
				ts.Fatalf("%s holds no certificate", args[1])
			}
		case "-proxy":
			var err error
			preface, err = strconv.Unquote(`"` + args[1] + `"`)
			ts.Check(err)
		case "-user":
			header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(args[1])))
		case "-H":
			name, value, _ := strings.Cut(args[1], ": ")
			header.Add(name, value)
		default:
			ts.Fatalf("get has no %s", args[0])
		}
		args = args[2:]
	}
	if len(args) != 2 && !neg {
		ts.Fatalf("usage: get [-X METHOD] [-H FIELD] [-n TIMES] [-ca FILE] [-proxy TEXT] [-user NAME:PASSWORD] URL STATUS")
	}
	u, err := url.Parse(args[0])
	ts.Check(err)
	c := client(roots, preface)
	defer c.CloseIdleConnections()
	if neg {
		res, err := c.Get(args[0])
		if _, ok := errors.AsType[*tls.CertificateVerificationError](err); !ok {
			ts.Fatalf("the certificate is believed: %v, %v", res, err)
		}
		return
	}
	for range times {
		res, err := c.Do(&http.Request{Method: method, URL: u, Header: header, Host: header.Get("Host")})
		if args[1] == "0" && err != nil {
			continue
		}
		ts.Check(err)
		content, err := io.ReadAll(res.Body)
		res.Body.Close()
		ts.Check(err)
		if got := strconv.Itoa(res.StatusCode); got != args[1] {
			ts.Fatalf("%s %s: status %s, want %s", method, u, got, args[1])
		}
		if times > 1 {
			continue
		}
		ts.Stdout().Write(content)
		fmt.Fprintf(ts.Stderr(), "%s %s\n", res.Proto, res.Status)
		if res.Close {
			fmt.Fprintln(ts.Stderr(), "Connection: close")
		}
		res.Header.Write(ts.Stderr())
	}
}

func leaf(ts *testscript.TestScript, neg bool, args []string) {
	u, err := url.Parse(args[1])
	ts.Check(err)
	c, err := tls.Dial("tcp", u.Host, &tls.Config{InsecureSkipVerify: true})
	ts.Check(err)
	defer c.Close()
	ts.Setenv(args[0], fmt.Sprintf("%x", sha256.Sum256(c.ConnectionState().PeerCertificates[0].Raw)))
}

func download(ts *testscript.TestScript, neg bool, args []string) {
	s := of(ts)
	switch args[0] {
	case "-finish", "-broken":
		n, err := io.Copy(io.Discard, s.download.Body)
		s.download.Body.Close()
		if whole := n+1 == s.download.ContentLength; whole != (args[0] == "-finish") {
			ts.Fatalf("%d of %d bytes, %v", n+1, s.download.ContentLength, err)
		}
		return
	}
	res, err := client(nil, "").Get(args[0])
	ts.Check(err)
	_, err = io.ReadFull(res.Body, make([]byte, 1))
	ts.Check(err)
	s.download = res
	ts.Defer(func() { res.Body.Close() })
}

func await(ts *testscript.TestScript, neg bool, args []string) {
	want := regexp.MustCompile("(?m)" + args[1])
	waitFor(ts, args[1], func() bool {
		b, err := os.ReadFile(ts.MkAbs(args[0]))
		ts.Check(err)
		return want.Match(b)
	})
}

// freePort finds a port that stays free for a while: none of those that the system gives
// to whoever asks for any.
func freePort(ts *testscript.TestScript, neg bool, args []string) {
	for range 100 {
		port := 10_000 + rand.IntN(20_000)
		listeners, err := listenLoopback(port)
		if err != nil {
			continue
		}
		for _, ln := range listeners {
			ln.Close()
		}
		ts.Setenv(args[0], strconv.Itoa(port))
		return
	}
	ts.Fatalf("no port is free")
}

func take(ts *testscript.TestScript, neg bool, args []string) {
	ln, err := net.Listen("tcp4", "127.0.0.1:"+args[0])
	if errors.Is(err, syscall.EADDRINUSE) {
		return // by somebody else, which is as good
	}
	ts.Check(err)
	ts.Defer(func() { ln.Close() })
}

func size(ts *testscript.TestScript, neg bool, args []string) {
	n, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(errors.Join(f.Truncate(n), f.Close()))
}

func certificate(ts *testscript.TestScript, neg bool, args []string) {
	files, err := certificateFiles("swordfish")
	ts.Check(err)
	for name, content := range files {
		ts.Check(os.WriteFile(ts.MkAbs(name), content, 0o600))
	}
}
