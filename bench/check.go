package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// prefix is how much of content is compared; the length is checked of all of it.
const prefix = 1 << 20

// check asks for the first target as the load will, and says what is wrong with the
// answer. length is what the answer takes on the wire, 0 in HTTP/2, where it depends on
// those before.
func check(s *scenario, to dialer, site string) (length int64, err error) {
	if to.proto == http2 {
		return 0, checkSession(s, to, site)
	}
	conn, err := to.dial()
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return 0, err
	}
	if _, err := conn.Write(s.load.bytesFor(to.addr, s.load.targets[0])); err != nil {
		return 0, err
	}
	in := bufio.NewReader(counter{conn, &length})
	answer, err := http.ReadResponse(in, nil)
	if err != nil {
		return 0, err
	}
	if err := s.examine(answer, site); err != nil {
		return 0, err
	}
	if in.Buffered() > 0 {
		return 0, fmt.Errorf("it sends %d bytes after the answer", in.Buffered())
	}
	return length, nil
}

// checkSession is check for HTTP/2.
func checkSession(s *scenario, to dialer, site string) error {
	c, err := to.open(s.load)
	if err != nil {
		return err
	}
	defer c.hangUp()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	answer, err := c.get(ctx)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	return s.examine(answer, site)
}

// examine reads an answer to the first target and says what is wrong with it.
func (s *scenario) examine(answer *http.Response, site string) error {
	if wrong := s.want.compareHead(answer); wrong != "" {
		return fmt.Errorf("%s: %s", s.load.targets[0], wrong)
	}
	content, err := decoder(s.want.coding, answer.Body)
	if err != nil {
		return err
	}
	begin, err := io.ReadAll(io.LimitReader(content, prefix))
	if err != nil {
		return err
	}
	rest, err := io.Copy(io.Discard, content)
	if err != nil {
		return err
	}
	if wrong := s.want.compare(answer, begin, int64(len(begin))+rest, site); wrong != "" {
		return fmt.Errorf("%s: %s", s.load.targets[0], wrong)
	}
	return nil
}

// compareHead says what is wrong with the status and the coding of an answer, "" if
// nothing is.
func (e expectation) compareHead(answer *http.Response) string {
	if answer.StatusCode != e.status {
		return fmt.Sprintf("it answers %d instead of %d", answer.StatusCode, e.status)
	}
	if got := codingOf(answer); got != e.coding {
		return fmt.Sprintf("its Content-Encoding is %q instead of %q", got, e.coding)
	}
	return ""
}

// compare says what is wrong with an answer whose content, once decoded, begins with begin
// and has length bytes, "" if nothing is.
func (e expectation) compare(answer *http.Response, begin []byte, length int64, site string) string {
	switch {
	case e.names:
		for i := range listedFiles {
			if !bytes.Contains(begin, []byte(listedName(i))) {
				return listedName(i) + " is not listed"
			}
		}
		return ""
	case e.file == "":
		return "" // what a 404 says is each server's own; a 304 has no content by HTTP
	}
	f, err := os.Open(filepath.Join(site, e.file))
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err.Error()
	}
	complete, want := info.Size(), info.Size()
	if e.length > 0 {
		want = int64(e.length)
		field := fmt.Sprintf("bytes %d-%d/%d", e.first, e.first+e.length-1, complete)
		if got := answer.Header.Get("Content-Range"); !strings.EqualFold(got, field) {
			return fmt.Sprintf("its Content-Range is %q instead of %q", got, field)
		}
	}
	if length != want {
		return fmt.Sprintf("the content has %d bytes instead of %d", length, want)
	}
	expected := make([]byte, len(begin))
	if _, err := f.ReadAt(expected, int64(e.first)); err != nil && err != io.EOF {
		return err.Error()
	}
	if !bytes.Equal(begin, expected) {
		return "the content is not that of the file"
	}
	return ""
}
