package faults

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// dial connects to addr until the test ends.
func dial(t testing.TB, addr string) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	return c.(*net.TCPConn)
}

// head is a request; each of fields ends with CRLF.
func head(target, fields string) string {
	return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n"
}

// wire is a connection that is kept, and made anew when the server has closed it. It
// is for one goroutine.
type wire struct {
	addr string
	c    net.Conn
	r    *bufio.Reader
	h2   *http.Transport // where addr begins with h2c, for HTTP/2 without TLS
}

// h2c marks an address that is to be asked in HTTP/2.
const h2c = "h2c:"

// ask2 is ask in HTTP/2.
func (w *wire) ask2(target, fields string) (a answer, err error) {
	if w.h2 == nil {
		w.h2 = &http.Transport{Protocols: new(http.Protocols), DisableCompression: true}
		w.h2.Protocols.SetUnencryptedHTTP2(true)
	}
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head(target, fields))))
	if err != nil {
		return a, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r = r.WithContext(ctx)
	r.URL.Scheme, r.URL.Host, r.RequestURI = "http", strings.TrimPrefix(w.addr, h2c), ""
	resp, err := w.h2.RoundTrip(r)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(b)}, err
}

// answer is an answer that has been read whole.
type answer struct {
	status  int
	header  http.Header
	content string
}

// ask asks again, once, where a connection that was kept proves to have been closed.
func (w *wire) ask(target, fields string) (answer, error) {
	if strings.HasPrefix(w.addr, h2c) {
		return w.ask2(target, fields)
	}
	kept := w.c != nil
	if !kept {
		c, err := net.Dial("tcp", w.addr)
		if err != nil {
			return answer{}, err
		}
		w.c, w.r = c, bufio.NewReader(c)
	}
	w.c.SetDeadline(time.Now().Add(patience))
	_, err := io.WriteString(w.c, head(target, fields))
	if err == nil {
		_, err = w.r.Peek(1)
	}
	if err != nil {
		w.close()
		if kept {
			return w.ask(target, fields)
		}
		return answer{}, err
	}
	a, last, err := readAnswer(w.r)
	if err != nil {
		err = fmt.Errorf("%s: %w", target, err)
	}
	if last {
		w.close()
	}
	return a, err
}

func (w *wire) close() {
	if w.h2 != nil {
		w.h2.CloseIdleConnections()
	}
	if w.c != nil {
		w.c.Close()
		w.c = nil
	}
}

// readAnswer reads an answer to a GET. last says that the connection ends with it.
func readAnswer(r *bufio.Reader) (a answer, last bool, err error) {
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		return a, true, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(b)}, resp.Close, err
}
