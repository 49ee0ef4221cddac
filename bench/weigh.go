package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// weigher asks a server for files on one connection, and compares them.
type weigher struct {
	addr, site string
	accept     string // what Accept-Encoding says
	conn       net.Conn
	in         *bufio.Reader
}

func newWeigher(addr, site, accept string) (*weigher, error) {
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return nil, err
	}
	return &weigher{addr, site, accept, conn, bufio.NewReader(conn)}, nil
}

func (w *weigher) close() { w.conn.Close() }

// weighAll returns how many bytes of content are sent for each of the files.
func (w *weigher) weighAll(files []string) (map[string]int64, error) {
	all := map[string]int64{}
	for _, f := range files {
		n, err := w.weigh(f)
		if err != nil {
			return nil, fmt.Errorf("%s for %s: %w", f, w.accept, err)
		}
		all[f] = n
	}
	return all, nil
}

// weigh returns how many bytes of content are sent for a file, once they have been decoded
// and found to be it.
func (w *weigher) weigh(file string) (int64, error) {
	if err := w.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return 0, err
	}
	ask := request{fields: []string{"Accept-Encoding: " + w.accept}}
	if _, err := w.conn.Write(ask.bytesFor(w.addr, (&url.URL{Path: "/" + file}).EscapedPath())); err != nil {
		return 0, err
	}
	answer, err := http.ReadResponse(w.in, nil)
	if err != nil {
		return 0, err
	}
	sent, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err
	}
	if answer.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("it answers %d instead of 200", answer.StatusCode)
	}
	coding := codingOf(answer)
	if coding != "" && !strings.Contains(w.accept, coding) {
		return 0, fmt.Errorf("its Content-Encoding is %q, which was not asked for", coding)
	}
	content, err := decoder(coding, bytes.NewReader(sent))
	if err != nil {
		return 0, err
	}
	got, err := io.ReadAll(content)
	if err != nil {
		return 0, err
	}
	want, err := os.ReadFile(filepath.Join(w.site, filepath.FromSlash(file)))
	if err != nil {
		return 0, err
	}
	if !bytes.Equal(got, want) {
		return 0, errors.New("the content is not that of the file")
	}
	return int64(len(sent)), nil
}
