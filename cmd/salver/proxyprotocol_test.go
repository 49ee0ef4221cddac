package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/pires/go-proxyproto"
)

// proxyListenerAt listens behind proxies at loopback. What is refused goes to the channel.
func proxyListenerAt(t *testing.T, trusted string) (*proxyListener, chan error) {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := make(chan error, 10)
	l := newProxyListener(ln, func() []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix(trusted)} }, func(_ net.Addr, why error) { refused <- why })
	t.Cleanup(func() { l.Close() })
	return l, refused
}

func dial(t *testing.T, ln net.Listener, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestProxyListener: who sends nothing keeps nobody waiting, and what follows a header is there to be read.
func TestProxyListener(t *testing.T) {
	l, refused := proxyListenerAt(t, "127.0.0.0/8")
	silent := dial(t, l, "PROXY TC")
	dial(t, l, "PROXY TCP4 192.0.2.7 192.0.2.1 1234 80\r\nGET /")
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := c.RemoteAddr().String(); got != "192.0.2.7:1234" {
		t.Errorf("the client is %s", got)
	}
	b := make([]byte, 5)
	if _, err := io.ReadFull(c, b); err != nil || string(b) != "GET /" {
		t.Errorf("after the header came %q, %v", b, err)
	}
	dial(t, l, "GET / HTTP/1.1\r\n\r\n")
	if err := <-refused; !errors.Is(err, errNoHeader) {
		t.Errorf("without a header: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	io.WriteString(silent, "P4 192.0.2.7 192.0.2.1 1234 80\r\n")
	silent.SetReadDeadline(time.Now().Add(patience))
	if _, err := silent.Read(b); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a connection that came too late is read from: %v", err)
	}
}

func TestProxyListenerPatience(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits for as long as a proxy may take")
	}
	l, refused := proxyListenerAt(t, "127.0.0.0/8")
	dial(t, l, "PROXY ")
	began := time.Now()
	select {
	case err := <-refused:
		if took := time.Since(began); !errors.Is(err, errNoHeader) || took < proxyPatience/2 {
			t.Errorf("refused after %v: %v", took, err)
		}
	case <-time.After(patience):
		t.Error("it is waited for still")
	}
}

func TestProxyListenerForeign(t *testing.T) {
	l, refused := proxyListenerAt(t, "192.0.2.0/24")
	dial(t, l, "PROXY TCP4 192.0.2.7 192.0.2.1 1234 80\r\n")
	if err := <-refused; !errors.Is(err, errNotTrusted) {
		t.Error(err)
	}
}

// TestProxyHeaderLengths: a header is read as long as it may be, and no longer.
func TestProxyHeaderLengths(t *testing.T) {
	v2 := func(rest int) string {
		head := "\r\n\r\n\x00\r\nQUIT\n\x21\x11" + string([]byte{byte(rest >> 8), byte(rest)}) + "\xc0\x00\x02\x08\xc0\x00\x02\x01\x04\xd2\x00\x50"
		return head + "\x04" + string([]byte{byte((rest - 15) >> 8), byte(rest - 15)}) + strings.Repeat("\x00", rest-15) // of nothing (PP2_TYPE_NOOP)
	}
	for text, good := range map[string]bool{
		v2(4 << 10):   true,
		v2(4<<10 + 1): false,
		v2(1<<16 - 1): false,
		"PROXY UNKNOWN" + strings.Repeat(" ", 92) + "\r\n":   true,
		"PROXY UNKNOWN" + strings.Repeat(" ", 93) + "\r\n":   false,
		"PROXY " + strings.Repeat("1", 200):                  false,
		"PROXY " + strings.Repeat("1", 200) + "\r\nGET / HT": false,
	} {
		r := strings.NewReader(text)
		if _, err := readProxyHeader(r); (err == nil) != good {
			t.Errorf("%.20q of %d bytes: %v", text, len(text), err)
		}
		if read := len(text) - r.Len(); !good && read > 107 { // as long as version 1 may be, and more than version 2 begins with
			t.Errorf("%.20q: %d bytes of it were read", text, read)
		}
	}
}

// TestProxyTrusts: a link-local address is that on any interface, and an IPv4 address that of IPv4 alone.
func TestProxyTrusts(t *testing.T) {
	for _, c := range []struct {
		prefix, peer string
		want         bool
	}{
		{"fe80::/10", "[fe80::1%eth0]:1", true},
		{"192.0.2.0/24", "[::ffff:192.0.2.7]:1", true},
		{"192.0.2.0/24", "192.0.3.7:1", false},
		{"fe80::/10", "192.0.2.7:1", false},
	} {
		l := &proxyListener{trusted: func() []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix(c.prefix)} }}
		if got := l.trusts(net.TCPAddrFromAddrPort(netip.MustParseAddrPort(c.peer))); got != c.want {
			t.Errorf("%s of %s: %v", c.peer, c.prefix, got)
		}
	}
}

// FuzzReadProxyHeader holds that no bytes make the reader panic or take more than the header, in whatever pieces they come, and
// that it is the one which the library reads.
func FuzzReadProxyHeader(f *testing.F) {
	for _, text := range []string{
		"PROXY TCP4 192.0.2.7 192.0.2.1 1234 80\r\nGET / HTTP/1.1\r\n", "PROXY UNKNOWN\r\n", "PROXY UNKNOWN \xff\r\n", "PROXY TCP6 ::1 ::1 1 65536\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n", "PROXYPROXY\n\n", "PROXY TCP4 " + strings.Repeat("1", 200),
		"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x08\xc0\x00\x02\x01\x04\xd2\x00\x50GET", "\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00", "\r\n\r\n\x00\r\nQUIT\n\x21\x00\x00\x01aGET", "\r\n\r\n\x00\r\nQUIT\n\x21\x0a\x00\x00",
		"\r\n\r\n\x00\r\nQUIT\n\x21\x12\x00\x0c\xc0\x00\x02\x08\xc0\x00\x02\x01\x04\xd2\x00\x50", "\r\n\r\n\x00\r\nQUIT\n\x21\x11\xff\xff", "GET / HTTP/1.1\r\n\r\n", "",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r := bytes.NewReader(text)
		header, err := readProxyHeader(r)
		pieces, pieceErr := readProxyHeader(iotest.OneByteReader(bytes.NewReader(text)))
		if (err == nil) != (pieceErr == nil) || err == nil && !header.EqualsTo(pieces) {
			t.Fatalf("%q: %v, %v whole; %v, %v in pieces", text, header, err, pieces, pieceErr)
		}
		naive := bufio.NewReaderSize(bytes.NewReader(text), 1<<20)
		want, wantErr := proxyproto.Read(naive)
		if err != nil {
			if wantErr == nil && len(text) < 4<<10 {
				t.Fatalf("%q: %v, and the library reads %v", text, err, want)
			}
			return
		}
		if unspecified := []byte("\r\n\r\n\x00\r\nQUIT\n\x21\x00"); bytes.HasPrefix(text, unspecified) && wantErr != nil {
			if length := int(text[14])<<8 | int(text[15]); header.SourceAddr != unknownClient || r.Len() != len(text)-16-length {
				t.Fatalf("%q: %v with %d bytes behind it", text, header, r.Len())
			}
			return // the library does not read that
		}
		if bytes.HasPrefix(text, []byte("PROXY UNKNOWN")) && wantErr == nil { // the library takes those for the proxy's own
			want.Command, want.SourceAddr = proxyproto.PROXY, unknownClient
		}
		rest, _ := io.ReadAll(naive)
		if wantErr != nil || !header.EqualsTo(want) || r.Len() != len(rest) {
			t.Fatalf("%q: %v with %d bytes behind it, want %v, %v with %d", text, header, r.Len(), want, wantErr, len(rest))
		}
	})
}
