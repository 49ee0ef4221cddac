package conformance

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2/hpack"

	"github.com/salver-http/salver"
)

// isFitForHTTP2 reports whether a request has a form in HTTP/2 (RFC 9113 §8.2.2, §8.3.1).
func isFitForHTTP2(r *request) bool {
	_, path, _ := r.split()
	if r.raw != "" || r.version != "HTTP/1.1" || !strings.HasPrefix(path, "/") || len(r.get("Host")) != 1 {
		return false
	}
	for _, name := range []string{"Connection", "Transfer-Encoding", "Upgrade", "Expect", "Te"} {
		if r.get(name) != nil {
			return false
		}
	}
	return true
}

// startNetHTTP2 is net/http's HTTP/2.
func startNetHTTP2(t testing.TB, c salver.Config) exchange {
	t.Helper()
	s := httptest.NewUnstartedServer(newHandler(t, c))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	return ask2(t, s.Listener.Addr().String(), dialTLS2)
}

// startHTTP2 answers by the HTTP/2 lane, which keeps nothing.
func startHTTP2(t testing.TB, c salver.Config) exchange {
	t.Helper()
	return ask2(t, listenTLS(t, &salver.Server{Handler: newHandler(t, c), Memory: -1}), dialTLS2)
}

// startCleartext2 is startHTTP2 without TLS (RFC 9113 §3.3).
func startCleartext2(t testing.TB, c salver.Config) exchange {
	t.Helper()
	return ask2(t, listen(t, &salver.Server{Handler: newHandler(t, c), Memory: -1}), func(addr string) (net.Conn, error) {
		return net.Dial("tcp", addr)
	})
}

// startSplit2 answers each request by the HTTP/2 lane byte by byte, and whole.
func startSplit2(t testing.TB, c salver.Config) exchange {
	t.Helper()
	s := &salver.Server{Handler: newHandler(t, c), Memory: -1}
	l := &doubleListener{conns: make(chan net.Conn), done: make(chan struct{})}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	answerTo := func(r *request, size int) (answer, error) {
		var sent bytes.Buffer
		c := newConnection2(nil, &sent)
		c.greet()
		c.send(1, r)
		b, err := l.exchange(slices.Collect(slices.Chunk(sent.Bytes(), size))...)
		if err != nil {
			return answer{}, err
		}
		c.in = bufio.NewReader(bytes.NewReader(b))
		return c.answer(1)
	}
	return func(r request) (answer, error) {
		whole, err := answerTo(&r, 1<<20)
		if err != nil {
			return whole, err
		}
		got, err := answerTo(&r, 1)
		if err != nil {
			return got, fmt.Errorf("byte by byte: %w", err)
		}
		if d := diff(whole, got); d != "" && !overtaken(whole, got) {
			return got, fmt.Errorf("byte by byte: %s", d)
		}
		return got, nil
	}
}

// listenTLS is listen over TLS, with a certificate of a test's own.
func listenTLS(t testing.TB, s *salver.Server) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	own := httptest.NewUnstartedServer(nil)
	own.StartTLS()
	certificates := own.TLS.Certificates
	own.Close()
	s.TLSConfig = &tls.Config{Certificates: certificates}
	go s.ServeTLS(l, "", "")
	t.Cleanup(func() { s.Close() })
	return l.Addr().String()
}

// dialTLS2 dials, and chooses HTTP/2.
func dialTLS2(addr string) (net.Conn, error) {
	// The certificate is a test's own, of this process.
	return tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
}

// ask2 speaks frames: a client library would tidy the requests.
func ask2(t testing.TB, addr string, dial func(addr string) (net.Conn, error)) exchange {
	var open *connection2
	t.Cleanup(func() {
		if open != nil {
			open.conn.Close()
		}
	})
	return func(r request) (answer, error) {
		if open == nil {
			conn, err := dial(addr)
			if err != nil {
				return answer{}, err
			}
			open = newConnection2(conn, conn)
			open.conn = conn
			if err := open.greet(); err != nil {
				return answer{}, err
			}
		}
		a, err := open.ask(&r)
		if err != nil {
			open.conn.Close()
			open = nil
		}
		return a, err
	}
}

// The frames that an exchange needs (RFC 9113 §6).
const (
	frameData         = 0
	frameHeaders      = 1
	frameReset        = 3
	frameSettings     = 4
	frameGoAway       = 7
	frameWindowUpdate = 8
	frameContinuation = 9

	flagEndStream  = 1
	flagAck        = 1
	flagEndHeaders = 4
)

type frame struct {
	kind, flags byte
	stream      uint32
	payload     []byte
}

// connection2 is an HTTP/2 connection that has one stream at a time.
type connection2 struct {
	conn    net.Conn
	in      *bufio.Reader
	out     io.Writer
	head    bytes.Buffer
	encoder *hpack.Encoder
	decoder *hpack.Decoder
	stream  uint32 // the next
}

func newConnection2(in io.Reader, out io.Writer) *connection2 {
	c := &connection2{in: bufio.NewReader(in), out: out, stream: 1, decoder: hpack.NewDecoder(4096, nil)}
	c.encoder = hpack.NewEncoder(&c.head)
	return c
}

// greet says that content of any length is taken.
func (c *connection2) greet() error {
	const window = 1 << 30
	settings := binary.BigEndian.AppendUint32([]byte{0, 4}, window) // SETTINGS_INITIAL_WINDOW_SIZE
	b := []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	b = frame{kind: frameSettings, payload: settings}.append(b)
	b = frame{kind: frameWindowUpdate, payload: binary.BigEndian.AppendUint32(nil, window)}.append(b)
	_, err := c.out.Write(b)
	return err
}

func (f frame) append(b []byte) []byte {
	n := len(f.payload)
	b = append(b, byte(n>>16), byte(n>>8), byte(n), f.kind, f.flags)
	b = binary.BigEndian.AppendUint32(b, f.stream)
	return append(b, f.payload...)
}

func (c *connection2) read() (f frame, err error) {
	var head [9]byte
	if _, err = io.ReadFull(c.in, head[:]); err != nil {
		return f, err
	}
	f = frame{kind: head[3], flags: head[4], stream: binary.BigEndian.Uint32(head[5:])}
	f.payload = make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))
	_, err = io.ReadFull(c.in, f.payload)
	return f, err
}

func (c *connection2) ask(r *request) (answer, error) {
	if err := c.conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return answer{}, err
	}
	stream := c.stream
	c.stream += 2
	if err := c.send(stream, r); err != nil {
		return answer{}, err
	}
	return c.answer(stream)
}

// answer reads the answer on a stream.
func (c *connection2) answer(stream uint32) (answer, error) {
	var (
		status  string
		fields  []field
		head    []byte
		content strings.Builder
	)
	for ended := false; ; {
		f, err := c.read()
		if err != nil {
			return answer{}, err
		}
		switch f.kind {
		case frameSettings:
			if f.flags&flagAck == 0 {
				if _, err := c.out.Write(frame{kind: frameSettings, flags: flagAck}.append(nil)); err != nil {
					return answer{}, err
				}
			}
			continue
		case frameGoAway:
			return answer{}, fmt.Errorf("connection ended: %x", f.payload)
		}
		if f.stream != stream {
			continue
		}
		switch f.kind {
		case frameReset:
			return answer{}, fmt.Errorf("stream reset: %x", f.payload)
		case frameHeaders, frameContinuation:
			head = append(head, f.payload...)
			if f.kind == frameHeaders {
				ended = f.flags&flagEndStream != 0
			}
			if f.flags&flagEndHeaders == 0 {
				continue
			}
			decoded, err := c.decoder.DecodeFull(head)
			if err != nil {
				return answer{}, err
			}
			for _, h := range decoded {
				if h.Name == ":status" {
					status = h.Value
				} else {
					fields = append(fields, field{h.Name, h.Value})
				}
			}
		case frameData:
			content.Write(f.payload)
			ended = f.flags&flagEndStream != 0
		}
		if ended {
			return newAnswer(status, fields, content.String())
		}
	}
}

func (c *connection2) send(stream uint32, r *request) error {
	host, path, query := r.split()
	if strings.Contains(r.target, "?") {
		path += "?" + query
	}
	c.head.Reset()
	fields := []field{{":method", r.method}, {":scheme", "https"}, {":authority", host}, {":path", path}}
	for _, f := range append(fields, r.fields...) {
		if f.name == "Host" {
			continue
		}
		if err := c.encoder.WriteField(hpack.HeaderField{Name: strings.ToLower(f.name), Value: f.value}); err != nil {
			return err
		}
	}
	f := frame{kind: frameHeaders, flags: flagEndHeaders, stream: stream, payload: c.head.Bytes()}
	if r.content == "" {
		f.flags |= flagEndStream
	}
	b := f.append(nil)
	if r.content != "" {
		b = frame{kind: frameData, flags: flagEndStream, stream: stream, payload: []byte(r.content)}.append(b)
	}
	_, err := c.out.Write(b)
	return err
}
