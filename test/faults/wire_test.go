package faults

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
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
}

// answer is an answer that has been read whole.
type answer struct {
	status  int
	header  http.Header
	content string
}

// ask asks again, once, where a connection that was kept proves to have been closed.
func (w *wire) ask(target, fields string) (answer, error) {
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
